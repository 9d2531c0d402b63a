"""200 kills during review and scoring, and 1,000 changes behind the app's back: `make survive`."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from killing import begin, killed_once
from tampering import tamper

from sperm_viewer.session.verify import verify

_SEED = 7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--changes", type=int, default=1000)
    asked = parser.parse_args()
    chance = random.Random(_SEED)
    with tempfile.TemporaryDirectory() as place:
        session = Path(place) / "session.spermview"
        told, problems = _kill(session, asked.kills, chance)
        print(f"{asked.kills} kills: {told} decisions told, {len(problems)} problems")
        missed, ways = _change(session, asked.changes, chance)
        print(
            f"{asked.changes} changes ({', '.join(f'{n} {way}' for way, n in sorted(ways.items()))}): {missed} missed"
        )
    return bool(problems or missed)


def _kill(session: Path, kills: int, chance: random.Random) -> tuple[int, list[str]]:
    told, problems = 0, []
    for number in range(kills):
        if number % 20 == 0:
            for file in session.parent.iterdir():
                file.unlink()
            begin(session.parent)
        count, found = killed_once(session, chance.uniform(0, 0.5))
        told += count
        problems += found
        for problem in found:
            print(f"kill {number}: {problem}")
    return told, problems


def _change(session: Path, changes: int, chance: random.Random) -> tuple[int, Counter[str]]:
    touched = session.with_name("touched.spermview")
    missed, ways = 0, Counter[str]()
    for _ in range(changes):
        shutil.copy(session, touched)
        what = tamper(touched, chance)
        ways[what.split(":")[0].lstrip("_")] += 1
        if not verify(touched).problems:
            missed += 1
            print(f"missed: {what}")
    return missed, ways


if __name__ == "__main__":
    sys.exit(main())
