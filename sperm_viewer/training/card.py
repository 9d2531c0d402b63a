"""The model card: what a person should know before trusting a model, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.training.chain import Recipes, chain
from sperm_viewer.training.explain import Explained, faithfulness
from sperm_viewer.training.measure_out_of_distribution import Told
from sperm_viewer.training.metrics import Figures
from sperm_viewer.training.recipes import IMAGENET, MODEL, RANDOM, Recipe
from sperm_viewer.training.report import NOT_BY_DONOR, kept_by_class
from sperm_viewer.training.robust import Stable
from sperm_viewer.training.show_failures import FAILURES_FILE, Shown

_IMAGENET = (
    "ImageNet weights of EfficientNetV2-B0 from Keras Applications (Apache-2.0; sixteen late layers recovered from an "
    "int8 copy)"
)
_KEPT = (
    "Of the kept crops, the share that is right, with Wilson's 95% interval and the one-sided lower 95% bound on the "
    "effective number of crops (repeats and crops of a group don't count as independent; Franco et al. 2019, "
    "doi:10.1093/jssam/smy019):"
)


@dataclass(frozen=True, slots=True)
class Examined:
    """`unlike` is the share of false alarms and how well foreign sets are told; `stable` how classes keep."""

    unlike: tuple[float, list[Told]] | None
    stable: list[Stable]
    explained: list[Explained]


def write_card(spec: ModelSpec, measured: Mapping[str, Figures], examined: Examined, shown: Sequence[Shown]) -> str:
    """The card as Markdown; every figure comes from `measured` (by split), `examined`, `shown` or `spec`."""
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
        "## When it declines",
        f"A cell whose first choice has a probability below {spec.refer_below:g} is referred to a person "
        f"(temperature {spec.temperature:g}{', both from the predictions by group' if 'group' in measured else ''}), "
        "and so is one whose look (colour, contrast, detail, size of the head in the window) is further than "
        f"{spec.unlike_above:.2f} from that of the training crops, as a Mahalanobis distance.",
        *_known_outcomes(spec),
        *_unlike(examined.unlike),
        *_stable(examined.stable),
        *_faith(examined.explained),
        "## Speed",
        f"{spec.metrics['ms_a_crop']} ms a crop of 160 x 160 px, from pixels to prediction and heatmap, with "
        f"{_views(spec.preprocessing.views)}, in ONNX Runtime on one thread of the machine that trained it.",
    ]
    return "\n\n".join(parts) + "\n"


def recipe_in_words(system: str, recipes: Recipes) -> str:
    """How a system is trained, each network of its chain in a paragraph of its own."""
    return "\n\n".join(f"`{name}`: {_trained(recipes(name))}" for name in chain(system, recipes))


def _trained(recipe: Recipe) -> str:
    pre = recipe.preprocessing
    size = f"{pre.size} x {pre.size} px"
    frozen = f", the trunk held fixed for the first {recipe.freeze}" if recipe.freeze else ""
    learnt = f"It learnt the answers and the feature map of `{recipe.teacher}`. " if recipe.teacher else ""
    drawn = f"It saw {recipe.drawn} crops of our own renderer and no real ones. " if recipe.drawn else ""
    return (
        f"{recipe.architecture}, its trunk begun at {_begun(recipe.start)}. {drawn}{learnt}A window of {pre.window:g} "
        f"px around the head{', turned upright' if pre.upright else ''}, brought to {size}; {recipe.epochs} "
        f"epochs{frozen}; AdamW, learning rate {recipe.learning_rate:g} (trunk "
        f"{recipe.learning_rate * recipe.trunk_share:g}), cosine schedule, weight decay "
        f"{recipe.weight_decay:g}, label smoothing {recipe.label_smoothing:g}, MixUp {recipe.mixup:g}, dropout "
        f"{recipe.dropout:g}, running mean of the weights; random rotation, mirror, scale, shift, stain, light, blur, "
        "erasing."
    )


def _begun(start: str) -> str:
    if start == IMAGENET:
        return _IMAGENET
    if start == RANDOM:
        return "random weights"
    return f"that of the model `{start.removeprefix(MODEL)}`" if start.startswith(MODEL) else f"that of `{start}`"


def _reached(spec: ModelSpec, measured: Mapping[str, Figures]) -> list[str]:
    if not measured:
        return ["It has not been measured."]
    system, views = spec.data["system"], _views(spec.preprocessing.views)
    parts = [
        f"Five-fold cross-validation of this recipe, {views} a crop; the shipped network was then trained on all "
        "crops, so no crop of its data can test it. No epoch, temperature or threshold was chosen on a test fold. "
        f"{spec.data['chosen'] or 'The recipe was fixed beforehand.'} By group, the crops of a group are kept "
        f"on one side; by image is how papers split. {_groups(spec, measured)} Predictions of every image are in "
        f"`evaluation`, and `sperm-viewer figures resources/models/{spec.name}` works all of the following out anew. "
        f"They were made by `sperm-viewer evaluate DATASET --system {system} --split SPLIT --repeats N "
        "--pretrained WEIGHTS --out DIR`.",
        "In full, with every system whose predictions are there: "
        f"{', '.join(f'[by {split}](evaluation/report.{split}.md)' for split in measured)}.",
    ]
    for split, of in measured.items():
        parts += [f"### By {split}", _figures(of), _classes(of), _confusion(of), _KEPT, kept_by_class(of.kept)]
    return parts


def _groups(spec: ModelSpec, measured: Mapping[str, Figures]) -> str:
    of = next(iter(measured.values()))
    return f"The {of.images:,} crops form {of.groups:,} groups ({spec.data['groups']}). {NOT_BY_DONOR}"


def _figures(of: Figures) -> str:
    right = of.kept.right
    rows = {
        "crops, repeats": f"{of.images}, {of.repeats}",
        "macro-F1, pooled": f"{of.macro_f1:.3f}",
        "its 95% interval (groups resampled)": f"{of.interval[0]:.3f}-{of.interval[1]:.3f}",
        "macro-F1, mean and sd over repeats": f"{of.macro_f1_mean:.3f}, {of.macro_f1_sd:.3f}",
        "accuracy": f"{of.accuracy:.3f}",
        "kappa, MCC": f"{of.kappa:.3f}, {of.mcc:.3f}",
        "ECE before calibration, after": f"{of.ece_raw:.3f}, {of.ece.plain:.3f}",
        "ECE after calibration, less what chance adds (95% interval, groups resampled)": f"{of.ece.corrected:.3f} "
        f"({of.ece.low:.3f}-{of.ece.high:.3f})",
        "Brier score": f"{of.brier:.3f}",
        "share that could be kept at 95%, 97% accuracy": f"{of.coverage_95:.3f}, {of.coverage_97:.3f}",
        "share referred as uncertain": f"{of.kept.uncertain:.3f}",
        "share referred as out of distribution": _share(of.kept.out_of_distribution),
        "share kept": f"{of.kept.share:.3f}",
        "accuracy of those": _share(right.value if right else None),
        "its one-sided lower 95% bound": _share(right.lower_bound if right else None),
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])


def _share(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"


def _classes(of: Figures) -> str:
    rows = [f"| {c.name} | {c.precision:.3f} | {c.recall:.3f} | {c.f1:.3f} |" for c in of.classes]
    return "\n".join(["| class | precision | recall | F1 |", "|---|---|---|---|", *rows])


def _confusion(of: Figures) -> str:
    names = [c.name for c in of.classes]
    rows = [f"| {name} | {' | '.join(map(str, row))} |" for name, row in zip(names, of.confusion, strict=True)]
    head = ["True class (rows) against first choice (columns):\n", f"| | {' | '.join(names)} |"]
    return "\n".join([*head, "|---|" + "---|" * len(names), *rows])


def _known_outcomes(spec: ModelSpec) -> list[str]:
    known, matrix = spec.known_outcomes, spec.error_matrix
    if known is None or matrix is None:
        return []
    rows = [
        f"| {outcome} | {' | '.join(map(str, counts))} |"
        for outcome, counts in zip(matrix.outcomes, zip(*known.counts, strict=True), strict=True)
    ]
    return [
        "Outcomes (rows) by true class of all crops, each in a test fold (its threshold chosen on the other folds)"
        f"{f', {known.repeats} repeats added up' if known.repeats > 1 else ''}. The share of normal heads of a sample "
        "is estimated through these counts:",
        "\n".join([f"| | {' | '.join(spec.classes)} |", "|---|" + "---|" * len(spec.classes), *rows]),
    ]


def _unlike(unlike: tuple[float, list[Told]] | None) -> list[str]:
    if unlike is None:
        return []
    alarms, told = unlike
    rows = [f"| {each.set} | {each.images} | {each.auroc:.4f} | {each.caught:.3f} |" for each in told]
    return [
        f"Of its own data set's crops, each held back by a fold, {alarms:.1%} were taken for foreign; a fold's "
        "threshold was chosen on the other folds. Foreign images against those crops (`evaluation/unlike.csv`):",
        "\n".join(["| foreign images | how many | AUROC | referred |", "|---|---|---|---|", *rows]),
    ]


def _stable(stable: Sequence[Stable]) -> list[str]:
    if not stable:
        return []
    rows = [f"| {each.variation} | {each.images} | {each.same} | {each.same / each.images:.3f} |" for each in stable]
    return [
        "Crops of test folds that aren't referred, and how many keep their class when the crop is changed "
        "(`evaluation/robust.csv`):",
        "\n".join(["| change | not referred | same class | share |", "|---|---|---|---|", *rows]),
    ]


def _faith(explained: Sequence[Explained]) -> list[str]:
    if not explained:
        return []
    rows = []
    for each in faithfulness(explained):
        alike = "" if each.randomised is None else f"{each.randomised:.2f}"
        figures = (each.deletion, each.insertion, each.inside, each.pointing)
        rows.append(f"| {each.method} | {' | '.join(f'{value:.3f}' for value in figures)} | {alike} |")
    crops = len({row.path for row in explained})
    return [
        "## Whether its heatmaps can be trusted",
        f"{crops} crops of test folds (`evaluation/explained.csv`). Deletion blurs the hottest places first, so lower "
        "is better; insertion brings them back first, so higher is; both are areas under the curve of the class's "
        "probability ([curves](evaluation/deletion-insertion.svg)). Then the share of the heat on the head, how often "
        "the hottest place is on it (crops of sperm alone), and the rank correlation with the map of a network with "
        "random weights, which ought to be near 0. The app shows Grad-CAM++ for every cell, and for the selected one "
        "and with `score --heatmaps fine` the fine heatmap: Grad-CAM++ times integrated gradients from the blurred "
        "window to the window.",
        "\n".join(
            [
                "| map | deletion | insertion | heat on the head | peak on the head | like a random network's |",
                "|---|---|---|---|---|---|",
                *rows,
            ]
        ),
    ]


def _shown(shown: Sequence[Shown]) -> str:
    rows = [f"| {s.what} | {s.said} | {s.confidence:.2f} | {'yes' if s.referred else ''} |" for s in shown]
    return "\n".join(["| rendered crop | first choice | probability | referred |", "|---|---|---|---|", *rows])


def _views(count: int) -> str:
    return f"{count} view{'s' if count > 1 else ''}"
