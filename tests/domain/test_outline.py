"""An outline as text says where it was."""

from __future__ import annotations

import numpy as np
import pytest

from sperm_viewer.domain.outline import outline_points, outline_text


@pytest.mark.parametrize(("radius", "at", "apart"), [(40.3, (-3.7, 900.2), 1 / 32), (3000.0, (5000.0, 4000.0), 0.5)])
def test_an_outline_comes_back_within_half_a_step(radius: float, at: tuple[float, float], apart: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 128, endpoint=False)
    outline = (np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius + at).astype(np.float32)

    back = outline_points(outline_text(outline))

    assert back.shape == (128, 2)
    assert np.abs(back - outline).max() <= apart + 1e-3


@pytest.mark.parametrize("text", ["", "%%%", "AAAA"])
def test_another_text_is_no_outline(text: str) -> None:
    with pytest.raises(ValueError, match="not an outline"):
        outline_points(text)
