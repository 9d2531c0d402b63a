"""Before a run: which model, engine and device it uses. What needs a person's consent comes back as questions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.progress import counted
from sperm_viewer.imaging.discover import Discovery, folder_name
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.inference.model_shelf import ModelShelf, device_name
from sperm_viewer.session.session import Session, SessionModel

AUTO = "auto"
DEFAULT_MODEL = "smids"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. Without `model` a session keeps its own, and a new one gets the model named `new_session`.

    With `auto` a session keeps the engine and the device that it was begun with.
    """

    model: ModelFolder | None = None
    new_session: str = DEFAULT_MODEL
    engine: str = AUTO
    device: str = AUTO


@dataclass(frozen=True, slots=True)
class Question:
    """Must be answered with yes before the run begins. `title` is the question, `text` the reason for it."""

    title: str
    text: str
    yes: str


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """Folders that hold images may be slides of one sample, or a sample each: the user's to choose.

    `one` and `several` are the two answers. For the first, use `Discovery.as_one_sample(identifier)`.
    """

    title: str
    text: str
    one: str
    several: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run uses, provided that each of `questions` is answered with yes."""

    model: ModelFolder
    engine: str = AUTO
    device: str = AUTO
    questions: tuple[Question, ...] = ()


def settle(session: Session | None, wanted: Wanted, shelf: ModelShelf) -> Settled:
    """Decides what a run into `session` uses; None is a session that has yet to be made.

    Raises ModelError if no model is installed.
    """
    used = session.model() if session else None
    model = wanted.model or (shelf.with_id(used.id) if used else shelf.named(wanted.new_session))
    questions: list[Question] = []
    if model is None:
        model = _substitute(used, wanted, shelf)
        questions.append(_about_substitute(session, used, wanted, model))
    elif session and used and model.id != used.id:
        questions.extend(_about_other_model(session, used, model))
    if session is None or not session.result_count(model.id):
        return Settled(model, wanted.engine, wanted.device, tuple(questions))
    engine, device = session.note("engine") or AUTO, session.note("device") or AUTO
    questions.extend(_about_engine(engine, wanted.engine))
    if wanted.engine != AUTO:
        engine = wanted.engine
    questions.extend(_about_device(device, wanted.device, engine, shelf))
    if wanted.device != AUTO:
        device = wanted.device
    elif not _is_here(device, engine, shelf):
        device = AUTO
    return Settled(model, engine, device, tuple(questions))


def sample_question(discovery: Discovery, paths: Sequence[Path], known: Collection[Path] = ()) -> SampleQuestion | None:
    """What to ask about the images found in `paths`; None if there is no doubt which samples they are of.

    `known` are the folders of the session's slides, whose samples are settled.
    """
    lone = sum(folder not in known for folder in discovery.lone_folders)
    if lone < 2:
        return None
    folders = counted(lone, "folder")
    return SampleQuestion(
        "One sample or several?",
        f"{folders} of images were found. The percentages of a sample are pooled over its slides, never over samples.",
        "One Sample",
        "A Sample Each",
        opened_name(paths),
    )


def opened_name(paths: Sequence[Path]) -> str:
    """The name of what was opened: `A-017`, or `A-017 and 2 more`. The folder of a file stands for it."""
    folders = list(dict.fromkeys(path if path.is_dir() else path.parent for path in paths))
    more = f" and {len(folders) - 1} more" if len(folders) > 1 else ""
    return folder_name(folders[0]) + more


def session_model(folder: ModelFolder) -> SessionModel:
    """A model as a session notes it."""
    return SessionModel(folder.id, folder.spec.classes, folder.spec.normal_class)


def _substitute(used: SessionModel | None, wanted: Wanted, shelf: ModelShelf) -> ModelFolder:
    found = shelf.named(used.id.name if used else wanted.new_session) or next(iter(shelf.folders), None)
    if found is None:
        raise ModelError(
            "\n".join(
                ["No model folder was found, so nothing can be scored. Install Sperm Viewer again.", *shelf.problems]
            )
        )
    return found


def _about_substitute(
    session: Session | None, used: SessionModel | None, wanted: Wanted, model: ModelFolder
) -> Question:
    name = model.spec.name
    if used and used.id.name == name:
        crops = counted(session.image_count() if session else 0, "crop")
        text = (
            f"This session was scored with another version of '{name}' ({used.id.sha256[:8]}; installed here: "
            f"{model.id.sha256[:8]}). All {crops} would be scored again with the installed one; earlier results are "
            "kept."
        )
        return Question(f"Score again with the installed '{name}'?", text, "Score")
    missing = used.id.name if used else wanted.new_session
    text = f"The model '{missing}' that this session or your settings ask for isn't installed here."
    if used:
        text += f" Everything would be scored with '{name}'; earlier results are kept."
    return Question(f"Score with '{name}' instead?", text, "Score")


def _about_other_model(session: Session, used: SessionModel, model: ModelFolder) -> Iterator[Question]:
    missing = session.image_count() - session.result_count(model.id)
    if missing and session.result_count(used.id):
        text = (
            f"This session was scored with the model {used.id.name} ({used.id.sha256[:12]}). {model.id.name} "
            f"({model.id.sha256[:12]}) has yet to score {counted(missing, 'crop')} of it. The results of "
            f"{used.id.name} are kept: choose it again to see them."
        )
        yield Question(f"Score again with '{model.spec.name}'?", text, "Score Again")


def _about_engine(begun: str, wanted: str) -> Iterator[Question]:
    if AUTO not in (begun, wanted) and wanted != begun:
        text = f"This session was begun with the engine {begun}."
        yield Question(f"Go on with the engine {wanted}?", text, "Go On")


def _about_device(begun: str, wanted: str, engine: str, shelf: ModelShelf) -> Iterator[Question]:
    text = f"This session was begun on {device_name(begun)}"
    if wanted == AUTO and not _is_here(begun, engine, shelf):
        yield Question("Go on with the best device there is?", f"{text}, which isn't here.", "Go On")
    elif AUTO not in (begun, wanted) and wanted != begun:
        yield Question(f"Go on with {device_name(wanted)}?", f"{text}.", "Go On")


def _is_here(device: str, engine: str, shelf: ModelShelf) -> bool:
    # Importing torch to ask for its devices takes seconds; its engine refuses a missing one by itself.
    return engine == "torch" or device in shelf.devices
