"""Array types.

Pixels are RGB, uint8, shape (height, width, 3). Points are (x, y) in pixels; the origin is the
centre of the upper left pixel.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
Affine = npt.NDArray[np.float64]
"""A 2 x 3 matrix that maps (x, y, 1) to (x, y)."""
