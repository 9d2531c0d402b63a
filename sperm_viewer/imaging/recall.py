"""The image of a scored cell, read again: only the very file that was scored may carry its heatmap."""

from __future__ import annotations

import hashlib

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.cell import Cell, Status
from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.imaging.cell_part import cell_part, cut_part
from sperm_viewer.imaging.reading.large import LargeTurn
from sperm_viewer.imaging.reading.read import decode, read_bytes


def recall_image(cell: Cell) -> UInt8Array:
    """The whole image of a cell as it was scored: RGB uint8 (height, width, 3).

    A cell without a sha256 has no heatmap, so its file is read as it is now. Raises ImageRefusedError if the file can't
    be read, or if its sha256 isn't that of the file that was scored; and for a failed cell, whose file isn't opened: it
    may be one that no process survives.
    """
    if cell.status is Status.FAILED:
        raise ImageRefusedError(cell.reason)
    with LargeTurn() as turn:
        return _recalled(cell, turn)


def _recalled(cell: Cell, turn: LargeTurn) -> UInt8Array:
    data = read_bytes(cell.ref.path, turn)
    if cell.sha256 and hashlib.sha256(data).hexdigest() != cell.sha256:
        raise ImageRefusedError("The image has changed since it was scored. Put the old one back, or score again.")
    return decode(data, cell.ref.page, turn)[0]


def recall(cell: Cell) -> UInt8Array:
    """The cell's crop as it was scored, its part of the image if that is a field: RGB uint8 (height, width, 3),
    contiguous. Raises as `recall_image`.
    """
    rgb = recall_image(cell)
    if not cell.in_field or cell.place is None:
        return rgb
    return cut_part(rgb, cell_part(cell.place, rgb.shape[1], rgb.shape[0]))
