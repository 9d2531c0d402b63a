"""The measurements of a head. Lengths in pixels, or in µm where the scale is known.

The shape factors are those of computer-assisted sperm morphometry (for a review: Maroto-Morales et al. 2016,
doi:10.4103/1008-682X.187581); `FORMULAS` has each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

FORMULAS = {
    "length": "largest Feret diameter L",
    "width": "smallest Feret diameter W",
    "area": "area A within the outline",
    "perimeter": "length P of the outline",
    "ellipticity": "L / W",
    "elongation": "(L - W) / (L + W)",
    "regularity": "pi * L * W / (4 * A)",
    "rugosity": "4 * pi * A / P^2",
    "acrosome_share": "area of the acrosome / A",
    "symmetry": "overlap of the outline and its mirror image about the long axis / their union",
}
"""The formula of each measurement, for exports."""


@dataclass(frozen=True, slots=True)
class Morphometry:
    """What is measured of a head. `length`, `width` and `perimeter` in px (µm after `in_micrometres`), `area` in their
    square; the rest are ratios. `acrosome_share` is None where no acrosome was looked for.
    """

    length: float
    width: float
    area: float
    perimeter: float
    symmetry: float
    acrosome_share: float | None = None

    @property
    def ellipticity(self) -> float:
        return self.length / self.width

    @property
    def elongation(self) -> float:
        return (self.length - self.width) / (self.length + self.width)

    @property
    def regularity(self) -> float:
        return math.pi * self.length * self.width / (4 * self.area)

    @property
    def rugosity(self) -> float:
        return 4 * math.pi * self.area / self.perimeter**2

    def in_micrometres(self, per_pixel: float) -> Morphometry:
        """The same in µm; `per_pixel` is the side of a pixel in µm. Raises ValueError unless it is positive."""
        if per_pixel <= 0:
            raise ValueError(f"a pixel can't be {per_pixel} µm wide")
        return replace(
            self,
            length=self.length * per_pixel,
            width=self.width * per_pixel,
            perimeter=self.perimeter * per_pixel,
            area=self.area * per_pixel**2,
        )
