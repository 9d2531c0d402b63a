"""Tables and figures of an evaluation, all made anew from the predictions beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.training.calibrate import cross_calibrate
from sperm_viewer.training.clustered import Share
from sperm_viewer.training.compare import chosen_by_other_folds, compare, on_same_folds
from sperm_viewer.training.explain import Explained
from sperm_viewer.training.kept import Kept
from sperm_viewer.training.measure_out_of_distribution import crops_out_of_distribution
from sperm_viewer.training.metrics import Figures, compute_metrics, risk_coverage
from sperm_viewer.training.predictions import Predictions, read_predictions
from sperm_viewer.training.tables import write_table

CURVES_FILE = "deletion-insertion.svg"
TRIED = "tried"
"""The folder, inside an evaluation, of recipes that were tried beside those that are compared."""
_COLUMNS: tuple[tuple[str, str, Callable[[Figures], float]], ...] = (
    ("accuracy", "accuracy", lambda of: of.accuracy),
    ("macro_f1", "macro-F1, pooled", lambda of: of.macro_f1),
    ("macro_f1_mean", "mean", lambda of: of.macro_f1_mean),
    ("macro_f1_sd", "sd", lambda of: of.macro_f1_sd),
    ("kappa", "kappa", lambda of: of.kappa),
    ("mcc", "MCC", lambda of: of.mcc),
    ("ece_raw", "ECE, not calibrated", lambda of: of.ece_raw),
    ("ece", "ECE", lambda of: of.ece.plain),
    ("ece_corrected", "ECE, corrected", lambda of: of.ece.corrected),
    ("ece_low_95", "from", lambda of: of.ece.low),
    ("ece_high_95", "to", lambda of: of.ece.high),
    ("brier", "Brier", lambda of: of.brier),
    ("aurc", "AURC", lambda of: of.aurc),
    ("coverage_95", "could be kept at 95%", lambda of: of.coverage_95),
    ("coverage_97", "could be kept at 97%", lambda of: of.coverage_97),
    ("kept", "kept", lambda of: of.kept.share),
    ("kept_accuracy", "accuracy of the kept", lambda of: of.kept.right.value if of.kept.right else 0.0),
    ("kept_lower_bound", "lower bound", lambda of: of.kept.right.lower_bound if of.kept.right else 0.0),
)
"""Of a column its name in the CSV, its title in the report, and its figure."""


def prediction_file(folder: Path, system: str, split: str) -> Path:
    return folder / f"{system}.{split}.csv"


def splits_in(folder: Path) -> list[str]:
    """The splits that there are predictions of."""
    return sorted({file.name.split(".")[-2] for file in folder.glob("*.*.csv")} & {"group", "image"})


def write_report(folder: Path, split: str) -> Path:
    """From all predictions of a split in `folder`: `report.SPLIT.md`, `figures.SPLIT.csv` and two SVG figures."""
    found = {
        file.name.removesuffix(f".{split}.csv"): read_predictions(file)
        for file in sorted(folder.glob(f"*.{split}.csv"))
        if not file.name.startswith("figures.")
    }
    unfamiliar = crops_out_of_distribution(folder.parent if folder.name == TRIED else folder)
    figures = {system: compute_metrics(predictions, unfamiliar) for system, predictions in found.items()}
    _write_figures(folder / f"figures.{split}.csv", figures)
    _draw_risk(found, folder / f"risk-coverage.{split}.svg")
    _draw_reliability(found, folder / f"reliability.{split}.svg")
    report = folder / f"report.{split}.md"
    _write(report, _markdown(found, figures, split))
    return report


NOT_BY_DONOR = (
    "A group is not a donor: the data sets don't record which crops are of one person. Crops of one donor can be on "
    "both sides of a split, so a new donor may fare worse, and no interval here covers how donors differ."
)


def _markdown(found: Mapping[str, Predictions], figures: Mapping[str, Figures], split: str) -> str:
    kept = next(iter(figures.values())).kept
    parts = [
        f"# Five-fold cross-validation, split by {split}\n",
        "Each image is predicted once a repeat by a network that has not seen it"
        + (", nor any image of its group" if split == "group" else "")
        + f". {NOT_BY_DONOR}\n",
        "Each fold's temperature and refer threshold come from the other folds. The interval of macro-F1 is a 95% "
        "bootstrap over groups. ECE is corrected for what chance adds to it, with a 95% bootstrap interval over "
        "groups. Kept are crops that are referred neither as uncertain nor as out of distribution "
        f"({_unfamiliar(kept)}). The lower bound of their accuracy is one-sided, 95%, and counts groups.\n",
        "| system | images | groups | repeats | 95% interval | " + " | ".join(title for _, title, _ in _COLUMNS) + " |",
        "|---|" + "---|" * (len(_COLUMNS) + 4),
    ]
    for system, of in figures.items():
        low, high = of.interval
        values = " | ".join(f"{figure(of):.3f}" for _, _, figure in _COLUMNS)
        parts.append(f"| {system} | {of.images} | {of.groups} | {of.repeats} | {low:.3f}-{high:.3f} | {values} |")
    for system, of in figures.items():
        parts += [f"\n## {system}\n", "| class | precision | recall | F1 | support |", "|---|---|---|---|---|"]
        parts += [f"| {c.name} | {c.precision:.3f} | {c.recall:.3f} | {c.f1:.3f} | {c.support} |" for c in of.classes]
        names = [c.name for c in of.classes]
        parts += ["\nTrue class (rows) against first choice (columns):\n", f"| | {' | '.join(names)} |"]
        parts += ["|---|" + "---|" * len(names)]
        parts += [f"| {n} | {' | '.join(map(str, row))} |" for n, row in zip(names, of.confusion, strict=True)]
        parts += ["\nOf the kept crops, the share that is right:\n", kept_by_class(of.kept)]
    return "\n".join([*parts, *_chosen(found), *_compared(found)]) + "\n"


def _unfamiliar(kept: Kept) -> str:
    """How many crops are out of distribution, which is the same for all systems."""
    share = kept.out_of_distribution
    return "not measured here" if share is None else f"{share:.1%} of the crops"


def kept_by_class(kept: Kept) -> str:
    """A table of the accuracy of the kept crops, in all and by class: of those called so, and of those that are so."""
    rows = [("all", kept.right, kept.right), *((each.name, each.answered, each.true) for each in kept.classes)]
    return "\n".join(
        [
            "| | of those called so (95% interval) | lower bound | of those that are so (95% interval) | lower bound |",
            "|---|---|---|---|---|",
            *(f"| {name} | {_share(answered)} | {_share(true)} |" for name, answered, true in rows),
        ]
    )


def _share(share: Share | None) -> str:
    if share is None:
        return "none kept | "
    ends = f"{share.low:.3f}-{share.high:.3f}"
    return f"{share.right} of {share.of}, {share.value:.3f} ({ends}) | {share.lower_bound:.3f}"


def _chosen(found: Mapping[str, Predictions]) -> list[str]:
    """Where several systems saw the same folds, what choosing among them comes to."""
    systems = list(found.values())
    if len(systems) < 2 or not all(on_same_folds(systems[0], other) for other in systems):
        return []
    return [
        "\n## Choosing among them\n",
        "For each fold the system was taken that is best on the other folds of the repeat: macro-F1 "
        f"{chosen_by_other_folds(systems):.3f}, pooled. So much the choice is worth on images that took no part in it.",
    ]


def _compared(found: Mapping[str, Predictions]) -> list[str]:
    """Every pair of systems that saw the same folds."""
    rows = []
    systems = list(found)
    for i, one in enumerate(systems):
        for other in systems[i + 1 :]:
            if not on_same_folds(found[one], found[other]):
                continue
            of = compare(found[one], found[other])
            counts = " | ".join(map(str, (*of.crops, *of.groups)))
            rows.append(f"| {one} | {other} | {of.difference:+.3f} | {counts} | {of.p:.2g} |")
    if not rows:
        return []
    return [
        "\n## On the same folds\n",
        "Difference in accuracy; on how many crops, and groups, one is right more often over the repeats; exact "
        "two-sided p of a sign-flip test in which a group flips as a whole, so that neither the repeats of a crop nor "
        "the crops of a group count as independent (Pitman 1937; Winkler et al. 2014, "
        "doi:10.1016/j.neuroimage.2014.01.060). Not corrected for the number of pairs.\n",
        "| one | other | difference | crops for one | for the other | groups for one | for the other | p |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
    ]


def _write_figures(path: Path, figures: Mapping[str, Figures]) -> None:
    rows = []
    for system, of in figures.items():
        values = (*of.interval, *(figure(of) for _, _, figure in _COLUMNS))
        rows.append([system, of.images, of.groups, of.repeats, *(f"{value:.6f}" for value in values)])
    columns = ["system", "images", "groups", "repeats", "low_95", "high_95", *(name for name, _, _ in _COLUMNS)]
    write_table(path, columns, rows)


def _write(path: Path, text: str) -> None:
    with replacing(path) as file:
        file.write(text.encode())


def _draw_risk(found: Mapping[str, Predictions], path: Path) -> None:
    figure, axes = _figure("share of images kept, surest first", "share of errors among them")
    for system, predictions in found.items():
        coverage, risk = risk_coverage(predictions.labels, cross_calibrate(predictions).probabilities)
        axes.plot(coverage, risk, label=system, linewidth=1.5)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _draw_reliability(found: Mapping[str, Predictions], path: Path) -> None:
    figure, axes = _figure("probability of the first choice", "share that is right")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    edges = np.linspace(0, 1, 11)
    for system, predictions in found.items():
        probabilities = cross_calibrate(predictions).probabilities
        confidence = probabilities.max(axis=1)
        right = probabilities.argmax(axis=1) == predictions.labels
        bins = np.minimum(np.digitize(confidence, edges) - 1, 9)
        points = [(confidence[bins == b].mean(), right[bins == b].mean()) for b in range(10) if (bins == b).sum() >= 5]
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=system, linewidth=1.5)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def draw_curves(rows: Sequence[Explained], path: Path) -> None:
    """Deletion (solid) and insertion (dashed), the means of each method."""
    figure, axes = _figure("share of the window blurred or brought back", "probability of the class")
    for number, method in enumerate(dict.fromkeys(row.method for row in rows)):
        those = [row for row in rows if row.method == method]
        for curves, style in (([r.deletion for r in those], "-"), ([r.insertion for r in those], "--")):
            mean = np.mean(curves, axis=0)
            label = method if style == "-" else None
            axes.plot(np.linspace(0, 1, len(mean)), mean, style, color=f"C{number}", label=label, linewidth=1.5)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _figure(x: str, y: str):  # type: ignore[no-untyped-def] # noqa: ANN202, RUF100 (matplotlib is imported where it is used)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Without this the same figure has other ids in every file.
    mpl.rcParams["svg.hashsalt"] = "sperm-viewer"
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
