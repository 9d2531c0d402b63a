"""How well a site model learns HuSHeM's four classes over the backbone of `smids`, which never saw them.

Each of 200 draws holds back one or two groups of every class, six in all, and draws the labels from the rest; the rest
without labels are the site's unlabelled cells. Nothing is chosen on the groups held back. Beside it: the nearest mean
of each class in the standardised features, and Platt scaling (multinomial) of the shipped model's own logits, both from
the same labels. The last part teaches labels that were shuffled.

    python tests/benchmarks/teach_figures.py run FOLDER [--draws 200]   goes on where it was stopped
    python tests/benchmarks/teach_figures.py table FOLDER               prints the tables as Markdown

FOLDER keeps the features of the crops and the results. $SPERM_VIEWER_DATASETS says where HuSHeM is.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.head import find_head
from sperm_viewer.imaging.reading.read import read_image
from sperm_viewer.inference.model_folders import ONNX_FILE, find_model
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE, parse_reference_appearance
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.teaching.classifier import fit, learn
from sperm_viewer.teaching.cross_validation import Lesson, chance, figure, hold_back, macro_f1
from sperm_viewer.teaching.features import find_cells, see, site_preprocessing, together
from sperm_viewer.teaching.judgement import doubts
from sperm_viewer.teaching.material import SiteCell
from sperm_viewer.teaching.projection import fit_projection

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SEED = 1616
LABELS = (40, 60, 100, 120)
GROUPS_HELD = 6
TARGETS = {40: (0.70, 0.80), 60: (0.76, 0.86), 100: (0.81, 0.93), 120: (0.84, 0.94)}
WAYS = ("site model", "nearest mean", "Platt scaling")
COLUMNS = ("draw", "labels", "way", "four", "normal", "claimed", "low", "high", "teachable", "seconds")
SHUFFLED = "labels shuffled"


@dataclass(frozen=True, slots=True)
class DataSet:
    """HuSHeM: `views` (N, views, channels), the shipped model's `logits` (N, 3), `labels` (N,), `groups` (N,)."""

    views: npt.NDArray[np.float32]
    logits: Floats
    labels: Ints
    groups: Ints
    normal: int


def data_set(folder: Path) -> DataSet:
    hushem = Path(os.environ["SPERM_VIEWER_DATASETS"]) / "hushem"
    rows = list(csv.DictReader((hushem / "index.csv").read_text("utf-8").splitlines()))
    names, labels = np.unique([row["label"] for row in rows], return_inverse=True)
    groups = np.unique([row["group"] for row in rows], return_inverse=True)[1]
    stored = folder / "features.safetensors"
    if not stored.exists():
        folder.mkdir(parents=True, exist_ok=True)
        save_file(_features([hushem / row["path"] for row in rows]), stored)
    found = load_file(stored)
    return DataSet(found["views"], found["logits"].astype(np.float64), labels, groups, list(names).index("normal"))


def _features(files: list[Path]) -> dict[str, npt.NDArray[np.float32]]:
    model = find_model("smids")
    length = parse_reference_appearance(load_file(model.path / REFERENCE_APPEARANCE_FILE)).head_length
    cells = [cell for cell in find_cells([SiteCell(ImageRef("", file), "", "", "") for file in files], length) if cell]
    assert len(cells) == len(files)
    engine = OnnxEngine(model.path / ONNX_FILE)
    seen = together(list(see(cells, engine, site_preprocessing(model.spec.preprocessing, cells, length))))
    logits = []
    for file in files:
        rgb = read_image(ImageRef("", file)).rgb
        logits.append(engine.forward(prepare(rgb, find_head(rgb), model.spec.preprocessing)[0]).logits.mean(axis=0))
    return {"views": seen.views, "logits": np.stack(logits)}


def draw(data: DataSet, number: int) -> tuple[Ints, Ints]:
    """The cells that labels are drawn from, in random order, and those held back."""
    rng = np.random.default_rng((SEED, number))
    classes = np.unique(data.labels)
    twice = set(rng.choice(classes, GROUPS_HELD - len(classes), replace=False).tolist())
    held = [
        group
        for label in classes
        for group in rng.choice(np.unique(data.groups[data.labels == label]), 2 if label in twice else 1, replace=False)
    ]
    test = np.isin(data.groups, held)
    return rng.permutation(np.flatnonzero(~test)), np.flatnonzero(test)


