"""Each error of the command line itself, with its message."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sperm_viewer import cli
from sperm_viewer.inference import model_folders, self_test
from sperm_viewer.session.session import Session

_Patch = pytest.MonkeyPatch


def _no_torch(folder: Path, patch: _Patch) -> list[str]:
    patch.setitem(sys.modules, "sperm_viewer.training.describe", None)
    return ["figures", str(folder)]


def _no_models(folder: Path, patch: _Patch) -> list[str]:
    patch.setattr(model_folders, "list_models", lambda: ([], []))
    return ["models"]


def _far_apart(folder: Path, patch: _Patch) -> list[str]:
    patch.setattr(self_test, "self_test", lambda: iter([self_test.Compared("smids", 20, 0.5)]))
    return ["self-test"]


def _no_predictions(folder: Path, patch: _Patch) -> list[str]:
    pytest.importorskip("torch")
    return ["figures", str(folder)]


def _changed_behind_the_app(folder: Path, patch: _Patch) -> list[str]:
    session = folder / "s.spermview"
    Session.create(session).close()
    with closing(sqlite3.connect(session)) as behind:
        behind.execute("INSERT INTO meta VALUES ('device', 'abacus')")
        behind.commit()
    return ["verify", str(session)]


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (_no_torch, r"sperm-viewer: Training isn't part .*pip install 'sperm-viewer\[torch\]' \(.+ is missing\)\."),
        (_no_models, r"sperm-viewer: There is no model that can be used\. Reinstall the app\."),
        (_far_apart, r"sperm-viewer: Self-test failed: .*\. Don't use this installation; install the app again\."),
        (_no_predictions, r"sperm-viewer: .+: no predictions here\. Choose a folder that `evaluate` wrote\."),
        (_changed_behind_the_app, r"sperm-viewer: .*s\.spermview: .*changed .*damaged\. Restore a copy\."),
    ],
)
def test_a_command_that_could_not_run_reports_why_and_exits_with_1(
    cause: Callable[[Path, _Patch], list[str]],
    message: str,
    tmp_path: Path,
    monkeypatch: _Patch,
) -> None:
    arguments = cause(tmp_path, monkeypatch)
    printed: list[str] = []
    monkeypatch.setattr(cli.errors, "print", lambda text: printed.append(str(text)))
    assert cli.run_command(arguments) == cli.COULD_NOT_RUN
    assert any(re.fullmatch(message, line) for line in printed), printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", ".", "--engine", "abacus"], "--engine must be one of: auto, onnx, torch"),
        (["score", ".", "--device", "abacus"], "--device must be one of: auto, cpu"),
        (["evaluate", ".", "--system", "best", "--out", ".", "--split", "other"], "--split must be group or image"),
    ],
)
def test_wrong_arguments_are_reported_and_exit_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run_command(arguments) == 2
    # The frame around the message may break its lines.
    assert message in " ".join(capsys.readouterr().err.replace("│", " ").split())
