"""Fits windows to screens, which may be small or scaled to 300%."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def fit_to_screen(window: QWidget) -> None:
    """Makes a window no larger than its screen, and moves it inside if it is partly outside."""
    room = window.screen().availableGeometry()
    window.resize(window.size().boundedTo(room.size()))
    placed = window.geometry()
    placed.moveRight(min(placed.right(), room.right()))
    placed.moveBottom(min(placed.bottom(), room.bottom()))
    placed.moveLeft(max(placed.left(), room.left()))
    placed.moveTop(max(placed.top(), room.top()))
    if placed != window.geometry():
        window.move(placed.topLeft())
