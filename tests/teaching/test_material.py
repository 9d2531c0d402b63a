"""Which verdicts a site model is taught from."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import scored, session_with

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review
from sperm_viewer.teaching.judgement import LEAST_LABELS, Verdicts, classes_in_order, missing
from sperm_viewer.teaching.material import read_material


def test_single_and_blind_verdicts_count_and_bulk_ones_do_not(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(4)])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        review = Review(session)
        review.decide({ids[0]: Decision("normal")}, "Ana", How.SINGLE)
        review.decide({ids[1]: Decision("tapered")}, "Ana", How.BLIND)
        review.decide({ids[2]: Decision("tapered")}, "Ana", How.BULK)
        head = session.audit_head().hash
    found = read_material([session.path])
    assert [cell.label for cell in found.cells] == ["normal", "tapered", "", ""]
    assert (found.left_out, found.readers, found.slides) == (1, ("Ana",), 1)
    assert [source.hash for source in found.sources] == [head]


def test_a_cell_on_which_two_readers_differ_has_no_label(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png"])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        Review(session).decide({ids[0]: Decision("normal")}, "Ana")
        Review(session).decide({ids[1]: Decision("normal")}, "Ana")
        second = Review(session, begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo")).id)
        second.decide({ids[0]: Decision("tapered")}, "Bo")
        second.decide({ids[1]: Decision("normal")}, "Bo")
    found = read_material([session.path])
    assert [cell.label for cell in found.cells] == ["", "normal"]


def test_a_folder_without_slides_says_that_they_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("path,label\na.png,normal\nb.png,\n", "utf-8")
    found = read_material([tmp_path])
    assert (found.slides, [cell.label for cell in found.cells]) == (None, ["normal", ""])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            None,
            r"index\.csv: can't be read \(.+\)\. Give a session, or a folder with index\.csv: path, label, slide\.$",
        ),
        (b"\xff\xfe\x00", r"index\.csv: not a table in UTF-8\. Save it as CSV with UTF-8\.$"),
        (b"file,class\na,b\n", r"index\.csv: needs a row for each cell, and the columns path and label\. Add them\.$"),
    ],
)
def test_a_folder_that_teaches_nothing_is_refused(content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "index.csv").write_bytes(content)
    with pytest.raises(SpermViewerError, match=message):
        read_material([tmp_path])


def _verdicts(slides: int = 4, count: int = LEAST_LABELS, rare: int = 20) -> Verdicts:
    labels = ["tapered"] * rare + ["normal"] * (count - rare)
    return Verdicts(("normal", "tapered"), tuple(labels), tuple(f"slide {n % slides}" for n in range(count)))


def test_teaching_is_unlocked_by_forty_labels_of_three_slides_and_eight_of_each_class() -> None:
    assert missing(_verdicts()) == []
    assert missing(_verdicts(count=39)) == ["39 cells have a label; 40 are needed."]
    assert missing(_verdicts(slides=2)) == ["The labels come from 2 slides; 3 are needed."]
    assert missing(_verdicts(rare=7)) == ["7 cells are 'tapered'; 8 are needed."]


def test_one_class_alone_is_refused() -> None:
    found = missing(Verdicts(("normal",), ("normal",) * 60, tuple(f"slide {n % 4}" for n in range(60))))
    assert found == ["All cells have one class, so there is nothing to tell apart. Label cells of another class too."]


def test_a_class_of_one_slide_is_refused() -> None:
    slides = ("one",) * 20 + tuple(f"slide {n % 4}" for n in range(20))
    found = missing(Verdicts(("normal", "tapered"), ("tapered",) * 20 + ("normal",) * 20, slides))
    assert found == ["All cells of 'tapered' are of one slide, which may be told apart instead. Label another slide."]


def test_slides_that_are_not_known_are_not_asked_for() -> None:
    known = _verdicts()
    assert missing(Verdicts(known.classes, known.labels, ("",) * LEAST_LABELS)) == []


def test_normal_comes_first_and_non_sperm_last() -> None:
    assert classes_in_order(["tapered", "non-sperm", "amorphous", "normal"]) == (
        "normal",
        "amorphous",
        "tapered",
        "non-sperm",
    )
