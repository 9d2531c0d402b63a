"""An exported heatmap is pixels and nothing else: what a microscope wrote into its image stays there."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from cells import scored, session_with
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sperm_viewer.domain.prediction import Heatmap
from sperm_viewer.imaging.heatmap_files import write_heatmap
from sperm_viewer.reports.report_images import cell_images

_HEATMAP = Heatmap(np.zeros((5, 5), np.uint8), 0.0, 1.0, np.eye(2, 3))


def test_no_metadata_of_the_image_is_in_what_is_exported(tmp_path: Path) -> None:
    image = tmp_path / "A-017" / "a.png"
    image.parent.mkdir()
    exif = Image.Exif()
    exif[0x010E] = "Secret patient"
    text = PngInfo()
    text.add_text("Comment", "Secret patient")
    Image.new("RGB", (60, 50), (200, 90, 120)).save(image, pnginfo=text, exif=exif, dpi=(300, 300))
    assert b"Secret" in image.read_bytes()
    session, (ref,) = session_with(tmp_path, ["a.png"])
    with session:
        session.record([replace(scored(ref), sha256=hashlib.sha256(image.read_bytes()).hexdigest())])
        (cell,) = session.all_cells()
    write_heatmap(cell, _HEATMAP, tmp_path / "heat.png", 0.5)
    pictures = cell_images(cell, _HEATMAP, 40)
    assert pictures.crop is not None
    assert pictures.heat is not None
    for written in ((tmp_path / "heat.png").read_bytes(), pictures.crop.webp, pictures.heat.webp):
        assert b"Secret" not in written
        with Image.open(io.BytesIO(written)) as opened:
            assert not opened.getexif()
            assert not {"Comment", "dpi", "exif"} & set(opened.info)
