"""Pictures for the guide, which ships with the app: small files of twice the size that they are shown at."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

_FOLDER = Path(__file__).parents[2] / "resources" / "guide"
_COLOURS = 256


def save_for_guide(picture: Image.Image, name: str, shown: int) -> Path:
    """Writes `resources/guide/NAME.png` with a palette; the guide shows it so many pixels wide."""
    size = 2 * shown, round(picture.height * 2 * shown / picture.width)
    small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    path = _FOLDER / f"{name}.png"
    # Other methods spend the palette on the crops' background, and lose the colours of the classes.
    small.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)
    return path
