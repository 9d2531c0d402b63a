"""The model card: what a person should know before trusting a model, in words and figures."""

from __future__ import annotations

from sperm_viewer.inference.spec import ModelSpec
from sperm_viewer.training.evaluate import Figures
from sperm_viewer.training.recipes import Recipe


def write_card(spec: ModelSpec, recipe: Recipe, figures: Figures, command: str) -> str:
    """The card as Markdown; every figure comes from `figures`, `spec` or `recipe`."""
    pre = spec.preprocessing
    return f"""# {spec.name}: {spec.title}

Research use only: it explains a classification, it does not diagnose.

## What it is for

Crops of one stained sperm head each, as in its training data. It says which of these classes a head looks most like:
{", ".join(spec.classes)}. It is not for whole fields, unstained or phase-contrast images, other stains or
magnifications than those of its data, or for any decision about a patient.

## Data

{spec.data["name"]}: {spec.data["crops"]} crops. {spec.data["citation"]} Licence: {spec.data["licence"]}.
Starting weights: {spec.data["pretrained"]}

## How it was trained

`{command}`

{recipe.architecture}; a window of {pre.window:g} px around the head{", turned upright" if pre.upright else ""}, brought
to {pre.size} x {pre.size} px; {recipe.epochs} epochs, the trunk held fixed for the first {recipe.freeze}; AdamW,
learning rate {recipe.learning_rate:g} (trunk {recipe.learning_rate * recipe.trunk_share:g}), cosine schedule, weight
decay {recipe.weight_decay:g}, label smoothing {recipe.label_smoothing:g}, MixUp {recipe.mixup:g}, dropout
{recipe.dropout:g}, running mean of the weights; random rotation, mirror, scale, shift, stain, light, blur, erasing.
Nothing was chosen on the test fold.

## What it reached

One split by group: {figures.images} crops of groups that this network never saw, {_views(pre.views)} a
crop. One fold is a small test: with {figures.images} crops a macro-F1 is uncertain by several points.

| | |
|---|---|
| accuracy | {figures.accuracy:.3f} |
| macro-F1 | {figures.macro_f1:.3f} |
| 95% interval of macro-F1 (groups resampled) | {figures.interval[0]:.3f}-{figures.interval[1]:.3f} |
{"".join(f"| F1 {of.name} | {of.f1:.3f} |{chr(10)}" for of in figures.classes)}
True class (rows) against first choice (columns):

| | {" | ".join(spec.classes)} |
|---|{"---|" * len(spec.classes)}
{_rows(spec, figures)}
## Referral

A cell whose first choice has a probability below {spec.refer_below:g} is referred to a person. The probabilities are
not calibrated (temperature {spec.temperature:g}).
"""


def _views(count: int) -> str:
    return f"{count} view{'s' if count > 1 else ''}"


def _rows(spec: ModelSpec, figures: Figures) -> str:
    return "".join(
        f"| {name} | {' | '.join(str(n) for n in row)} |\n"
        for name, row in zip(spec.classes, figures.confusion, strict=True)
    )
