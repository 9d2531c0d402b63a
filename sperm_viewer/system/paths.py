"""Paths of the app's resources and of the user's folders."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

_APP = "Sperm Viewer"


def resources() -> Path:
    """The folder `resources`, in a checkout, an installed wheel or a frozen bundle."""
    if getattr(sys, "frozen", False):
        return Path(sys._MEIPASS) / "resources"  # type: ignore[attr-defined]
    package = Path(__file__).parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def notices_file() -> Path | None:
    """The licences of the installed app's components; None in a checkout."""
    file = resources().parent / "THIRD-PARTY-NOTICES.txt"
    return file if file.is_file() else None


def user_models() -> Path:
    """The user's own model folders, used in addition to the shipped ones."""
    return Path(platformdirs.user_data_dir(_APP, appauthor=False)) / "models"


def settings_file() -> Path:
    return Path(platformdirs.user_config_dir(_APP, appauthor=False)) / "settings.json"


def audit_cells_file() -> Path:
    """The audit cells of the laboratory, beside the settings."""
    return settings_file().with_name("audit-cells.json")


def control_runs_file() -> Path:
    """The control runs of the laboratory, beside the settings."""
    return settings_file().with_name("control-runs.json")


def log_folder() -> Path:
    return Path(platformdirs.user_log_dir(_APP, appauthor=False))


def cache_folder() -> Path:
    return Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def results_folder() -> Path:
    """The default folder of sessions: Documents/Sperm Viewer."""
    return Path(platformdirs.user_documents_dir()) / _APP
