"""The model card: what a person should know before trusting a model, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sperm_viewer.inference.spec import ModelSpec
from sperm_viewer.training.evaluate import Figures
from sperm_viewer.training.recipes import MODEL, Recipe
from sperm_viewer.training.show_failures import FAILURES_FILE, Shown
from sperm_viewer.training.systems import B0_START

_START = {
    "imagenet": "ImageNet weights of EfficientNetV2-B0 from Keras Applications (Apache-2.0; sixteen late layers "
    "recovered from an int8 copy)",
    "random": "random weights",
    B0_START: "a B0 that began at random weights and learnt the answers and feature maps of an EfficientNetV2-B0 "
    "trained on the same crops (itself begun at ImageNet weights from Keras Applications, Apache-2.0); no ImageNet "
    "weights of B0 itself were at hand",
}


def write_card(spec: ModelSpec, measured: Mapping[str, Figures], shown: Sequence[Shown]) -> str:
    """The card as Markdown; every figure comes from `measured` (by split), `spec` or the system's recipe."""
    data = spec.data
    parts = [
        f"# {spec.name}: {spec.title}",
        "Research use only: it explains a classification, it does not diagnose.",
        "## What it is for",
        "Crops of one stained sperm head each, as in its training data. It says which of these classes a head looks "
        f"most like: {', '.join(spec.classes)}. It is not for whole fields, unstained or phase-contrast images, other "
        "stains or magnifications than those of its data, or for any decision about a patient."
        + ("" if spec.knows_non_sperm else " Its classes are head shapes alone; they are not the WHO's normal forms."),
        "## Data",
        f"{data['name']}: all {data['crops']} crops. {data['citation']} Licence: {data['licence']}.",
        "## How it was trained",
        f"`{data['command']}`",
        str(data["recipe"]),
        "## What it reached",
        *_reached(spec, measured),
        "## Where it goes wrong",
        f"Rendered crops, each hard in one way, as this very model answered ([picture]({FAILURES_FILE})):",
        _shown(shown),
        "## Referral",
        f"A cell whose first choice has a probability below {spec.refer_below:g} is referred to a person "
        f"(temperature {spec.temperature:g}).",
        "## Speed",
        f"{spec.metrics['ms_a_crop']} ms a crop of 160 x 160 px, from pixels to prediction and heatmap, with "
        f"{_views(spec.preprocessing.views)}, in ONNX Runtime on one thread of the machine that trained it.",
    ]
    return "\n\n".join(parts) + "\n"


def recipe_in_words(recipe: Recipe) -> str:
    pre = recipe.preprocessing
    start = recipe.start
    begun = f"the trunk of the model `{start.removeprefix(MODEL)}`" if start.startswith(MODEL) else _START[start]
    frozen = f", the trunk held fixed for the first {recipe.freeze}" if recipe.freeze else ""
    return (
        f"{recipe.architecture}, begun at {begun}. A window of {pre.window:g} px around the head"
        f"{', turned upright' if pre.upright else ''}, brought to {pre.size} x {pre.size} px; {recipe.epochs} epochs"
        f"{frozen}; AdamW, learning rate {recipe.learning_rate:g} (trunk "
        f"{recipe.learning_rate * recipe.trunk_share:g}), cosine schedule, weight decay {recipe.weight_decay:g}, "
        f"label smoothing {recipe.label_smoothing:g}, MixUp {recipe.mixup:g}, dropout {recipe.dropout:g}, running mean "
        "of the weights; random rotation, mirror, scale, shift, stain, light, blur, erasing."
    )


def _reached(spec: ModelSpec, measured: Mapping[str, Figures]) -> list[str]:
    if not measured:
        return ["It has not been measured."]
    system, views = spec.data["system"], _views(spec.preprocessing.views)
    parts = [
        f"Five-fold cross-validation of this recipe, {views} a crop; the shipped network was then trained on all "
        "crops, so no crop of its data can test it. The recipe was fixed beforehand, and nothing (epoch, temperature, "
        "threshold, views) was chosen on a test fold. By group, near-duplicates and neighbours are kept on one side; "
        "by image is how papers split. Predictions of every image are in `evaluation`, and "
        f"`sperm-viewer figures resources/models/{spec.name}` works all of the following out anew. They were made "
        f"by `sperm-viewer evaluate DATASET --system {system} --split SPLIT --repeats N --pretrained WEIGHTS "
        "--out DIR`.",
        "Five systems and more on the same folds: [by group](evaluation/report.group.md)"
        + (", [by image](evaluation/report.image.md)" if "image" in measured else "")
        + ".",
    ]
    for split, of in measured.items():
        parts += [f"### By {split}", _figures(of), _classes(of), _confusion(of)]
    return parts


def _figures(of: Figures) -> str:
    rows = {
        "crops, repeats": f"{of.images}, {of.repeats}",
        "macro-F1, pooled": f"{of.macro_f1:.3f}",
        "its 95% interval (groups resampled)": f"{of.interval[0]:.3f}-{of.interval[1]:.3f}",
        "macro-F1, mean and sd over repeats": f"{of.macro_f1_mean:.3f}, {of.macro_f1_sd:.3f}",
        "accuracy": f"{of.accuracy:.3f}",
        "kappa, MCC": f"{of.kappa:.3f}, {of.mcc:.3f}",
        "ECE before calibration, after": f"{of.ece_raw:.3f}, {of.ece:.3f}",
        "Brier score": f"{of.brier:.3f}",
        "share that could be kept at 95%, 97% accuracy": f"{of.coverage_95:.3f}, {of.coverage_97:.3f}",
        "share not referred by the threshold": f"{of.kept:.3f}",
        "accuracy of those": f"{of.kept_accuracy:.3f}",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])


def _classes(of: Figures) -> str:
    rows = [f"| {c.name} | {c.precision:.3f} | {c.recall:.3f} | {c.f1:.3f} |" for c in of.classes]
    return "\n".join(["| class | precision | recall | F1 |", "|---|---|---|---|", *rows])


def _confusion(of: Figures) -> str:
    names = [c.name for c in of.classes]
    rows = [f"| {name} | {' | '.join(map(str, row))} |" for name, row in zip(names, of.confusion, strict=True)]
    head = ["True class (rows) against first choice (columns):\n", f"| | {' | '.join(names)} |"]
    return "\n".join([*head, "|---|" + "---|" * len(names), *rows])


def _shown(shown: Sequence[Shown]) -> str:
    rows = [f"| {s.what} | {s.said} | {s.confidence:.2f} | {'yes' if s.referred else ''} |" for s in shown]
    return "\n".join(["| rendered crop | first choice | probability | referred |", "|---|---|---|---|", *rows])


def _views(count: int) -> str:
    return f"{count} view{'s' if count > 1 else ''}"
