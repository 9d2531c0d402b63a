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
    """`finished` is UTC, ISO 8601, None if not all crops are done; `notices` are the messages that the run gave."""

    finished: str | None
    settings: Mapping[str, str | list[str]]
    notices: Sequence[str]
    left_out: Mapping[str, str]


def write_run(record: RunRecord, session: Session, path: Path) -> None:
    """Writes `run.json` for a session. Raises SpermViewerError if the file can't be written."""
    model = session.model()
    slides = session.slides()
    content = {
        "app_version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": package_versions(),
        "model": {"name": model.id.name, "sha256": model.id.sha256} if model else None,
        "engine": session.note("engine") or "",
        "device": session.note("device") or "",
        "settings": dict(record.settings),
        "started": session.note("started") or "",
        "finished": record.finished,
        "counts": {
            "samples": len({slide.sample_id for slide in slides}),
            "slides": len(slides),
            "crops": sum(slide.crops for slide in slides),
            "scored": sum(slide.scored for slide in slides),
            "referred": sum(slide.referred for slide in slides),
            "not_counted": sum(slide.not_counted for slide in slides),
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
