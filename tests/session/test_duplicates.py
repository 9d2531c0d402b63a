"""The same image twice in a sample counts once; in two samples it is pointed out. Verdicts and results stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cells import MODEL, failed, in_field, scored

from sperm_viewer.domain.cell import Cell, Place, Status
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.arrange import Arrangement
from sperm_viewer.session.duplicates import duplicate_warnings, mark_duplicates
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify
from sperm_viewer.statistics.slide_figures import slide_figures

_A, _B = "aa" * 32, "bb" * 32


@pytest.fixture
def session(tmp_path: Path):
    with Session.create(tmp_path / "session.spermview") as made:
        made.use_model(MODEL)
        yield made


def add(session: Session, sample: str, slide: str, **files: str) -> int:
    """A slide of scored crops: names and the contents of their files; returns its id."""
    folder = session.path.parent / sample / slide
    refs = [ImageRef(slide, folder / f"{name}.png") for name in files]
    number = session.add_slide(slide, folder, refs, SampleOrigin(sample))
    session.record([replace(scored(ref), sha256=sha) for ref, sha in zip(refs, files.values(), strict=True)])
    return number


def mark(session: Session) -> None:
    with session.writing("mark") as trail:
        mark_duplicates(session, trail)


def found(session: Session) -> dict[str, Cell]:
    return {f"{cell.ref.slide}/{cell.ref.path.stem}": cell for cell in session.all_cells()}


def test_of_copies_in_a_sample_the_first_in_natural_order_counts(session: Session) -> None:
    add(session, "P-1", "B", a=_A, other=_B)
    add(session, "P-1", "A", c10=_A, c9=_A)
    mark(session)
    cells = found(session)
    assert cells["A/c9"].status is Status.SCORED
    assert not cells["A/c9"].flags
    for copy in ("A/c10", "B/a"):
        assert cells[copy].status is Status.NOT_COUNTED
        assert cells[copy].flags == {Flag.DUPLICATE}
        assert cells[copy].reason == "This is the same image as A / c9.png, which is counted."
        assert cells[copy].prediction is not None
    figures = slide_figures(session.tallies(), MODEL.classes)
    assert (figures.final.sperm, figures.not_counted) == (2, 2)
    assert list(duplicate_warnings(session)) == ["2 images of sample 'P-1' are there more than once and counted once."]
    before = session.audit_head()
    mark(session)
    assert session.audit_head() == before


def test_copies_in_two_samples_are_flagged_in_both_and_counted_in_both(session: Session) -> None:
    add(session, "P-1", "A", a=_A, b=_B)
    add(session, "P-2", "B", a=_A)
    mark(session)
    cells = found(session)
    assert cells["A/a"].flags == cells["B/a"].flags == {Flag.IN_OTHER_SAMPLE}
    assert not cells["A/b"].flags
    assert {cell.status for cell in cells.values()} == {Status.SCORED}
    (warning,) = duplicate_warnings(session)
    assert warning.startswith("1 image of sample 'P-2' is in sample 'P-1' too. Was a folder put in the wrong place?")


def test_marks_follow_slides_that_are_moved_removed_and_brought_back(session: Session) -> None:
    slide = add(session, "P-1", "A", a=_A)
    copied = add(session, "P-2", "B", a=_A)
    add(session, "P-2", "C", referred=_B)
    arrangement = Arrangement(session)
    arrangement.move([copied], "P-1", "Ada")
    assert found(session)["B/a"].flags == {Flag.DUPLICATE}
    Review(session).decide({found(session)["A/a"].id: Decision("tapered")}, "Ada")
    arrangement.remove([slide], "Ada")
    only = found(session)["B/a"]
    assert (only.status, only.reason, only.flags) == (Status.SCORED, "", frozenset())
    arrangement.undo("Ada")
    cells = found(session)
    assert cells["B/a"].status is Status.NOT_COUNTED
    assert cells["A/a"].final_class == "tapered"
    arrangement.undo("Ada")
    cells = found(session)
    assert cells["A/a"].flags == cells["B/a"].flags == {Flag.IN_OTHER_SAMPLE}
    assert cells["B/a"].status is Status.SCORED
    assert not verify(session.path).problems


def test_a_copy_of_a_referred_image_is_referred_again_when_it_is_the_only_one(session: Session) -> None:
    folder = session.path.parent / "P"
    refs = [ImageRef("A", folder / name) for name in ("a.png", "b.png")]
    session.add_slide("A", folder, refs)
    other = add(session, "P-2", "B", a=_A)
    session.record([replace(scored(ref, reason="Not sure."), sha256=_A) for ref in refs])
    Arrangement(session).remove([other], "Ada")
    assert found(session)["A/b"].status is Status.NOT_COUNTED
    session.rows("UPDATE results SET sha256 = ? WHERE cell_id = ?", (_B, found(session)["A/a"].id))
    mark(session)
    cell = found(session)["A/b"]
    assert (cell.status, cell.reason, cell.flags) == (Status.REFERRED, "Not sure.", frozenset())


def test_all_cells_of_a_copied_field_are_marked_and_files_that_failed_are_not(session: Session) -> None:
    folder = session.path.parent / "P"
    refs = [ImageRef("A", folder / name) for name in ("a.png", "b.png", "c.png", "d.png")]
    session.add_slide("A", folder, refs)
    places = (Place(10, 10, 40, 40), Place(200, 100, 40, 40))
    for ref in refs[:2]:
        session.record([replace(event, sha256=_A) for event in in_field(ref, *places)])
    session.record([replace(failed(ref), sha256=_B) for ref in refs[2:]])
    mark(session)
    statuses = [cell.status for cell in session.all_cells()]
    assert statuses == [Status.SCORED, Status.SCORED, Status.NOT_COUNTED, Status.NOT_COUNTED, *[Status.FAILED] * 2]
