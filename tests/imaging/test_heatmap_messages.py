"""The error of a heatmap over an image that is not the one that was scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cells import scored, session_with

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.heatmap_files import write_heatmap


def test_no_heatmap_is_drawn_over_an_image_that_has_changed(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        session.record([scored(ref)])
        (cell,) = session.all_cells()
    ref.path.parent.mkdir()
    ref.path.write_bytes(b"another image")
    heatmap = Heatmap(np.zeros((5, 5), np.uint8), 0.0, 1.0, np.eye(2, 3))
    with pytest.raises(SpermViewerError, match=r"^The image has changed since it was scored\. .*score again\.$"):
        write_heatmap(cell, heatmap, tmp_path / "heat.png", 0.5)
    assert not (tmp_path / "heat.png").exists()
