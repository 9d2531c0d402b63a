"""Windows that fit the screen they are on, which may be a small one, or shown at 200% or 300%."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def fit_to_screen(window: QWidget) -> None:
    """Makes a window no larger than its screen has room for, and moves it inside where it was put partly outside."""
    room = window.screen().availableGeometry()
    window.resize(window.size().boundedTo(room.size()))
    placed = window.geometry()
    placed.moveRight(min(placed.right(), room.right()))
    placed.moveBottom(min(placed.bottom(), room.bottom()))
    placed.moveLeft(max(placed.left(), room.left()))
    placed.moveTop(max(placed.top(), room.top()))
    if placed != window.geometry():
        window.move(placed.topLeft())
