"""Makes the field of the demo from its real crops, and lists it in `index.csv`; the same seed gives the same field."""

import csv

import numpy as np
from PIL import Image

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.reading.read import read_image
from sperm_viewer.synthetic.cutout import background_colour, cut_debris, cut_head
from sperm_viewer.synthetic.laid_field import lay_field
from sperm_viewer.system import paths

SEED = 15
HEADS, DEBRIS = 13, 2
SIZE, COLUMNS = (1000, 760), 5
NAME = "Demo 3/3A/field_001.jpg"
_REAL = ("normal", "abnormal", "non-sperm")
_UNIT = 45.0
"""Length of a usual head in the crops of SMIDS, in px."""


def main() -> None:
    demo = paths.resources() / "demo"
    with (demo / "index.csv").open(newline="", encoding="utf-8") as lines:
        listed = [row for row in csv.DictReader(lines) if row["path"] != NAME]
    crops = [
        (row["label"], read_image(ImageRef("", demo / row["path"])).rgb) for row in listed if row["label"] in _REAL
    ]
    heads = [cut_head(rgb, _UNIT) for label, rgb in crops if label in ("normal", "abnormal")]
    debris = [cut_debris(rgb, _UNIT) for label, rgb in crops if label == "non-sperm"]
    rng = np.random.default_rng(SEED)
    largest = SIZE[0] // COLUMNS, SIZE[1] // (-(-(HEADS + DEBRIS) // COLUMNS))
    chosen = []
    for pieces, wanted in ((heads, HEADS), (debris, DEBRIS)):
        fitting = [one for one in pieces if one is not None and max(one.cover.shape) <= min(largest)]
        chosen += [fitting[index] for index in rng.permutation(len(fitting))[:wanted]]
    colour = np.median([background_colour(rgb) for _, rgb in crops], axis=0).astype(np.float32)
    field = lay_field(rng, chosen, colour, SIZE, COLUMNS)
    file = demo / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(field).save(file, "JPEG", quality=92, subsampling=0)
    with (demo / "index.csv").open("w", newline="", encoding="utf-8") as lines:
        rows = csv.DictWriter(lines, ("path", "label", "smids_file"), lineterminator="\n")
        rows.writeheader()
        rows.writerows([*listed, {"path": NAME, "label": "field", "smids_file": ""}])
    print(f"{file}: {HEADS} heads, {DEBRIS} pieces of debris, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
