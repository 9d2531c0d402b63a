"""The table shows ids, reads rows when they are looked at, and never lets a selection jump."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import CLASSES, event_of, fill, session_model, shelf
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.cell import Status
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.gui.background.thumbnails import Thumbnails
from sperm_viewer.gui.results.columns import COLUMNS, Col
from sperm_viewer.gui.results.results_pane import ResultsPane
from sperm_viewer.gui.results.table_model import CELL_ROLE, CellTableModel
from sperm_viewer.gui.slides.slides_model import SlidesModel
from sperm_viewer.gui.widgets.theme import Theme
from sperm_viewer.session.session import CellFilter, Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.open(fill(tmp_path / "s.spermview", {"A": 40, "B": 30}, tmp_path)) as opened:
        yield opened


@pytest.fixture
def thumbnails(qapp: QApplication) -> Iterator[Thumbnails]:
    made = Thumbnails(lambda cell: None)
    yield made
    made.close()


@pytest.fixture
def model(thumbnails: Thumbnails) -> Iterator[CellTableModel]:
    made = CellTableModel(thumbnails)
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield made
    tester.deleteLater()


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot, thumbnails: Thumbnails) -> ResultsPane:
    made = ResultsPane(thumbnails, Theme(qapp, "light"))
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


@pytest.fixture
def tested(pane: ResultsPane) -> ResultsPane:
    """A pane whose model is under the tester, which reads every row at every turn."""
    QAbstractItemModelTester(pane.model, QAbstractItemModelTester.FailureReportingMode.Fatal, pane)
    return pane


def texts(model: CellTableModel, column: Col) -> list[str]:
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_rows_come_in_natural_order_and_failed_ones_with_their_reason(model: CellTableModel, session: Session) -> None:
    model.show(session, CellFilter())
    assert texts(model, Col.FILE)[:12] == [f"img_{n}.png" for n in range(12)]
    assert model.index(9, Col.STATUS).data() == "failed: The file is cut short. Copy it again."
    assert model.index(9, Col.CLASS).data() == ""


def test_sorting_is_by_number_and_keeps_marked_cells_marked(model: CellTableModel, session: Session) -> None:
    from PySide6.QtCore import QPersistentModelIndex

    model.show(session, CellFilter(slide=1))
    marked = QPersistentModelIndex(model.index(5, Col.FILE))
    cell = model.id_at(5)
    model.sort(Col.CONFIDENCE, Qt.SortOrder.DescendingOrder)
    confidences = [c.prediction.confidence for c in map(model.cell_at, range(40)) if c and c.prediction]
    assert confidences == sorted(confidences, reverse=True)
    assert model.id_at(marked.row()) == cell
    model.sort(-1)
    assert texts(model, Col.FILE)[:3] == ["img_0.png", "img_1.png", "img_2.png"]


def test_new_results_are_appended_below_and_only_where_they_pass_the_filter(
    model: CellTableModel, session: Session, tmp_path: Path
) -> None:
    model.show(session, CellFilter(slide=1, status=Status.FAILED))
    before = list(model.ids())
    refs = [ImageRef("A", tmp_path / "A" / f"new_{n}.png") for n in (9, 10, 19)]
    session.add_slide("A", tmp_path / "A", refs)
    ids = session.record([event_of(ref, session.model()) for ref in refs])
    model.append(ids)
    assert list(model.ids()) == [*before, ids[0], ids[2]]
    model.append(ids)
    assert model.rowCount() == len(before) + 2


def test_every_cell_says_in_words_what_it_shows(model: CellTableModel, session: Session) -> None:
    model.show(session, CellFilter())
    said = [model.index(3, column).data(Qt.ItemDataRole.AccessibleTextRole) for column in range(len(COLUMNS))]
    assert said[0] == "crop of img_3.png"
    assert said[Col.STATUS] == "referred"
    assert all(isinstance(text, str) for text in said)


def test_a_hundred_thousand_rows_are_read_only_where_they_are_looked_at(
    pane: ResultsPane, tmp_path: Path, qapp: QApplication
) -> None:
    folder = session_model(shelf().folders[0])
    with Session.create(tmp_path / "large.spermview") as large:
        large.use_model(folder)
        refs = [ImageRef("S", tmp_path / "S" / f"img_{n}.png") for n in range(100_000)]
        large.add_slide("S", tmp_path / "S", refs)
        large.record([event_of(refs[1], folder)])
        large._db.execute("INSERT OR IGNORE INTO cells (image_id, number) SELECT id, 1 FROM images")
        large._db.execute(
            "INSERT OR IGNORE INTO results SELECT cells.id, model_id, slide_id, sha256, status,"
            " class, confidence, probabilities, flags, reason, heat, app_version, NULL, NULL, NULL, NULL, '[]', NULL"
            " FROM results, cells"
        )
        asked: list[int] = []
        read = large.cells
        large.cells = lambda ids: asked.append(len(ids)) or read(ids)  # type: ignore[method-assign]
        pane.show_session(large, CLASSES)
        qapp.processEvents()
        assert sum(asked) < 1000
        start = time.monotonic()
        for row in range(0, 100_000, 5000):
            pane.table.scrollTo(pane.model.index(row, 0))
            pane.table.viewport().repaint()
        assert (time.monotonic() - start) / 20 < 0.1
        assert sum(asked) < 10_000
        pane.show_session(None, ())


def test_the_current_cell_stays_current_through_sorting_filtering_and_new_rows(
    tested: ResultsPane, session: Session
) -> None:
    tested.show_session(session, CLASSES)
    wanted = tested.model.id_at(23)
    tested.select(wanted)
    tested.table.sortByColumn(Col.CONFIDENCE, Qt.SortOrder.AscendingOrder)
    assert tested.current_cell().id == wanted
    tested.filters.set_slide(1)
    assert (tested.current_cell().id, tested.selected_ids()) == (wanted, [wanted])
    scrolled = tested.table.verticalScrollBar().value()
    tested.append([])
    tested.finish()
    assert tested.current_cell().id == wanted
    assert tested.table.verticalScrollBar().value() == scrolled
    tested.filters.set_slide(2)
    assert tested.current_cell().ref.slide == "B"


def test_several_selected_cells_stay_selected_when_the_filter_lets_them_through(
    tested: ResultsPane, session: Session
) -> None:
    tested.show_session(session, CLASSES)
    pick = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    tested.table.clearSelection()
    for row in (2, 3, 4, 50):
        tested.table.selectionModel().select(tested.model.index(row, 0), pick)
    chosen = tested.selected_ids()
    assert len(chosen) == 4
    tested.filters.set_slide(1)
    assert tested.selected_ids() == chosen[:3]


def test_each_filter_narrows_and_says_how_many_are_left(tested: ResultsPane, session: Session, qtbot: QtBot) -> None:
    tested.show_session(session, CLASSES)
    tested.filters.show_only(Status.FAILED)
    assert tested.model.rowCount() == 7
    tested.filters.show_only(flagged=True)
    flagged = [tested.model.cell_at(row).flags for row in range(tested.model.rowCount())]
    assert flagged
    assert all(flagged)
    assert len(flagged) == sum(slide.flagged for slide in session.slides())
    tested.filters.show_only()
    tested.filters._search.setText("IMG_1.")
    qtbot.waitUntil(lambda: tested.model.rowCount() == 2)
    assert tested.filters._count.text() == "2 cells"
    tested.filters.show_only()
    assert tested.model.rowCount() == 70


def test_the_slides_model_is_sound_and_sums_up(session: Session) -> None:
    model = SlidesModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show(session.slides(), CLASSES)
    model.show(session.slides(), CLASSES)
    assert [model.index(row).data() for row in range(3)] == ["All slides", "A", "B"]
    assert model.total.crops == model.total.done == 70
    assert "failed 7" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert model.slide_at(0) is None
    model.show([], ())
    assert model.rowCount() == 1


def test_a_cell_role_gives_the_cell_itself(model: CellTableModel, session: Session) -> None:
    model.show(session, CellFilter())
    assert model.index(0, 0).data(CELL_ROLE).ref.path.name == "img_0.png"


def test_many_cells_are_refreshed_by_one_repaint_and_read_when_they_are_seen(
    thumbnails: Thumbnails, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = CellTableModel(thumbnails)
    model.show(session, CellFilter())
    for row in range(70):
        assert model.cell_at(row) is not None
    changes: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, *_: changes.append((first.row(), last.row())))
    read: list[int] = []
    cells = Session.cells
    monkeypatch.setattr(Session, "cells", lambda self, ids: read.append(len(ids)) or cells(self, ids))
    model.refresh(list(model.ids()))
    assert changes == [(0, 69)]
    assert read == []
    assert model.cell_at(3) is not None
    assert read
