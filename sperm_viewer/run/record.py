"""`run.json`: what a run was made with, so that its figures can be traced and made again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sperm_viewer import __version__
from sperm_viewer.session.session import Session
from sperm_viewer.system.atomic_write import replacing

_PACKAGES = ("imagecodecs", "numpy", "onnxruntime", "opencv-python-headless", "pillow", "tifffile", "torch")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """`started` (of the first run into the session) and `finished` are UTC, ISO 8601; `finished` is None where not all
    crops are done; `notices` is what the user was told while the run went on."""

    started: str
    finished: str | None
    settings: Mapping[str, str | bool | list[str]]
    engine: str
    device: str
    notices: Sequence[str]
    left_out: Mapping[str, str]


def write_run(record: RunRecord, session: Session, path: Path) -> None:
    """Writes `run.json` for a session. Raises SpermViewerError where the file can't be written."""
    model = session.model()
    slides = session.slides()
    content = {
        "app_version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": package_versions(),
        "model": {"name": model.id.name, "sha256": model.id.sha256} if model else None,
        "engine": record.engine,
        "device": record.device,
        "settings": dict(record.settings),
        "started": record.started,
        "finished": record.finished,
        "counts": {
            "slides": len(slides),
            "crops": sum(slide.crops for slide in slides),
            "scored": sum(slide.scored for slide in slides),
            "referred": sum(slide.referred for slide in slides),
            "failed": sum(slide.failed for slide in slides),
        },
        "notices": list(record.notices),
        "left_out": dict(record.left_out),
    }
    with replacing(path) as file:
        file.write(json.dumps(content, indent=2).encode())


def package_versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
