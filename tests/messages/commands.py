"""What the command line says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from messages.stage import Stage, broken, fails_with, said
from PIL import Image

from sperm_viewer import cli
from sperm_viewer.inference import model_folders as registry
from sperm_viewer.inference import self_test
from sperm_viewer.run import command as scoring
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell


def messages(stage: Stage) -> Iterator[str]:
    folder = stage.empty("commands")
    (folder / "slide").mkdir()
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(folder / "slide" / "a.png")
    yield from _wrong_arguments(folder)
    yield from _scoring(folder)
    yield from _missing(folder)


def _command(command: Any, *arguments: Any, **named: Any) -> str:
    """What a command raises, before it is turned into a line and an exit code."""
    return said(command.__wrapped__, *arguments, **named)


def _wrong_arguments(folder: Path) -> Iterator[str]:
    with pytest.raises(typer.BadParameter) as refused:
        cli.score.__wrapped__([folder], engine="abacus")
    yield str(refused.value)
    with pytest.raises(typer.BadParameter) as refused:
        cli.evaluate.__wrapped__(folder, [], folder, split="other")
    yield str(refused.value)


def _scoring(folder: Path) -> Iterator[str]:
    out = folder / "out"

    def score(**named: Any) -> None:
        usual = {"paths": [folder / "slide"], "model": None, "out": out, "heatmaps": None, "engine": None}
        rest = {"device": None, "fresh": False, "load_network": None}
        scoring.run_score(scoring.ScoreRequest(**{**usual, **rest, **named}))

    score()
    with broken() as patch:
        patch.setattr(typer, "confirm", lambda *_, **__: False)
        yield said(score, fresh=True)
        yield said(score, model="hushem")
        patch.setattr(typer, "confirm", lambda *_, **__: True)
        patch.setattr(Path, "unlink", fails_with(PermissionError(13, "Permission denied")))
        yield said(score, fresh=True)


def _missing(folder: Path) -> Iterator[str]:
    with broken() as patch:
        patch.setattr(cli, "import_module", fails_with(ModuleNotFoundError("no torch", name="torch")))
        yield said(cli._training)
    with broken() as patch:
        patch.setattr(registry, "list_models", lambda: ([], []))
        yield _command(cli.models)
    with broken() as patch:
        patch.setattr(self_test, "self_test", lambda: iter([self_test.Compared("smids", 20, 0.5)]))
        yield _command(cli.self_test)
    (folder / "empty").mkdir()
    yield _command(cli.figures, folder / "empty")
    session = folder / "s.spermview"
    Session.create(session).close()
    with closing(sqlite3.connect(session)) as behind:
        behind.execute("INSERT INTO meta VALUES ('device', 'abacus')")
        behind.commit()
    yield _command(cli.verify, session)
