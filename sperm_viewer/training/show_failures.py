"""Where a model goes wrong, shown on crops of our own renderer: a picture for the card, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sperm_viewer.domain.arrays import UInt8Array
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.model_folders import open_model
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.synthetic.render import (
    GREY,
    PINK,
    HeadClass,
    Look,
    render_cell,
    render_debris,
    render_empty,
    typical_cell,
)

FAILURES_FILE = "failures.png"
_SEED = 7
_ACROSS = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A rendered crop in words, what it truly is, and what the model said of it."""

    what: str
    said: str
    confidence: float
    referred: bool


def show_failures(folder: Path, spec: ModelSpec) -> list[Shown]:
    """Scores rendered crops that are hard in one way each; draws `failures.png` into the model folder."""
    scorer = open_scorer(open_model(folder), "onnx", "cpu", None).scorer
    shown = []
    crops = _crops(PINK if spec.data["name"] == "HuSHeM" else GREY)
    for what, rgb in crops:
        event = scorer.score_pixels(ImageRef("", Path(what)), rgb, "", frozenset())
        best = event.prediction
        shown.append(Shown(what, best.first, best.confidence, bool(event.reason)))
    _draw(folder / FAILURES_FILE, [rgb for _, rgb in crops], shown)
    return shown


def _crops(look: Look) -> list[tuple[str, UInt8Array]]:
    normal = typical_cell(HeadClass.NORMAL, look, seed=_SEED)
    other = PINK if look == GREY else GREY
    described = {
        "normal head": normal,
        "tapered head": typical_cell(HeadClass.TAPERED, look, seed=_SEED),
        "pyriform head": typical_cell(HeadClass.PYRIFORM, look, seed=_SEED),
        "amorphous head": typical_cell(HeadClass.AMORPHOUS, look, seed=_SEED),
        "normal head, the other data set's stain": typical_cell(HeadClass.NORMAL, other, seed=_SEED),
        "normal head, out of focus": replace(normal, blur=3.0),
        "normal head, hardly stained": replace(normal, stain=0.35),
        "normal head with a twin": replace(normal, twin=True),
        "normal head at the edge": replace(normal, offset=(0.4 * look.shape[1], 0.0)),
    }
    crops = [(what, render_cell(cell).rgb) for what, cell in described.items()]
    return [
        *crops,
        ("debris, no sperm", render_debris(look, seed=_SEED)),
        ("nothing", render_empty(look, seed=_SEED)),
    ]


def _draw(path: Path, crops: list[UInt8Array], shown: list[Shown]) -> None:
    from matplotlib.figure import Figure

    rows = -(-len(crops) // _ACROSS)
    figure = Figure(figsize=(2 * _ACROSS, 2.3 * rows), layout="constrained")
    for axes, rgb, one in zip(figure.subplots(rows, _ACROSS).flat, crops, shown, strict=False):
        axes.imshow(rgb)
        axes.set_title(f"{one.what}\n{one.said} {one.confidence:.2f}{', referred' if one.referred else ''}", fontsize=7)
    for axes in figure.axes:
        axes.axis("off")
    figure.savefig(path, dpi=80, metadata={"Software": None})
