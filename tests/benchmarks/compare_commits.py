"""Scores the demo and both data sets at two commits, with every model, and compares `cells.csv` byte for byte.

    python tests/benchmarks/compare_commits.py OLD NEW [WORK]

Each commit is checked out into a work tree of its own and run with this Python. A finished run is kept in WORK, so that
the command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODELS = ("smids", "hushem", "smids-b0", "hushem-b0")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("work", nargs="?", type=Path, default=ROOT / "out" / "compare")
    arguments = parser.parse_args()
    commits = [_git("rev-parse", "--short=12", f"{name}^{{commit}}") for name in (arguments.old, arguments.new)]
    slides = _slides()
    print(f"{commits[0]} against {commits[1]}: {', '.join(slides)}")
    different = 0
    for model in MODELS:
        for slide in slides:
            old, new = (_scored(arguments.work / commit, commit, slide, slides[slide], model) for commit in commits)
            same = old.read_bytes() == new.read_bytes()
            different += not same
            rows = old.read_bytes().count(b"\r\n") - 1
            digest = hashlib.sha256(new.read_bytes()).hexdigest()[:12]
            print(f"{model:10} {slide:7} {rows:5} rows  {digest}  {'same' if same else 'DIFFERENT'}", flush=True)
    print(f"{different} of {len(MODELS) * len(slides)} tables differ.")
    return int(different > 0)


def _slides() -> dict[str, Path]:
    """Names with the folders to score."""
    datasets = os.environ.get("SPERM_VIEWER_DATASETS")
    if not datasets:
        raise SystemExit("SPERM_VIEWER_DATASETS is unset: the data sets are not here.")
    return {"demo": ROOT / "resources" / "demo", **{name: Path(datasets) / name for name in ("hushem", "smids")}}


def _scored(work: Path, commit: str, slide: str, folder: Path, model: str) -> Path:
    tree, out = work / "tree", work / f"{slide}-{model}"
    table = out / "cells.csv"
    if table.exists():
        return table
    if not tree.exists():
        _git("worktree", "add", "--detach", "--quiet", str(tree), commit)
    for line in _run(tree, "score", str(folder), "--model", model, "--out", str(out)):
        print(f"    {line}", flush=True)
    return table


def _run(tree: Path, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "sperm_viewer", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        lines = [line.rstrip() for line in process.stdout]
    if process.returncode:
        raise SystemExit("\n".join([f"{' '.join(command)} ended with {process.returncode}", *lines]))
    yield from lines[-1:]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
