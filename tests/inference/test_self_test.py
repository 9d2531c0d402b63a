"""The self-test passes on a whole installation, and fails on one that computes something else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.self_test import self_test
from sperm_viewer.system import paths


def test_every_shipped_model_gives_the_stored_probabilities_of_twenty_crops() -> None:
    """Where this fails after a model was replaced: `make self-test-answers`."""
    done = subprocess.run(
        [sys.executable, "-m", "sperm_viewer", "self-test"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("20 crops") == len(list((paths.resources() / "models").iterdir()))
    assert "Self-test passed." in done.stdout


def test_an_engine_that_computes_something_else_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    right = OnnxEngine.forward

    def wrong(self: OnnxEngine, batch):
        return right(self, batch * 1.01)

    monkeypatch.setattr(OnnxEngine, "forward", wrong)
    assert not any(found.passed for found in self_test())


@pytest.fixture
def resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    copied = tmp_path / "resources"
    shutil.copytree(paths.resources(), copied, ignore=shutil.ignore_patterns("hushem", "*-b0", "evaluation"))
    monkeypatch.setattr(paths, "resources", lambda: copied)
    return copied


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("self-test.csv", "can't be read"),
        ("models/smids/model.onnx", "can't be read"),
        ("models/smids/model.toml", "no models"),
    ],
)
def test_an_installation_with_a_missing_file_says_which(resources: Path, broken: str, said: str) -> None:
    (resources / broken).unlink()
    with pytest.raises(SpermViewerError, match=said):
        list(self_test())


def test_answers_of_another_model_are_not_compared(resources: Path) -> None:
    answers = resources / "self-test.csv"
    answers.write_text(answers.read_text().replace("smids,", "smids,0"))
    with pytest.raises(SpermViewerError, match="no answers of the model 'smids'"):
        list(self_test())
