"""A field has a cell for each head: stored together, found again, counted without those that the border cuts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cells import MEASURED, MODEL, OUTLINE, PLACE, failed, in_field, scored, session_with
from fields import HEADS, ellipse, fields_session

from sperm_viewer.domain.cell import Place, Status
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.session.field_heads import heads_beside
from sperm_viewer.session.rows import to_outline
from sperm_viewer.session.same_cells import same_cells
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.verify import verify
from sperm_viewer.statistics.slide_figures import slide_figures

_LEFT, _RIGHT, _CUT = Place(40, 30, 50, 60, 12.5), Place(300, 200, 60, 44), Place(0, 400, 20, 60)


def test_every_head_of_a_field_is_a_row_with_its_place_and_measurements(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png"])
    with session:
        ids = session.record([*in_field(refs[0], _LEFT, _RIGHT), scored(refs[1])])
        cells = session.cells(ids)
        assert [(cell.ref, cell.number, cell.in_field) for cell in cells] == [
            (refs[0], 1, True),
            (refs[0], 2, True),
            (refs[1], 1, False),
        ]
        assert [cell.place for cell in cells] == [_LEFT, _RIGHT, PLACE]
        assert cells[0].morphometry == MEASURED
        assert to_outline(cells[0].outline, _LEFT) == pytest.approx(OUTLINE, abs=1 / 32)
        assert cells[2].outline == ""
        assert session.pending() == []
        (slide,) = session.slides()
        assert (slide.crops, slide.done, slide.cells, slide.expected) == (2, 2, 3, 3)
    assert verify(tmp_path / "session.spermview").problems == ()


def test_a_cell_that_the_border_cuts_is_listed_and_in_no_figure(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        ids = session.record(in_field(ref, _LEFT, _CUT, cut=[1]))
        assert session.cell_ids() == ids
        assert session.readable() == ids[:1]
        (cut,) = session.cells(ids[1:])
        assert (cut.status, cut.countable, cut.final_class) == (Status.NOT_COUNTED, False, "")
        figures = slide_figures(session.tallies(), MODEL.classes)
        assert (figures.cells, figures.not_counted, figures.failed) == (1, 1, 0)
        assert (figures.final.sperm, figures.model.sperm, figures.final.failed) == (1, 1, 0)
        assert "1 cut off by the border of a field" in figures.final.denominator
        (slide,) = session.slides()
        assert (slide.scored, slide.not_counted, slide.cells) == (1, 1, 2)


def test_another_model_finds_the_same_cells_again_and_adds_new_ones(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["a.png"])
    other = SessionModel(ModelId("other", "ef" * 32), MODEL.classes, "normal")
    with session:
        first = session.record(in_field(ref, _LEFT, _RIGHT))
        session.use_model(other)
        prediction = replace(scored(ref).prediction, model=other.id)
        moved = replace(_RIGHT, x=_RIGHT.x + 2)
        events = [replace(event, prediction=prediction) for event in in_field(ref, Place(500, 10, 50, 50), moved)]
        new, again = session.record(events)
        assert again == first[1]
        assert new not in first
        assert [(cell.number, cell.place) for cell in session.cells([new, again])] == [
            (3, Place(500, 10, 50, 50)),
            (2, moved),
        ]
    assert verify(tmp_path / "session.spermview").problems == ()


def test_a_field_that_failed_first_keeps_its_row_for_the_first_head(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        (row,) = session.record([failed(ref)])
        assert session.forget_unread() == 1
        ids = session.record(in_field(ref, _LEFT, _RIGHT))
        assert ids[0] == row
        assert len(ids) == 2
        assert session.cells(ids)[0].size == (640, 480)


def test_a_field_without_a_head_has_one_row_without_a_place(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        event = replace(scored(ref, reason="No head."), place=None, in_field=True, size=(640, 480))
        (cell,) = session.cells(session.record([event]))
    assert (cell.place, cell.in_field, cell.size, cell.status) == (None, True, (640, 480), Status.REFERRED)


def test_the_outlines_of_a_field_come_back_to_a_sixteenth_of_a_pixel(tmp_path: Path) -> None:
    path = fields_session(tmp_path / "session.spermview", tmp_path / "A", ["a.png", "b.png"])
    with Session.open(path) as session:
        heads = heads_beside(session, 6)
        assert [head.cell.id for head in heads] == [5, 6, 7, 8]
        for head, middle in zip(heads, HEADS, strict=True):
            assert head.outline is not None
            assert np.abs(head.outline - ellipse(*middle)).max() <= 1 / 32
            assert head.cell.outlined_by == ""
    assert verify(path).problems == ()


def test_no_cell_is_given_to_two_heads() -> None:
    stored = {7: (0.0, 0.0, 10.0, 10.0)}
    assert same_cells([(1.0, 0.0, 10.0, 10.0), (0.0, 1.0, 10.0, 10.0)], stored) == [7, None]
    assert same_cells([(40.0, 0.0, 10.0, 10.0)], stored) == [None]
