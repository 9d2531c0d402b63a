"""Each error of a heatmap file, with its message."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cells import scored, session_with

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.heatmap_files import refuse_links, write_heatmap


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


@pytest.mark.parametrize("planted", ["heatmaps", "heatmaps/P-1", "heatmaps/P-1/A"])
def test_no_heatmap_is_written_through_a_planted_link(tmp_path: Path, planted: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / planted).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / planted).symlink_to(elsewhere)
    folder = tmp_path / "heatmaps"
    with pytest.raises(SpermViewerError, match=r": this is a link, so no heatmaps are written there\. Delete the link"):
        refuse_links(folder, folder / "P-1" / "A" / "a.png.heatmap.png")


def test_a_link_above_the_folder_of_heatmaps_is_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    folder = tmp_path / "out" / "heatmaps"
    refuse_links(folder, folder / "P-1" / "A" / "a.png.heatmap.png")