def results(data: DataSet, number: int, count: int) -> Iterator[dict[str, object]]:
    rest, test = draw(data, number)
    classes = len(np.unique(data.labels))
    taught = rest[:count]
    lesson = Lesson(data.views[rest], data.labels[taught], classes, data.groups[rest])
    started = time.perf_counter()
    answers = hold_back(lesson).answers
    claimed = figure(lesson.labels, answers, classes, lesson.units)
    refused = doubts(claimed, chance(lesson.labels, answers, classes))
    projection = fit_projection(lesson.views)
    pooled = data.views.mean(axis=1, dtype=np.float64)
    linear, _ = learn(projection.of(pooled[taught]), lesson.labels, classes, lesson.units)
    seconds = time.perf_counter() - started
    ways = {
        "site model": linear.behind(projection).logits(pooled[test]).argmax(axis=1),
        "nearest mean": _nearest(pooled, rest, taught, data.labels, test),
        "Platt scaling": fit(data.logits[taught], data.labels[taught], classes, [0.01])[0]
        .logits(data.logits[test])
        .argmax(axis=1),
    }
    for way, found in ways.items():
        row = {
            "draw": number,
            "labels": count,
            "way": way,
            "four": macro_f1(data.labels[test], found, classes),
            "normal": macro_f1((data.labels[test] == data.normal) * 1, (found == data.normal) * 1, 2),
        }
        if way == "site model":
            row |= {"claimed": claimed.value, "low": claimed.low, "high": claimed.high}
            row |= {"teachable": int(not refused), "seconds": round(seconds, 2)}
        yield row


def _nearest(pooled: Floats, rest: Ints, taught: Ints, labels: Ints, test: Ints) -> Ints:
    standard = (pooled - pooled[rest].mean(axis=0)) / (pooled[rest].std(axis=0) + 1e-6)
    means = np.stack([standard[taught[labels[taught] == label]].mean(axis=0) for label in np.unique(labels)])
    return np.asarray(((standard[test][:, None] - means) ** 2).sum(axis=2).argmin(axis=1))


def shuffled(data: DataSet, number: int, count: int) -> dict[str, object]:
    rest, _ = draw(data, number)
    labels = np.random.default_rng((SEED, number, 1)).permutation(data.labels[rest])[:count]
    classes = len(np.unique(data.labels))
    lesson = Lesson(data.views[rest], labels, classes, data.groups[rest])
    answers = hold_back(lesson).answers
    claimed = figure(labels, answers, classes, lesson.units)
    refused = doubts(claimed, chance(labels, answers, classes))
    row = {"claimed": claimed.value, "low": claimed.low, "high": claimed.high, "teachable": int(not refused)}
    return {"draw": number, "labels": count, "way": SHUFFLED, **row}


def run(folder: Path, draws: int) -> None:
    data = data_set(folder)
    file = folder / "results.csv"
    done = Counter((int(row["draw"]), int(row["labels"]), row["way"]) for row in read(folder))
    with file.open("a", newline="", encoding="utf-8") as opened:
        rows = csv.DictWriter(opened, COLUMNS)
        if opened.tell() == 0:
            rows.writeheader()
        for number in range(draws):
            for count in LABELS:
                if not done[number, count, WAYS[-1]]:
                    rows.writerows(list(results(data, number, count)))
            count = LABELS[number % len(LABELS)]
            if not done[number, count, SHUFFLED]:
                rows.writerow(shuffled(data, number, count))
            opened.flush()


def read(folder: Path) -> list[dict[str, str]]:
    file = folder / "results.csv"
    return list(csv.DictReader(file.read_text("utf-8").splitlines())) if file.exists() else []


def table(folder: Path) -> None:
    rows = read(folder)
    print("| labels | draws | way | macro-F1, four classes | target | normal against the rest | target |")
    print("|---|---|---|---|---|---|---|")
    for count in LABELS:
        for way in WAYS:
            those = [row for row in rows if row["way"] == way and int(row["labels"]) == count]
            if those:
                four, normal = (np.mean([float(row[key]) for row in those]) for key in ("four", "normal"))
                of_four, of_normal = TARGETS[count]
                print(f"| {count} | {len(those)} | {way} | {four:.3f} | {of_four} | {normal:.3f} | {of_normal} |")
    print()
    print("| labels | claimed | claimed less tested | its SD | interval holds the tested, % | half its width | s |")
    print("|---|---|---|---|---|---|---|")
    for count in LABELS:
        those = [row for row in rows if row["way"] == WAYS[0] and int(row["labels"]) == count]
        if not those:
            continue
        four, claimed, low, high, seconds = (
            np.array([float(row[key]) for row in those]) for key in ("four", "claimed", "low", "high", "seconds")
        )
        apart = claimed - four
        holds = 100 * np.mean((low <= four) & (four <= high))
        print(
            f"| {count} | {claimed.mean():.3f} | {apart.mean():+.3f} | {apart.std():.3f} | {holds:.1f} | "
            f"{(high - low).mean() / 2:.3f} | {np.median(seconds):.1f} |"
        )
    print()
    taken = [row for row in rows if row["way"] == WAYS[0]]
    print(f"Taken for teachable: {sum(row['teachable'] == '1' for row in taken)} of {len(taken)}.")
    random = [row for row in rows if row["way"] == SHUFFLED]
    print(f"Labels shuffled: refused in {sum(row['teachable'] == '0' for row in random)} of {len(random)} tries.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "table"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args()
    if asked.what == "run":
        run(asked.folder, asked.draws)
    table(asked.folder)


if __name__ == "__main__":
    main()
