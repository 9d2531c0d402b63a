"""The detector's card: what a person should know before trusting it, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sperm_viewer.inference.detector_folder import CARD_FILE, DetectorSpec, read_detector_spec, write_detector_spec
from sperm_viewer.training.detector_figures import FOUND, DetectorFigures


def describe_detector(
    folder: Path, least_score: float, figures: Mapping[str, DetectorFigures], debris: str, protocol: str
) -> Path:
    """Writes the threshold and the figures (by finder, the detector's first) into the folder's description and card.

    `protocol` says on which fields they were measured, and on which machine; `debris` what became of debris.
    """
    spec = read_detector_spec(folder)
    measured = next(iter(figures.values()))
    metrics: dict[str, float | int | str] = {
        "fields": measured.fields,
        "heads": measured.heads,
        "recall": round(measured.recall, 4),
        "precision": round(measured.precision, 4),
        "box_iou": round(measured.iou, 4),
        "head_dice": round(measured.head_dice, 4),
        "acrosome_dice": round(measured.acrosome_dice, 4),
        "pairs_found": round(measured.pairs_found, 4),
        "protocol": protocol,
    }
    spec = replace(spec, least_score=least_score, metrics=metrics)
    write_detector_spec(spec, folder)
    (folder / CARD_FILE).write_text(_card(spec, figures, debris, protocol), encoding="utf-8")
    return folder / CARD_FILE


def figures_table(figures: Mapping[str, DetectorFigures]) -> str:
    """A Markdown table of the figures, a column a finder."""
    rows = [
        ("recall", lambda f: f"{f.recall:.3f}"),
        ("precision", lambda f: f"{f.precision:.3f}"),
        ("precision, heads cut by the border left out", lambda f: f"{f.precision_uncut:.3f}"),
        ("box IoU of those found", lambda f: f"{f.iou:.3f}"),
        ("Dice of the head masks", lambda f: f"{f.head_dice:.3f}"),
        ("Dice of the acrosome masks", lambda f: f"{f.acrosome_dice:.3f}"),
        ("touching pairs, both found", lambda f: f"{f.pairs_found:.3f} of {f.pairs}"),
        ("recall: small, middling, large heads", lambda f: _thirds(f.by_size)),
        ("recall: pale, middling, dark heads", lambda f: _thirds(f.by_stain)),
        ("seconds a field, median", lambda f: f"{f.seconds:.2f}"),
        ("processor seconds a field, median", lambda f: f"{f.processor_seconds:.2f}"),
    ]
    head = f"| | {' | '.join(figures)} |\n|---|{'---|' * len(figures)}"
    lines = [f"| {name} | {' | '.join(shown(one) for one in figures.values())} |" for name, shown in rows]
    return "\n".join([head, *lines])


def _thirds(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)


def _card(spec: DetectorSpec, figures: Mapping[str, DetectorFigures], debris: str, protocol: str) -> str:
    parts = [
        f"# {spec.name}: {spec.title}",
        "Research use only: it finds heads, it does not diagnose.",
        "## What it is for",
        "Bright-field images of stained smears: where each sperm head is, its mask, its acrosome and its direction. It "
        "is not for unstained, phase-contrast or fluorescence images.",
        "## How it was trained",
        f"`{spec.data['command']}`",
        spec.data["recipe"],
        f"Data: {spec.data['sources']}",
        "## What it reached",
        f"{protocol} A head is found if its box overlaps an annotated one by at least {FOUND:g} (IoU); the score from "
        f"which on a head counts ({spec.least_score:g}) has the best F1 on the first part. None of these fields was "
        "trained on.",
        figures_table(figures),
        debris,
        "## What it doesn't do",
        "Heads that the image's border cuts are found and marked, but some annotated fields leave them out: they then "
        "count as wrong above. Masks reach to the outer edge of the visible stain (a quarter of the head's contrast), "
        "as people draw them; lengths are measured at half the contrast, which blur doesn't move, and so are smaller "
        "than those of the mask. The acrosome of a dark head without a pale part is not seen.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
