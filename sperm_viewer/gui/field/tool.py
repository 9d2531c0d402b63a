"""What a click or a drag in a field does."""

from __future__ import annotations

from enum import StrEnum


class FieldTool(StrEnum):
    SELECT = "select"
    ADD = "add"
    SPLIT = "split"
    REDRAW = "redraw"

    @property
    def draws(self) -> bool:
        """Whether a drag draws a line; else it moves the image."""
        return self in (FieldTool.SPLIT, FieldTool.REDRAW)


HINTS = {
    FieldTool.SELECT: "",
    FieldTool.ADD: "Click each head that was missed. Esc ends.",
    FieldTool.SPLIT: "Draw a line between the two heads. Esc ends.",
    FieldTool.REDRAW: "Draw around the head. Esc ends.",
}
