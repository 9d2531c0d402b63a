"""`make torture`: attacks on the app, in parts, at full size or up to `--count` attempts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from torture.bench import Part, run_part, table
from torture.images import BOMBS, IMAGES
from torture.models import MODELS
from torture.sessions import MADE_UP, MUTATED

PARTS: dict[str, tuple[Part, ...]] = {"images": (BOMBS, IMAGES), "sessions": (MADE_UP, MUTATED), "models": (MODELS,)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--count", type=int, help="attempts of each part; default: its full size")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path("out/torture"), help="folder of the outcomes")
    asked = parser.parse_args()
    outcomes = []
    for name in PARTS if asked.part == "all" else [asked.part]:
        for part in PARTS[name]:
            count = min(part.full, asked.count or part.full)
            outcomes += run_part(part, asked.seed, count, asked.out / f"{part.name}.jsonl")
    print(table(outcomes))
    return any(outcome.failed for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
