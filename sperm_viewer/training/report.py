"""Tables and figures of an evaluation, all made anew from the predictions beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.training.calibrate import cross_calibrate
from sperm_viewer.training.explain import Explained
from sperm_viewer.training.metrics import (
    Figures,
    chosen_by_other_folds,
    compute_metrics,
    mcnemar,
    on_same_folds,
    risk_coverage,
)
from sperm_viewer.training.predictions import Predictions, read_predictions
from sperm_viewer.training.tables import write_table

CURVES_FILE = "deletion-insertion.svg"
TRIED = "tried"
"""The folder, inside an evaluation, of recipes that were tried beside those that are compared."""
_COLUMNS = (
    ("accuracy", "accuracy"),
    ("macro_f1", "macro-F1, pooled"),
    ("macro_f1_mean", "mean"),
    ("macro_f1_sd", "sd"),
    ("kappa", "kappa"),
    ("mcc", "MCC"),
    ("ece_raw", "ECE, not calibrated"),
    ("ece", "ECE"),
    ("ece_corrected", "ECE less chance"),
    ("brier", "Brier"),
    ("aurc", "AURC"),
    ("coverage_95", "kept at 95%"),
    ("coverage_97", "kept at 97%"),
    ("kept", "kept"),
    ("kept_accuracy", "accuracy of the kept"),
    ("kept_low", "its lower 95% bound"),
)


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
    figures = {system: compute_metrics(predictions) for system, predictions in found.items()}
    _write_figures(folder / f"figures.{split}.csv", figures)
    _draw_risk(found, folder / f"risk-coverage.{split}.svg")
    _draw_reliability(found, folder / f"reliability.{split}.svg")
    report = folder / f"report.{split}.md"
    _write(report, _markdown(found, figures, split))
    return report


def _markdown(found: Mapping[str, Predictions], figures: Mapping[str, Figures], split: str) -> str:
    parts = [
        f"# Five-fold cross-validation, split by {split}\n",
        "Each image is predicted once a repeat by a network that has not seen it"
        + (", nor any image of its group" if split == "group" else "")
        + ". Each fold's temperature and refer threshold come from the other "
        "folds. The interval is a 95% bootstrap over groups.\n",
        "| system | images | repeats | 95% interval | " + " | ".join(title for _, title in _COLUMNS) + " |",
        "|---|" + "---|" * (len(_COLUMNS) + 3),
    ]
    for system, of in figures.items():
        low, high = of.interval
        values = " | ".join(f"{getattr(of, name):.3f}" for name, _ in _COLUMNS)
        parts.append(f"| {system} | {of.images} | {of.repeats} | {low:.3f}-{high:.3f} | {values} |")
    for system, of in figures.items():
        parts += [f"\n## {system}\n", "| class | precision | recall | F1 | support |", "|---|---|---|---|---|"]
        parts += [f"| {c.name} | {c.precision:.3f} | {c.recall:.3f} | {c.f1:.3f} | {c.support} |" for c in of.classes]
        names = [c.name for c in of.classes]
        parts += ["\nTrue class (rows) against first choice (columns):\n", f"| | {' | '.join(names)} |"]
        parts += ["|---|" + "---|" * len(names)]
        parts += [f"| {n} | {' | '.join(map(str, row))} |" for n, row in zip(names, of.confusion, strict=True)]
    return "\n".join([*parts, *_chosen(found), *_compared(found)]) + "\n"


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
            try:
                first, second, p = mcnemar(found[one], found[other])
            except ValueError:
                continue
            rows.append(f"| {one} | {other} | {first} | {second} | {p:.2g} |")
    if not rows:
        return []
    head = ["\n## On the same folds\n", "Exact McNemar test; predictions that only one of the two gets right.\n"]
    return [*head, "| one | other | only one | only other | p |", "|---|---|---|---|---|", *rows]


def _write_figures(path: Path, figures: Mapping[str, Figures]) -> None:
    rows = []
    for system, of in figures.items():
        values = (*of.interval, *(getattr(of, name) for name, _ in _COLUMNS))
        rows.append([system, of.images, of.repeats, *(f"{value:.6f}" for value in values)])
    write_table(path, ["system", "images", "repeats", "low_95", "high_95", *(name for name, _ in _COLUMNS)], rows)


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
