"""Help > Save Support Bundle: one text with versions, settings and logs, in which names of files are hashes."""

from __future__ import annotations

import hashlib
import platform
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from sperm_viewer import __version__
from sperm_viewer.run.record import package_versions
from sperm_viewer.system.settings import Settings

_LINES = 400
_UNSHOWN = ("layout",)
_KNOWN_SUFFIXES = "png|jpe?g|bmp|webp|tiff?|spermview|csv|xlsx|html|pdf|json|toml|onnx|safetensors|log|txt"
_ENDS = re.compile(rf"\.(?:{_KNOWN_SUFFIXES})$", re.I)
_REST = r"[^\n]*?(?=: |\n|$)"
_QUOTED = r"'[^'\n]*'|\"[^\"\n]*\"|“[^”\n]*”"
_ABSOLUTE = rf"(?<![\w.])(?:[A-Za-z]:[\\/]|\\\\|/)(?=\S){_REST}"
_FILE_NAME = rf"[^\s\[\]()'\"“”/\\]+\.(?:{_KNOWN_SUFFIXES})\b"
_OWN_CODE = re.compile(r".*[\\/](?P<inside>(?:sperm_viewer|site-packages|python3\.\d+|_internal)[\\/].+\.py)$")


def support_text(settings: Settings, facts: Mapping[str, str], logs: Iterable[Path]) -> str:
    """The text without its description. `facts` is what the window knows: models, device, screens."""
    versions = {"Sperm Viewer": __version__, "Python": platform.python_version(), "system": platform.platform()}
    shown = {key: value for key, value in asdict(settings).items() if key not in _UNSHOWN}
    parts = [_listed("Versions", versions | package_versions()), _listed("App", facts), _listed("Settings", shown)]
    parts += [f"== {file.name} ==\n{_tail(file)}" for file in logs]
    known = (settings.last_folder, *settings.recent_folders, *settings.recent_sessions, str(Path.home()))
    return hide_names("\n".join(parts), known, secrets.token_bytes(16))


def hide_names(text: str, known: Iterable[str], salt: bytes) -> str:
    """`text` with a hash for each part of each path, and for each name that ends like a file.

    Paths are found where they are quoted, and else from their root to the next colon or the end of the line: rather too
    much is hidden than too little. `known` are paths to be found anywhere. The app's own code keeps its names. The same
    name gives the same hash with the same salt, so that one file can be followed through the text.
    """

    def hashed(part: str) -> str:
        end = _ENDS.search(part)
        return (
            f"[{hashlib.sha256(salt + part.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}]{end[0] if end else ''}"
        )

    def hide(path: str) -> str:
        own = _OWN_CODE.fullmatch(path)
        if own:
            return f"…/{own['inside']}"
        pieces = re.split(r"([\\/]+)", path)
        return "".join(p if not p or p[0] in "\\/" or re.fullmatch("[A-Za-z]:", p) else hashed(p) for p in pieces)

    def hide_found(found: re.Match[str]) -> str:
        whole = found[0]
        if whole[0] not in "'\"“":
            return hide(whole)
        inner = whole[1:-1]
        return f"{whole[0]}{hide(inner)}{whole[-1]}" if re.search(r"[\\/]", inner) or _ENDS.search(inner) else whole

    longest_first = sorted({path for path in known if len(path) > 1}, key=len, reverse=True)
    kinds = [rf"{re.escape(path)}(?:[\\/]{_REST})?" for path in longest_first]
    return re.sub("|".join([*kinds, _QUOTED, _ABSOLUTE, _FILE_NAME]), hide_found, text, flags=re.M | re.I)


def _listed(title: str, values: Mapping[str, object]) -> str:
    return f"== {title} ==\n" + "".join(f"{key}: {value}\n" for key, value in values.items())


def _tail(file: Path) -> str:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return "There is none.\n"
    except OSError as error:
        return f"It can't be read ({error.strerror}).\n"
    return "\n".join(lines[-_LINES:]) + "\n"
