"""Small promises of small parts."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from sperm_viewer.domain.prediction import Heatmap, ModelId, Prediction
from sperm_viewer.gui.dialogs.heatmap_help import HeatmapHelp
from sperm_viewer.gui.review.image_view import ImageView, Zoom
from sperm_viewer.gui.review.probabilities import ProbabilityBars
from sperm_viewer.gui.widgets.class_qcolours import class_colour
from sperm_viewer.gui.widgets.error_reporter import ErrorReporter, start_log
from sperm_viewer.gui.widgets.plain_tip import plain_tip
from sperm_viewer.gui.widgets.qt_images import heat_layer, thumbnail, to_image
from sperm_viewer.gui.widgets.settings_store import SettingsStore
from sperm_viewer.gui.widgets.theme import DARK, LIGHT, Theme
from sperm_viewer.imaging.overlay import overlay


def test_classes_of_one_model_have_colours_of_their_own() -> None:
    classes = ("normal", "tapered", "pyriform", "amorphous", "round", "non-sperm")
    assert len({class_colour(name, classes).name() for name in classes}) == len(classes)
    assert class_colour("abnormal") == class_colour("amorphous")


def test_a_theme_that_is_chosen_already_is_not_applied_again(qapp: QApplication) -> None:
    theme = Theme(qapp, "dark")
    changes: list[bool] = []
    theme.changed.connect(lambda: changes.append(theme.is_dark))
    for name in ("dark", "dark", "light", "light"):
        theme.choose(name)
    assert changes == [False]


def test_zooming_keeps_the_point_under_the_pointer_and_stays_inside_the_picture(qapp: QApplication) -> None:
    zoom = Zoom()
    at = QPointF(0.7, 0.4)
    before = (at - zoom.centre) * zoom.factor
    zoom.by(3, at)
    assert ((at - zoom.centre) * zoom.factor - before).manhattanLength() < 1e-9
    zoom.move(50, 50)
    assert zoom.centre.x() + 0.5 / zoom.factor <= 1 + 1e-9
    zoom.by(-50)
    assert (zoom.factor, zoom.centre) == (1.0, QPointF(0.5, 0.5))


def test_a_zoom_follows_the_head_from_image_to_image(qapp: QApplication) -> None:
    zoom = Zoom()
    zoom.show_head(QPointF(0.3, 0.6))
    assert (zoom.factor, zoom.centre) == (1.0, QPointF(0.5, 0.5))
    zoom.toggle()
    assert zoom.centre == QPointF(0.3, 0.6)
    zoom.move(0.5, -0.5)
    zoom.show_head(QPointF(0.6, 0.4))
    assert (zoom.factor, zoom.centre) == (2.5, QPointF(0.6, 0.4))


def test_the_corners_of_the_window_are_drawn_on_demand_only(qtbot: QtBot, qapp: QApplication) -> None:
    view = ImageView(Zoom(), Theme(qapp, "light"), "Crop")
    qtbot.addWidget(view)
    view.resize(200, 200)
    grey = QImage(100, 100, QImage.Format.Format_RGB32)
    grey.fill(QColor(128, 128, 128))
    view.show_image(grey, None, window=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)))

    def light() -> list[tuple[int, int]]:
        shown = view.grab().toImage()
        return [(x, y) for x in range(200) for y in range(200) if shown.pixelColor(x, y).red() > 250]

    assert not light()
    view.show_window(True)
    assert (20, 20) in light()
    assert (20, 35) in light()
    assert not any(60 < x < 140 or 60 < y < 140 for x, y in light())


def test_the_layer_over_the_crop_gives_the_pixels_of_the_exported_overlay() -> None:
    from PySide6.QtGui import QImage, QPainter

    rgb = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    heatmap = Heatmap(
        np.arange(49, dtype=np.uint8).reshape(7, 7) * 5, 0.0, 1.0, np.array([[0.02, 0, -0.1], [0, 0.03, 0]])
    )
    shown = to_image(rgb).convertToFormat(QImage.Format.Format_ARGB32)
    painter = QPainter(shown)
    painter.setOpacity(0.45)
    painter.drawImage(0, 0, heat_layer(heatmap, 40, 60, 1.0))
    painter.end()
    expected = overlay(rgb, heatmap, 0.45)
    got = np.array([[shown.pixelColor(x, y).getRgb()[:3] for x in range(60)] for y in range(40)])
    assert np.abs(got.astype(int) - expected).max() <= 3


def test_a_thumbnail_is_as_large_as_the_screen_needs() -> None:
    rgb = np.zeros((120, 80, 3), np.uint8)
    assert (thumbnail(rgb, None, 104).height(), thumbnail(rgb, None, 52).height()) == (
        104,
        52,
    )


def test_the_theme_can_be_chosen_and_its_greys_are_neutral(qapp: QApplication) -> None:
    theme = Theme(qapp, "dark")
    assert theme.tones is DARK
    theme.choose("light")
    assert theme.tones is LIGHT
    for tones in (LIGHT, DARK):
        for grey in (tones.window, tones.base, tones.image_background, tones.selected, tones.line):
            assert len({grey[1:3], grey[3:5], grey[5:7]}) == 1
    theme.choose("system")


def test_settings_are_saved_a_moment_later_and_a_full_disk_stops_nothing(
    qapp: QApplication, tmp_path: Path, qtbot: QtBot
) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    store.update(opacity=10)
    qtbot.waitUntil((tmp_path / "settings.json").exists)
    assert SettingsStore(tmp_path / "settings.json").value.opacity == 10
    blocked = SettingsStore(tmp_path / "settings.json" / "no" / "settings.json")
    blocked.update(opacity=20)
    blocked.save()
    assert blocked.value.opacity == 20


def test_an_unexpected_error_shows_one_plain_dialog_and_goes_to_the_log(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    import logging

    handler = start_log(tmp_path)
    assert handler is not None
    reporter = ErrorReporter(tmp_path)
    try:
        for number in range(3):
            try:
                raise ValueError(f"number {number}")
            except ValueError as error:
                reporter._take(type(error), error, error.__traceback__)
        qtbot.waitUntil(lambda: reporter.dialog is not None and "number 2" in reporter.dialog.details)
        dialog = reporter.dialog
        assert dialog is not None
        assert len([w for w in qapp.topLevelWidgets() if w.isVisible()]) == 1
        assert "Traceback" not in " ".join(label.text() for label in dialog.findChildren(QLabel))
        dialog.copy_button.click()
        assert "number 0" in QGuiApplication.clipboard().text()
        dialog.close()
        qtbot.waitUntil(lambda: reporter.dialog is None)
        assert "number 1" in (tmp_path / "sperm-viewer.log").read_text()
    finally:
        logging.getLogger("sperm_viewer").removeHandler(handler)
        handler.close()


def test_errors_of_other_threads_are_told_too(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    reporter = ErrorReporter(tmp_path)
    before = (sys.excepthook, threading.excepthook)
    reporter.install()
    try:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: reporter.dialog is not None)
        assert "ZeroDivisionError" in reporter.dialog.details
        reporter.dialog.close()
        qtbot.waitUntil(lambda: reporter.dialog is None)
    finally:
        reporter.remove()
    assert (sys.excepthook, threading.excepthook) == before


def test_a_file_named_like_markup_is_shown_as_it_is_named() -> None:
    tip = plain_tip("/slides/<b>img&1.png").replace("\u200b", "")
    assert tip == '<p style="white-space: pre-wrap">/slides/&lt;b&gt;img&amp;1.png</p>'
    assert plain_tip("") == ""


def test_the_heatmap_page_is_illustrated_and_says_what_a_heatmap_does_not_show(qtbot: QtBot) -> None:
    page = HeatmapHelp(None)
    qtbot.addWidget(page)
    document = page.page.document()
    image = QTextDocument.ResourceType.ImageResource
    pictures = [document.resource(image, QUrl(f"example:{number}")) for number in range(3)]
    assert all(picture.width() > 100 for picture in pictures)
    assert len({bytes(picture.constBits()) for picture in pictures}) == 3
    assert "What it does not show" in document.toPlainText()


def test_the_bars_say_what_is_asked_of_the_first_choice(qapp: QApplication, qtbot: QtBot) -> None:
    bars = ProbabilityBars(Theme(qapp, "light"))
    qtbot.addWidget(bars)
    prediction = Prediction(ModelId("m", "0"), ("normal", "tapered"), (0.7, 0.3))
    bars.resize(300, bars.sizeHint().height())
    bars.show_prediction(prediction, None)
    plain = bars.grab().toImage()
    bars.show_prediction(prediction, 0.8)
    bars.resize(300, bars.sizeHint().height())
    assert "0.80" in bars.toolTip()
    assert bars.grab().toImage() != plain
    bars.show_prediction(None, 0.8)
    assert bars.toolTip() == ""
