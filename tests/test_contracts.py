"""The rules between rooms hold, and each of them bites when it is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]


def _lint(where: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(where), "COLUMNS": "200"}
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "resources")
    shutil.copytree(_ROOT / "sperm_viewer", tmp_path / "sperm_viewer", ignore=ignored)
    shutil.copy(_ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    result = _lint(_ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/cell.py", "import sperm_viewer.system.paths", "Higher rooms import lower ones"),
        ("system/settings.py", "import sperm_viewer.statistics.intervals", "Higher rooms import lower ones"),
        ("statistics/intervals.py", "import sperm_viewer.session.session", "Higher rooms import lower ones"),
        ("session/session.py", "import sperm_viewer.imaging.head", "Higher rooms import lower ones"),
        ("imaging/head.py", "import sperm_viewer.synthetic.render", "Higher rooms import lower ones"),
        ("synthetic/render.py", "import sperm_viewer.inference.scorer", "Higher rooms import lower ones"),
        ("inference/scorer.py", "import sperm_viewer.reports.gather", "Higher rooms import lower ones"),
        ("reports/gather.py", "import sperm_viewer.run.pipeline", "Higher rooms import lower ones"),
        ("reports/gather.py", "import sperm_viewer.training.fit", "Higher rooms import lower ones"),
        ("training/fit.py", "import sperm_viewer.run.pipeline", "Higher rooms import lower ones"),
        ("run/pipeline.py", "import sperm_viewer.gui", "Higher rooms import lower ones"),
        ("reports/html.py", "from PySide6 import QtGui", "Qt is in gui and app only, and paints the PDF"),
        ("run/pipeline.py", "import PySide6.QtCore", "Qt is in gui and app only, and paints the PDF"),
        ("session/session.py", "from PySide6 import QtCore", "Qt is in gui and app only, and paints the PDF"),
        ("inference/scorer.py", "import torch", "torch is in training and the torch engine only"),
        ("gui/background/worker.py", "import timm", "torch is in training and the torch engine only"),
    ],
)
def test_each_contract_bites(tree: Path, module: str, line: str, contract: str) -> None:
    file = tree / "sperm_viewer" / module
    file.write_text(f"{file.read_text()}\n{line}\n")
    result = _lint(tree)
    assert result.returncode != 0
    broken = [row for row in result.stdout.splitlines() if " BROKEN" in row]
    assert any(contract in row for row in broken), result.stdout


def test_a_new_room_has_to_be_given_a_place(tree: Path) -> None:
    (tree / "sperm_viewer" / "elsewhere.py").write_text("")
    assert _lint(tree).returncode != 0


def test_scoring_on_the_cpu_imports_neither_torch_nor_qt() -> None:
    program = (
        "import sys, sperm_viewer.run.command, sperm_viewer.cli, sperm_viewer.inference.child\n"
        "print([m for m in ('torch', 'PySide6', 'timm', 'sklearn') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
