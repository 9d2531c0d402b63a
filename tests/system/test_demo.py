"""What the demo promises: real crops that no training has seen, every state of the app, nobody's files overwritten."""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.system import paths
from sperm_viewer.system.demo import write_demo

_SOURCE = paths.resources() / "demo"
_DATASETS = os.environ.get("SPERM_VIEWER_DATASETS", "")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo(tmp_path_factory.mktemp("demo") / "a new" / "folder")


def listed() -> dict[str, str]:
    """The demo's paths with their labels."""
    with (_SOURCE / "index.csv").open(newline="", encoding="utf-8") as lines:
        return {row["path"]: row["label"] for row in csv.DictReader(lines)}


def real() -> list[Path]:
    made = ("truncated", "blurred", "empty", "field")
    return [_SOURCE / path for path, label in listed().items() if label not in made]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def turned(path: Path) -> set[bytes]:
    """The pixels of an image in each of the eight ways that it can be turned and mirrored."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    ways = [np.rot90(side, turns) for side in (pixels, pixels[:, ::-1]) for turns in range(4)]
    return {hashlib.sha256(repr(way.shape).encode() + way.tobytes()).digest() for way in ways}


def test_sample_one_has_two_slides_of_40_sperm_together_and_sample_two_one_of_8(demo: Path) -> None:
    assert set(digests(demo)) == set(listed())
    sperm = Counter(path.rsplit("/", 1)[0] for path, label in listed().items() if label in ("normal", "abnormal"))
    assert sperm == {"Demo 1/1A": 20, "Demo 1/1B": 20, "Demo 2/2A": 8}
    others = Counter(path.rsplit("/", 1)[0] for path, label in listed().items() if label == "non-sperm")
    assert others == {"Demo 1/1A": 4, "Demo 1/1B": 4, "Demo 2/2A": 4}


def test_one_file_is_truncated_and_all_others_can_be_read(demo: Path) -> None:
    for path, label in listed().items():
        with Image.open(demo / path) as image:
            if label == "truncated":
                with pytest.raises(OSError, match="truncated"):
                    image.load()
            else:
                image.load()


def test_the_images_are_the_record_s_own_and_the_record_and_its_licence_are_named() -> None:
    text = (_SOURCE / "README.md").read_text("utf-8")
    assert "doi:10.17632/6xvdhc9fyb.1" in text
    assert "CC BY 4.0" in text
    assert len(real()) == 60
    assert len({digest for way in map(turned, real()) for digest in way}) == 60 * 8


@pytest.mark.skipif(not _DATASETS, reason="SPERM_VIEWER_DATASETS is unset: the data sets are not here")
def test_no_crop_of_the_demo_is_in_a_training_index() -> None:
    files, pixels = set(), set()
    indexes = sorted(Path(_DATASETS).glob("*/index.csv"))
    for index in indexes:
        with index.open(newline="", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                crop = index.parent / row["path"]
                files.add(hashlib.sha256(crop.read_bytes()).hexdigest())
                with Image.open(crop) as image:
                    rgb = np.asarray(image.convert("RGB"))
                pixels.add(hashlib.sha256(repr(rgb.shape).encode() + rgb.tobytes()).digest())
    assert {index.parent.name for index in indexes} >= {"hushem", "smids"}
    assert len(files) > 2500
    assert files.isdisjoint(digests(_SOURCE).values())
    assert not [crop.name for crop in real() if turned(crop) & pixels]


def test_the_demo_s_field_is_a_small_file_larger_than_any_crop(demo: Path) -> None:
    (field,) = (path for path, label in listed().items() if label == "field")
    assert (demo / field).stat().st_size < 150_000
    with Image.open(demo / field) as image:
        assert image.size == (1000, 760)


def test_writing_again_changes_no_file(tmp_path: Path) -> None:
    write_demo(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}
    assert write_demo(tmp_path) == tmp_path
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")} == before


def test_an_interrupted_demo_is_completed(demo: Path, tmp_path: Path) -> None:
    write_demo(tmp_path)
    for path in ("Demo 1/1A/cell_061.png", "Demo 2/2A/cell_063.png"):
        (tmp_path / path).unlink()
    (tmp_path / "Demo 1" / "1A" / ".cell_061.png.part").write_bytes(b"half a fi")
    write_demo(tmp_path)
    assert digests(tmp_path) == digests(demo)


def test_files_that_the_system_leaves_are_no_obstacle(tmp_path: Path) -> None:
    write_demo(tmp_path)
    (tmp_path / "Demo 1" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    write_demo(tmp_path)
    assert (tmp_path / "Demo 1" / ".DS_Store").exists()


@pytest.mark.parametrize("name", ["mine.png", "Demo 1/1A/cell_070.png", "Demo 3/x.png"])
def test_a_folder_with_other_files_is_refused_and_untouched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(SpermViewerError, match=r"already holds something else, such as .*Choose an empty or a new"):
        write_demo(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / name]


def test_an_altered_demo_file_is_taken_for_the_user_s_own(tmp_path: Path) -> None:
    write_demo(tmp_path)
    altered = tmp_path / "Demo 1" / "1A" / "cell_061.png"
    altered.write_bytes(b"retouched")
    with pytest.raises(SpermViewerError, match=r"cell_061\.png"):
        write_demo(tmp_path)
    assert altered.read_bytes() == b"retouched"


def test_a_file_in_place_of_the_folder_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SpermViewerError, match=r"The demo can't be written to .*taken.*Choose another folder\.$"):
        write_demo(tmp_path / "taken")
