"""The list of samples: written, edited in a spreadsheet, and taken over by the session as it says."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest
from cells import MODEL

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.sample import SampleDetails, SampleOrigin, SlideDetails
from sperm_viewer.reports.sample_list import COLUMNS, change_samples, write_sample_list
from sperm_viewer.session.arrange import Arrangement
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

Row = dict[str, str]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "s.spermview"
    with Session.create(path) as made:
        made.use_model(MODEL)
        for sample, slide in (("P-1", "A"), ("P-1", "B"), ("P-2", "A"), ("=P-3", "-A")):
            made.add_slide(slide, tmp_path / sample / slide, [], SampleOrigin(sample, tmp_path / sample))
        made.set_sample_details(1, SampleDetails("2026-11-20", "2026-11-21", "Dr Bo"), "Ada")
        made.set_slide_details(1, SlideDetails("Diff-Quik", um_per_px=0.065), "Ada")
    return path


def _listed(session: Path) -> list[Row]:
    target = session.with_suffix(".csv")
    write_sample_list(session, target)
    with target.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def _apply(session: Path, rows: list[Row], delimiter: str = ",") -> int:
    with session.with_suffix(".csv").open("w", newline="", encoding="utf-8-sig") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return change_samples(session, session.with_suffix(".csv"), "Ada")


def _arranged(session: Path) -> dict[str, list[str]]:
    with Session.open(session, read_only=True) as opened:
        return {sample.identifier: [slide.name for slide in sample.slides] for sample in opened.samples()}


def test_a_row_per_slide_with_all_that_is_known_of_it(session: Path, tmp_path: Path) -> None:
    rows = _listed(session)
    assert tuple(rows[0]) == COLUMNS
    assert [(row["sample"], row["slide"]) for row in rows] == [
        *(("'=P-3", "'-A"), ("P-1", "A"), ("P-1", "B"), ("P-2", "A"))
    ]
    assert rows[1] == {
        **dict.fromkeys(COLUMNS, ""),
        "sample": "P-1",
        "slide": "A",
        "folder": str(tmp_path / "P-1" / "A"),
        "collected": "2026-11-20",
        "received": "2026-11-21",
        "requester": "Dr Bo",
        "stain": "Diff-Quik",
        "um_per_px": "0.065",
    }


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_list_that_nobody_changed_changes_nothing(session: Path, delimiter: str) -> None:
    rows = _listed(session)
    before = verify(session).head
    assert _apply(session, rows, delimiter) == 0
    assert verify(session).head == before


def test_slides_are_moved_renamed_and_removed_as_the_list_says_and_one_undo_takes_it_back(session: Path) -> None:
    before, rows = _arranged(session), _listed(session)
    rows[0] |= {"sample": "P-2", "slide": "C"}
    rows[2] |= {"removed": "yes"}
    rows[3] |= {"sample": "P-9"}
    assert _apply(session, rows) == 3
    assert _arranged(session) == {"P-1": ["A"], "P-2": ["C"], "P-9": ["A"]}
    with Session.open(session) as opened:
        assert Arrangement(opened).undo("Ada")
    assert _arranged(session) == before
    assert verify(session).problems == ()


def test_a_removed_slide_is_listed_and_comes_back(session: Path) -> None:
    rows = _listed(session)
    rows[1]["removed"] = "yes"
    _apply(session, rows)
    (removed,) = [row for row in _listed(session) if row["removed"]]
    assert _apply(session, [{**removed, "removed": "", "collected": "2026-11-20"}]) == 1
    assert _arranged(session)["P-1"] == ["A", "B"]


def test_details_are_taken_over_and_a_renamed_sample_keeps_those_it_had(session: Path) -> None:
    rows = _listed(session)
    for row in rows[1:3]:
        row |= {"sample": "S-77", "requester": "Dr Cy"}
    rows[1] |= {"stain": "", "um_per_px": "0,07", "criteria": "WHO 2021"}
    assert _apply(session, rows) == 2
    with Session.open(session, read_only=True) as opened:
        sample = opened.samples()[-1]
    assert (sample.id, sample.identifier) == (1, "S-77")
    assert sample.details == SampleDetails("2026-11-20", "2026-11-21", "Dr Cy")
    assert sample.slides[0].details == SlideDetails(um_per_px=0.07, criteria="WHO 2021")


def test_a_list_of_a_few_columns_changes_those_alone(session: Path) -> None:
    rows = [{"folder": row["folder"], "stain": "Papanicolaou"} for row in _listed(session)]
    assert _apply(session, rows) == 4
    assert _listed(session)[1]["um_per_px"] == "0.065"


@pytest.mark.skipif(sys.platform == "win32", reason="names on Windows are Unicode")
def test_a_name_that_is_not_unicode_stays_as_it_is(tmp_path: Path) -> None:
    path, name = tmp_path / "s.spermview", os.fsdecode(b"A\xff")
    with Session.create(path) as made:
        made.add_slide(name, tmp_path / name, [])
    rows = _listed(path)
    rows[0]["stain"] = "Diff-Quik"
    assert _apply(path, rows) == 1
    assert _arranged(path) == {name: [name]}


@pytest.mark.parametrize(
    ("number", "change", "message"),
    [
        (1, {"folder": "/nowhere"}, r"row 3: no slide of the session is in the folder '/nowhere'\. .* as it is\.$"),
        (1, {"slide": "B"}, r"sample 'P-1' would have two slides named 'B'\. Give one of them another name\.$"),
        (1, {"removed": "perhaps"}, r"'perhaps' in the column 'removed'\. Write yes, or nothing\.$"),
        (1, {"um_per_px": "65"}, r"A': 'A': '65' can't be the width of a pixel in µm\. Type a number from"),
        (1, {"collected": "2026-11-19"}, r"the rows of sample 'P-1' differ in collected, .* the same in each\.$"),
        (3, {"collected": "20.11.2026"}, r"sample 'P-2': '20\.11\.2026' is not a date\. Type year, month and day"),
    ],
)
def test_a_list_with_a_wrong_row_is_refused_and_nothing_is_changed(
    session: Path, number: int, change: Row, message: str
) -> None:
    rows = _listed(session)
    before = verify(session).head
    rows[0]["stain"] = "Papanicolaou"
    rows[number] |= change
    with pytest.raises(SpermViewerError, match=message):
        _apply(session, rows)
    assert verify(session).head == before


def test_without_the_name_of_a_person_nothing_is_changed(session: Path) -> None:
    before = verify(session).head
    write_sample_list(session, session.with_suffix(".csv"))
    with pytest.raises(SpermViewerError, match=r"a session is changed by a person\. Give the name with --by\.$"):
        change_samples(session, session.with_suffix(".csv"), " ")
    assert verify(session).head == before


def test_a_folder_that_is_listed_twice_is_refused(session: Path) -> None:
    rows = _listed(session)
    with pytest.raises(SpermViewerError, match=r"row 6: the folder '.*' is listed twice\. Delete one row\.$"):
        _apply(session, [*rows, rows[0]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sample,slide\n", r"no list of samples: it has no column 'folder'\. Known columns: sample, slide, folder"),
        (b"folder,patient\n", r"no list of samples: it has the column 'patient'\. Known columns"),
        (b"\xff\xfe\x00", r"this list can't be read \(.+\)\. Save it as CSV in UTF-8\.$"),
    ],
)
def test_a_file_that_is_no_list_is_refused(session: Path, content: bytes, message: str) -> None:
    other = session.with_name("other.csv")
    other.write_bytes(content)
    with pytest.raises(SpermViewerError, match=message):
        change_samples(session, other, "Ada")
