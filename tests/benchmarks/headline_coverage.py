"""How often the printed limits of a sample's headline hold the true share of normal sperm, on simulated samples.

Each sample has its own true error matrix, drawn from Dirichlet(counts / 6 + 0.3) of the cross-validation of `smids`, a
fixed number of sperm, of which each is normal with the true share, and debris (cells that are no sperm).

    python tests/benchmarks/headline_coverage.py run FILE.csv [--samples 2000]   goes on where it was stopped
    python tests/benchmarks/headline_coverage.py table FILE.csv                  prints the table as Markdown
    python tests/benchmarks/headline_coverage.py weight                          what BETWEEN_LABORATORIES was chosen by
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sperm_viewer.statistics.headline import Headline, headline, printed_share
from sperm_viewer.statistics.outcomes import ErrorMatrix, OutcomeCounts, SampleCounts
from sperm_viewer.statistics.partial_verification import BETWEEN_LABORATORIES, sample_posterior
from sperm_viewer.statistics.reading_plan import reading_plan
from sperm_viewer.training.known_outcomes import known_outcomes
from sperm_viewer.training.measure_out_of_distribution import own_out_of_distribution, read_distances
from sperm_viewer.training.predictions import read_predictions

Ints = npt.NDArray[np.int64]

EVALUATION = Path(__file__).parents[2] / "resources" / "models" / "smids" / "evaluation"
SHARES = (0.01, 0.02, 0.04, 0.1, 0.3, 0.6)
SPERM = (200, 400)
DEBRIS = (0.0, 0.2, 0.5)
WAYS = ("none", "referred", "called normal", "50 at random", "plan", "all")
SEED, SEED_OF_WEIGHT = 13, 2606
ROUND = 50
"""Samples of a corner that are simulated and written together."""

COLUMNS = ("sperm", "debris", "share", "way", "round", "samples", "withheld", "held", "width", "read", "seconds")


@dataclass(frozen=True, slots=True)
class Corner:
    sperm: int
    debris: float
    share: float
    way: str

    @property
    def key(self) -> tuple[str, ...]:
        return str(self.sperm), str(self.debris), str(self.share), self.way


CORNERS = tuple(Corner(*values) for values in itertools.product(SPERM, DEBRIS, SHARES, WAYS))


@cache
def smids() -> ErrorMatrix:
    predictions = read_predictions(EVALUATION / "best.group.csv")
    unfamiliar = own_out_of_distribution(read_distances(EVALUATION / "unlike.csv"))
    return known_outcomes(predictions, unfamiliar).matrix(predictions.classes, "normal")


def draw_sample(matrix: ErrorMatrix, corner: Corner, rng: np.random.Generator) -> Ints:
    """Cells by true class and outcome, (K, M)."""
    normal = int(rng.binomial(corner.sperm, corner.share))
    debris = round(corner.sperm * corner.debris / (1 - corner.debris))
    cells = {"normal": normal, "abnormal": corner.sperm - normal, "non-sperm": debris}
    return np.array(
        [
            rng.multinomial(cells[name], rng.dirichlet(np.array(row) / 6 + 0.3))
            for name, row in zip(matrix.classes, matrix.counts, strict=True)
        ]
    )


def counts_of(matrix: ErrorMatrix, read: Ints, unread: Ints) -> SampleCounts:
    """The input of the headline; `read` and `unread` (K, M)."""
    return SampleCounts(
        tuple(
            OutcomeCounts(int(unread[:, m].sum()), dict(zip(matrix.classes, read[:, m].tolist(), strict=True)))
            for m in range(read.shape[1])
        )
    )


def review(matrix: ErrorMatrix, cells: Ints, way: str, rng: np.random.Generator) -> SampleCounts:
    """What is read of a sample in one of the six ways."""
    if way == "plan":
        return follow_plan(matrix, cells, rng)
    read = np.zeros_like(cells)
    columns = {
        "referred": list(matrix.referred),
        "called normal": list(matrix.answered("normal")),
        "all": list(range(cells.shape[1])),
    }
    if way in columns:
        read[:, columns[way]] = cells[:, columns[way]]
    elif way == "50 at random":
        places = np.repeat(np.arange(cells.size), cells.ravel())
        np.add.at(read.reshape(-1), rng.choice(places, 50, replace=False), 1)
    return counts_of(matrix, read, cells - read)


def follow_plan(matrix: ErrorMatrix, cells: Ints, rng: np.random.Generator) -> SampleCounts:
    read, unread = np.zeros_like(cells), cells.copy()
    while True:
        counts = counts_of(matrix, read, unread)
        plan = reading_plan(matrix, counts)
        if not plan.next_cells:
            return counts
        for cell in plan.next_cells:
            there = unread[:, cell.outcome]
            true = rng.choice(len(there), p=there / there.sum())
            unread[true, cell.outcome] -= 1
            read[true, cell.outcome] += 1


def holds(found: Headline, share: float) -> bool:
    printed = found.printed
    return printed is not None and printed.low - 1e-9 <= 100 * share <= printed.high + 1e-9


def simulate(corner: Corner, number: int) -> list[float]:
    """Withheld, held, width and read cells (these three of the printed ones, added up) and seconds of the processor."""
    matrix, place = smids(), CORNERS.index(corner)
    # All ways review the same samples.
    samples = np.random.default_rng([SEED, place // len(WAYS), number])
    rng = np.random.default_rng([SEED, place, number, 1])
    withheld = held = read = 0
    width = seconds = 0.0
    for _ in range(ROUND):
        cells = draw_sample(matrix, corner, samples)
        counts = review(matrix, cells, corner.way, rng)
        began = time.process_time()
        found = headline(matrix, counts)
        seconds += time.process_time() - began
        if found.low is None or found.high is None:
            withheld += 1
            continue
        held += holds(found, corner.share)
        width += found.high - found.low
        read += found.read
    return [withheld, held, width, read, seconds]


def run(file: Path, samples: int) -> None:
    """Round after round of all corners, so that the table is complete at any time."""
    done = {(*row[:4], int(row[4])) for row in _rows(file)} if file.exists() else set()
    if not done:
        file.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    for number in range(samples // ROUND):
        for corner in CORNERS:
            if (*corner.key, number) not in done:
                withheld, held, width, read, seconds = simulate(corner, number)
                with file.open("a", newline="", encoding="utf-8") as lines:
                    csv.writer(lines, lineterminator="\n").writerow(
                        [*corner.key, number, ROUND, withheld, held, f"{width:.5f}", read, f"{seconds:.3f}"]
                    )


def _rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return [row for row in list(csv.reader(lines))[1:] if len(row) == len(COLUMNS)]


@dataclass(frozen=True, slots=True)
class Found:
    """Of a corner: `samples`, of which `withheld` were; of the printed ones coverage (0 to 1), mean width (0 to 1) and
    mean number of cells read; milliseconds of the processor a headline.
    """

    samples: int
    withheld: float
    coverage: float
    width: float
    read: float
    milliseconds: float

    @property
    def enough(self) -> bool:
        """At least 93%, less two Monte Carlo errors."""
        printed = self.samples * (1 - self.withheld)
        return self.coverage >= 0.93 - 2 * (0.93 * 0.07 / printed) ** 0.5 if printed else False


def found_in(file: Path) -> dict[Corner, Found]:
    sums: dict[tuple[str, ...], Ints] = defaultdict(lambda: np.zeros(6))
    for row in _rows(file):
        sums[tuple(row[:4])] += np.array(row[5:], np.float64)
    found = {}
    for corner in CORNERS:
        samples, withheld, held, width, read, seconds = sums[corner.key].tolist()
        printed = max(samples - withheld, 1)
        found[corner] = Found(
            int(samples),
            withheld / max(samples, 1),
            held / printed,
            width / printed,
            read / printed,
            1000 * seconds / max(samples, 1),
        )
    return found


def table(file: Path) -> str:
    found = found_in(file)
    samples = " to ".join(f"{count:,}" for count in sorted({one.samples for one in found.values()}))
    lines = [
        "# Coverage of the headline",
        "",
        "How often the printed 95% limits of a sample's headline hold the true share of normal sperm. "
        f"{samples} simulated samples for each entry, seed {SEED}; the error matrix is that "
        "of `smids`, and the true one of each sample is drawn from Dirichlet(counts / 6 + 0.3). Nothing here was "
        "measured on real samples. Printed by `python tests/benchmarks/headline_coverage.py table`.",
        "",
        "Each entry: coverage in % · width of the interval in points · cells read · headlines withheld in %. Coverage, "
        "width and cells are of the headlines that are printed. A coverage that is below 93% by more than two Monte "
        "Carlo errors is **bold**.",
    ]
    lines += _summary(found)
    for sperm, debris in itertools.product(SPERM, DEBRIS):
        lines += ["", f"## {sperm} sperm, {debris:.0%} of the cells debris", ""]
        lines += ["| read | " + " | ".join(f"{share:.0%} normal" for share in SHARES) + " |"]
        lines += ["|---" * (len(SHARES) + 1) + "|"]
        for way in WAYS:
            entries = [_entry(found[Corner(sperm, debris, share, way)]) for share in SHARES]
            lines.append(f"| {way} | {' | '.join(entries)} |")
    return "\n".join(lines) + "\n"


def _entry(found: Found) -> str:
    coverage = f"{100 * found.coverage:.1f}"
    coverage = coverage if found.enough else f"**{coverage}**"
    return f"{coverage} · {100 * found.width:.1f} · {found.read:.0f} · {100 * found.withheld:.1f}"


def _summary(found: dict[Corner, Found]) -> list[str]:
    lines = ["", "| read | lowest coverage, % | entries below | widest, times `all` | withheld at most, % | ms |"]
    lines.append("|---|---|---|---|---|---|")
    for way in WAYS:
        here = {corner: one for corner, one in found.items() if corner.way == way}
        wider = [one.width / found[Corner(c.sperm, c.debris, c.share, "all")].width for c, one in here.items()]
        low = min(one.coverage for one in here.values())
        below = sum(not one.enough for one in here.values())
        withheld = max(one.withheld for one in here.values())
        took = f"{sum(one.milliseconds for one in here.values()) / len(here):.1f}"
        entries = (f"{100 * low:.1f}", f"{below} of {len(here)}", f"{max(wider):.2f}", f"{100 * withheld:.1f}", took)
        lines.append(f"| {way} | {' | '.join(entries)} |")
    planned = [
        one.width / found[Corner(c.sperm, c.debris, c.share, "all")].width
        for c, one in found.items()
        if c.way == "plan" and c.sperm == SPERM[0] and c.share <= 0.1
    ]
    lines += [
        "",
        f"With the reading plan, 200 sperm and 1 to 10% normal the interval is at most {max(planned):.2f} times as "
        "wide as reading all cells makes it. The last column is the processor's time for a headline, without the plan.",
    ]
    return lines


def choose_weight(samples: int) -> None:
    """Coverage and width for some weights, on seeds that the table doesn't use; 20% debris."""
    matrix = smids()
    print(f"{samples} samples for each share and way; BETWEEN_LABORATORIES is 1 / {1 / BETWEEN_LABORATORIES:.0f}")
    ways = ("referred", "called normal", "50 at random")
    for part in (1, 2, 4, 6, 8, 12):
        covered, widths = [], []
        for sperm, share, way in itertools.product(SPERM, SHARES, ways):
            corner = Corner(sperm, 0.2, share, way)
            rng = np.random.default_rng([SEED_OF_WEIGHT, CORNERS.index(corner)])
            held = 0
            for _ in range(samples):
                counts = review(matrix, draw_sample(matrix, corner, rng), way, rng)
                posterior = sample_posterior(matrix, counts, weight=1 / part)
                low, middle, high = posterior.interval
                printed = printed_share(middle, low, high, round(float(posterior.sperm.mean())))
                held += printed.low - 1e-9 <= 100 * share <= printed.high + 1e-9
                widths.append(high - low)
            covered.append(held / samples)
        print(
            f"weight 1 / {part}: coverage {100 * min(covered):.1f} to {100 * max(covered):.1f}%, "
            f"mean {100 * np.mean(covered):.1f}%, width {100 * np.mean(widths):.2f} points",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "table", "weight"))
    parser.add_argument("file", type=Path, nargs="?", default=Path("headline-coverage.csv"))
    parser.add_argument("--samples", type=int, default=2000)
    asked = parser.parse_args()
    if asked.what == "run":
        run(asked.file, asked.samples)
    elif asked.what == "table":
        print(table(asked.file), end="")
    else:
        choose_weight(asked.samples)


if __name__ == "__main__":
    main()
