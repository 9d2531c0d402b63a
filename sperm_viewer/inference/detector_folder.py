"""The detector's model folder: its description, and proof that its files are the ones that were published."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import tomli_w

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.detection import Detection
from sperm_viewer.domain.errors import ModelError
from sperm_viewer.imaging.head_finder import ThresholdFinder
from sperm_viewer.inference.detector import Detector
from sperm_viewer.system import paths

FOLDER = "detector"
SPEC_FILE = "detector.toml"
ONNX_FILE = "model.onnx"
CARD_FILE = "CARD.md"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """All that `detector.toml` says. A head counts as found from a score of `least_score` on. `data` and `metrics` are
    for people; `files` gives each file's sha256."""

    name: str
    title: str
    architecture: str
    least_score: float
    data: Mapping[str, str]
    metrics: Mapping[str, float | int | str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


class HeadFinder(Protocol):
    """What finds the heads of an image: the detector, or the threshold where there is none."""

    name: str

    def find(self, rgb: UInt8Array, micrometres: float | None = None) -> list[Detection]:
        """The heads in an image, uint8 RGB (height, width, 3), best first; `micrometres` is the side of a pixel."""
        ...


def write_detector_spec(spec: DetectorSpec, folder: Path) -> None:
    """Writes the description, with the sha256 of every other file of the folder but the card."""
    files = {file.name: _sha256(file) for file in sorted(folder.iterdir()) if file.name not in (SPEC_FILE, CARD_FILE)}
    said = {"format": _FORMAT, **asdict(spec), "files": files}
    (folder / SPEC_FILE).write_text(tomli_w.dumps(said), encoding="utf-8")


def read_detector_spec(folder: Path) -> DetectorSpec:
    """The description in a detector's folder. Raises ModelError where there is none or it doesn't fit."""
    file = folder / SPEC_FILE
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        if said.pop("format", None) != _FORMAT:
            raise ModelError(f"{file}: made for another version of Sperm Viewer. Update both.")
        spec = DetectorSpec(**said)
        sound = isinstance(spec.least_score, float) and 0 < spec.least_score < 1 and isinstance(spec.files, dict)
    except OSError as error:
        raise ModelError(f"{file}: can't be read ({error.strerror}). Install the detector again.") from error
    except (ValueError, TypeError) as error:
        raise ModelError(f"{file}: not a detector's description ({error}). Install the detector again.") from error
    if not sound:
        raise ModelError(f"{file}: least_score or files out of range. Install the detector again.")
    return spec


def open_detector(folder: Path, threads: int = 2) -> Detector:
    """The detector in a folder. Raises ModelError where a file is missing or was altered."""
    spec = read_detector_spec(folder)
    file = folder / ONNX_FILE
    try:
        found = _sha256(file)
    except OSError as error:
        raise ModelError(f"{file}: can't be read ({error.strerror}). Install the detector again.") from error
    if found != spec.files.get(ONNX_FILE):
        raise ModelError(
            f"{file}: altered since the detector was published (its sha256 differs), so it isn't used. Install the "
            "detector again."
        )
    return Detector(file, spec.least_score, threads, name=f"{spec.name} {found[:12]}")


def open_finder(threads: int = 2) -> HeadFinder:
    """The detector that is shipped; where the app has none, the threshold. Raises ModelError for an altered one."""
    folder = paths.resources() / FOLDER
    return open_detector(folder, threads) if (folder / SPEC_FILE).is_file() else ThresholdFinder()


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
