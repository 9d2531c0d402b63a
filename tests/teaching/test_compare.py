"""A comparison on a locked set: what it refuses, what it counts, and what it leaves behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from site_crops import CLASSES, SLIDES, rgb_of

from sperm_viewer.cli import run_command
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import ModelFolder, find_model, open_model
from sperm_viewer.system import paths
from sperm_viewer.system.settings import load_settings
from sperm_viewer.teaching import locked_set
from sperm_viewer.teaching.compare import compare, take_back
from sperm_viewer.teaching.register import read_register, register_file
from sperm_viewer.teaching.site_model import TEACHING_FILE
from sperm_viewer.teaching.teach import Taught

_CELLS = 16


@pytest.fixture
def site(taught: Taught, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelFolder]:
    """The site model, installed; sixteen cells are enough for a locked set."""
    monkeypatch.setattr(locked_set, "LEAST_CELLS", _CELLS)
    installed = paths.user_models() / "ours"
    shutil.copytree(taught.folder, installed)
    yield open_model(installed)
    shutil.rmtree(installed)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cells of two slides that nothing was taught from."""
    made = tmp_path_factory.mktemp("locked")
    rows = ["path,label,slide"]
    for number in range(_CELLS):
        cv2.imwrite(str(made / f"{number}.png"), rgb_of(200 + number)[..., ::-1])
        rows.append(f"{number}.png,{CLASSES[number % 2]},new {number // 2 % 2}")
    (made / "index.csv").write_text("\n".join(rows), "utf-8")
    return made


def test_a_comparison_decides_counts_its_look_and_leaves_a_record(site: ModelFolder, locked: Path) -> None:
    found = compare(site, find_model("smids"), [locked], "Ana")
    assert (found.cells, found.looks) == (_CELLS, 1)
    content = json.loads((site.path / TEACHING_FILE).read_text("utf-8"))
    assert content["promoted"] is found.decision.promoted
    register = read_register(register_file())
    assert [entry.what for entry in register.entries] == [
        "looked",
        "promoted" if found.decision.promoted else "compared",
    ]
    assert [len(one.looks) for one in register.locked] == [1]
    in_use = load_settings(paths.settings_file()).model
    assert in_use == ("ours" if found.decision.promoted else "smids")
    assert open_model(site.path).id == site.id


def test_a_promoted_model_is_taken_back(site: ModelFolder, locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sperm_viewer.teaching.promotion.LEAST_ACCURACY", 0.0)
    monkeypatch.setattr("sperm_viewer.teaching.promotion.LEAST_COVERAGE", 0.0)
    assert compare(site, find_model("smids"), [locked], "Ana").decision.promoted
    assert load_settings(paths.settings_file()).model == "ours"
    assert take_back("Bo") == "smids"
    assert load_settings(paths.settings_file()).model == "smids"
    with pytest.raises(SpermViewerError, match=r"^No site model was promoted, so there is nothing to take back\.$"):
        take_back("Bo")


def test_the_fourth_look_is_refused_also_at_a_part_of_the_set(
    site: ModelFolder, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for look in (1, 2, 3):
        assert compare(site, find_model("smids"), [locked], "Ana").looks == look
    monkeypatch.setattr(locked_set, "LEAST_CELLS", 4)
    part = locked.parent / "part"
    part.mkdir()
    rows = (locked / "index.csv").read_text("utf-8").splitlines()
    (part / "index.csv").write_text("\n".join([rows[0], *(f"{locked}/{row}" for row in rows[1:9])]), "utf-8")
    message = (
        r"^This locked set was looked at 3 times and is retired: models are fitted to it by now\. Draw another one\.$"
    )
    with pytest.raises(SpermViewerError, match=message):
        compare(site, find_model("smids"), [part], "Ana")


def test_a_cell_that_was_taught_from_is_found_in_the_locked_set(
    site: ModelFolder, locked: Path, folder: Path, tmp_path: Path
) -> None:
    """As it is, and as another file with a look that is nearly the same."""
    rows = (locked / "index.csv").read_text("utf-8").splitlines()
    near = tmp_path / "near.jpg"
    pixels = cv2.imread(str(folder / "03.png"))
    cv2.imwrite(str(near), cv2.convertScaleAbs(pixels, alpha=1.0, beta=3), [cv2.IMWRITE_JPEG_QUALITY, 92])
    for leaked in (folder / "05.png", near):
        index = [rows[0], *(f"{locked}/{row}" for row in rows[1:]), f"{leaked},tapered,new 1"]
        (tmp_path / "index.csv").write_text("\n".join(index), "utf-8")
        message = r"this cell of the locked set, or a near copy of it, was taught from, and 0 others too\. Draw"
        with pytest.raises(SpermViewerError, match=f"{leaked.name}: {message}"):
            compare(site, find_model("smids"), [tmp_path], "Ana")
    assert read_register(register_file()).locked == ()


def test_a_slide_that_was_taught_from_is_refused(site: ModelFolder, locked: Path, tmp_path: Path) -> None:
    text = (locked / "index.csv").read_text("utf-8").replace("new 1", f"slide {SLIDES - 1}")
    rows = text.splitlines()
    (tmp_path / "index.csv").write_text("\n".join([rows[0], *(f"{locked}/{row}" for row in rows[1:])]), "utf-8")
    message = r"^The locked set has cells of slides that were taught from: slide 3\. Draw it from other slides\.$"
    with pytest.raises(SpermViewerError, match=message):
        compare(site, find_model("smids"), [tmp_path], "Ana")


def test_too_small_a_set_is_refused_before_it_is_looked_at(
    site: ModelFolder, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked_set, "LEAST_CELLS", 100)
    message = r"^The locked set has 16 cells; 100 are needed\. Read more cells blind, then compare\.$"
    with pytest.raises(SpermViewerError, match=message):
        compare(site, find_model("smids"), [locked], "Ana")
    assert read_register(register_file()).entries == ()


def test_a_shipped_model_is_not_promoted(locked: Path) -> None:
    with pytest.raises(SpermViewerError, match=r"smids: not a site model, so there is nothing to promote\. Teach one"):
        compare(find_model("smids"), find_model("hushem"), [locked], "Ana")


def test_the_command_says_what_was_decided(site: ModelFolder, locked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run_command(["promote", "ours", "--locked", str(locked), "--by", "Ana"])
    said = capsys.readouterr()
    assert said.out.strip() == ("promoted" if code == 0 else "candidate")
    assert "of 16 cells kept" in said.err
    assert "Look 1 of 3 at this locked set." in said.err
