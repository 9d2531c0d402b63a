"""What a run uses is decided in one place: a session keeps what it was begun with, and nothing changes unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import event_of, model_folder

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.model_shelf import ModelShelf
from sperm_viewer.run.settle import Wanted, session_model, settle
from sperm_viewer.session.session import Session

SMIDS, HUSHEM = model_folder("smids", "1" * 64), model_folder("hushem", "2" * 64)
SHELF = ModelShelf([SMIDS, HUSHEM], (), ["cpu"])


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Two crops that SMIDS scored with onnx on the CPU."""
    with Session.create(tmp_path / "s.spermview") as made:
        _score(made, SMIDS, tmp_path)
        made.set_note("engine", "onnx")
        made.set_note("device", "cpu")
        yield made


def _score(session: Session, model: ModelFolder, folder: Path) -> None:
    session.use_model(session_model(model))
    refs = [ImageRef("A", folder / "A" / f"img_{number}.png") for number in range(2)]
    session.add_slide("A", folder / "A", refs)
    session.record([event_of(ref, session_model(model)) for ref in refs])


def test_a_new_session_gets_what_was_asked_for_without_a_question() -> None:
    settled = settle(None, Wanted(new_session="hushem", engine="onnx", device="cpu"), SHELF)
    assert (settled.model, settled.engine, settled.device, settled.questions) == (HUSHEM, "onnx", "cpu", ())


def test_a_session_keeps_its_model_engine_and_device(session: Session) -> None:
    settled = settle(session, Wanted(new_session="hushem"), SHELF)
    assert (settled.model, settled.engine, settled.device, settled.questions) == (SMIDS, "onnx", "cpu", ())


def test_another_model_is_asked_about_only_while_it_has_crops_to_score(session: Session, tmp_path: Path) -> None:
    (question,) = settle(session, Wanted(HUSHEM), SHELF).questions
    assert "was scored with the model smids" in question.text
    assert "2 crops" in question.text
    _score(session, HUSHEM, tmp_path)
    assert settle(session, Wanted(SMIDS), SHELF).questions == ()


def test_another_version_of_the_model_is_asked_about(session: Session) -> None:
    newer = model_folder("smids", "3" * 64)
    settled = settle(session, Wanted(), ModelShelf([HUSHEM, newer]))
    assert settled.model is newer
    assert ["another version of 'smids'" in question.text for question in settled.questions] == [True]


def test_a_model_that_is_not_installed_is_never_replaced_unasked(session: Session) -> None:
    for one, wanted in ((session, Wanted()), (None, Wanted(new_session="smids"))):
        settled = settle(one, wanted, ModelShelf([HUSHEM]))
        assert settled.model is HUSHEM
        assert ["isn't installed here" in question.text for question in settled.questions] == [True]
    with pytest.raises(ModelError, match=r"No model folder.*\nA broken one"):
        settle(session, Wanted(), ModelShelf([], ["A broken one"]))


def test_another_engine_or_device_is_asked_about(session: Session) -> None:
    settled = settle(session, Wanted(engine="torch", device="cuda"), SHELF)
    assert (settled.engine, settled.device) == ("torch", "cuda")
    assert [question.title for question in settled.questions] == [
        "Go on with the engine torch?",
        "Go on with CUDA?",
    ]
    assert settle(session, Wanted(engine="onnx", device="cpu"), SHELF).questions == ()


def test_a_device_that_is_not_here_is_asked_about_except_where_torch_has_it(session: Session) -> None:
    session.set_note("device", "cuda")
    settled = settle(session, Wanted(), SHELF)
    assert settled.device == "auto"
    assert ["CUDA, which isn't here" in question.text for question in settled.questions] == [True]
    session.set_note("engine", "torch")
    assert settle(session, Wanted(), SHELF).questions == ()
