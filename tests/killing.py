"""Kills a process that reviews and scores one session at a random moment, and looks at what it left.

Run as a script it is that process: it says each decision on a line of its own once the session has it.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

from cells import MODEL, scored, session_with

from sperm_viewer.domain.verdict import Decision
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify

_CROPS = 5000


def begin(folder: Path) -> None:
    """A session with crops to score, the first of them scored."""
    session, refs = session_with(folder, [f"{number}.png" for number in range(_CROPS)])
    with session:
        session.record([scored(ref) for ref in refs[:100]])


def killed_once(session_file: Path, after_s: float) -> tuple[int, list[str]]:
    """Kills the reviewing process `after_s` after its first decision: how many it told, and what is wrong then."""
    command = [sys.executable, __file__, str(session_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline()]
        time.sleep(after_s)
        process.kill()
        told += process.stdout.readlines()
    # The last line may be cut in the middle.
    told = [line for line in told if line.endswith("\n")]
    problems = list(verify(session_file).problems)
    with Session.open(session_file) as session:
        for line in told:
            row, crop, said = line.split()
            kept = session.rows("SELECT cell_id, class FROM verdicts WHERE id = ?", (int(row),))
            if kept != [(int(crop), said.strip("-"))]:
                problems.append(f"Decision {line.strip()} was told and is {kept}.")
        problems += verify(session_file).problems
    return len(told), problems


def _review(session_file: Path) -> None:
    threading.Thread(target=_score, args=(session_file,), daemon=True).start()
    chance = random.Random()
    with Session.open(session_file) as session:
        cells = session.cell_ids()
        review = Review(session)
        while True:
            turn = chance.random()
            if turn < 0.2 and review.can_undo:
                review.undo("Ada")
            elif turn < 0.3 and review.can_redo:
                review.redo("Ada")
            else:
                review.decide({chance.choice(cells): Decision(chance.choice(MODEL.classes))}, "Ada")
            row, crop, said = session.rows("SELECT id, cell_id, class FROM verdicts ORDER BY id DESC LIMIT 1")[0]
            print(row, crop, said or "-", flush=True)  # noqa: T201


def _score(session_file: Path) -> None:
    with Session.open(session_file) as session:
        while waiting := session.pending():
            session.record([scored(ref) for ref in waiting[:7]])


if __name__ == "__main__":
    _review(Path(sys.argv[1]))
