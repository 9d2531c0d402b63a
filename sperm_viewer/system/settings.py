"""The user's settings: a versioned JSON file; an invalid key is skipped with a warning."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from sperm_viewer.domain.reference_range import PUBLISHED_RANGES, range_text
from sperm_viewer.system.atomic_write import replacing

_log = logging.getLogger(__name__)
VERSION = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """`theme` is system, light or dark; `layout` holds Qt's state of the window and panes in base64.

    `keys` are those that the user chose, `action=key`; `readers` are the recent ones, newest first; `reader_day` is the
    local date, ISO 8601, on which the newest reader entered the name. `laboratory` and `logo` (a file) are for reports.
    `objectives` and reference `ranges` are a line each, as `objective_text` and `range_text` write it.
    `work_list_order` is shown, uncertain or random. With `stay_until_ticked` the review stays on an abnormal cell until
    an anomaly is ticked. `model` is the name of the one that scores new sessions, `sessions_folder` is where they go,
    empty for the default. `view` is table, gallery or field; `gallery_side` is the side of the gallery's pictures in
    logical pixels.
    """

    model: str = "smids"
    engine: str = "auto"
    device: str = "auto"
    score_at_once: bool = True
    stop_at: int = 0
    theme: str = "system"
    opacity: int = 70
    last_folder: str = ""
    recent_folders: tuple[str, ...] = ()
    recent_sessions: tuple[str, ...] = ()
    layout: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    reader_day: str = ""
    stay_until_ticked: bool = False
    work_list_order: str = "shown"
    view: str = "table"
    gallery_side: int = 112
    gallery_grouped: bool = False
    gallery_heat: bool = False
    gallery_equal: bool = True
    laboratory: str = ""
    logo: str = ""
    report_folder: str = ""
    objectives: tuple[str, ...] = ()
    ranges: tuple[str, ...] = tuple(map(range_text, PUBLISHED_RANGES))
    sessions_folder: str = ""

    def with_recent(self, key: str, path: Path) -> Settings:
        """These settings with `path` as the newest of the ten kept under `key`."""
        kept = [entry for entry in getattr(self, key) if entry != str(path)]
        newest: Any = {key: (str(path), *kept)[:10]}
        return replace(self, **newest)


def load_settings(path: Path) -> Settings:
    """The settings in a file; missing and invalid ones get their defaults, so the app always starts."""
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        _log.warning("%s: settings can't be read (%s); starting with the defaults.", path, error)
        return Settings()
    if not isinstance(raw, dict) or raw.get("version") != VERSION:
        _log.warning("%s: settings of another version; starting with the defaults.", path)
        return Settings()
    defaults = Settings()
    good: dict[str, Any] = {}
    for field in fields(Settings):
        if field.name not in raw:
            continue
        value, default = raw[field.name], getattr(defaults, field.name)
        if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(v, str) for v in value):
            good[field.name] = tuple(value)
        elif type(value) is type(default):
            good[field.name] = value
        else:
            _log.warning("%s: setting '%s' is not valid; its default is used.", path, field.name)
    return replace(defaults, **good)


def save_settings(settings: Settings, path: Path) -> None:
    """Writes the settings. Raises SpermViewerError if the folder or the disk refuses."""
    with replacing(path) as file:
        file.write(json.dumps({"version": VERSION, **asdict(settings)}, indent=1).encode())
