"""`sperm-viewer teach` in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sperm_viewer.domain.progress import counted
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.system import paths
from sperm_viewer.system.terminal import errors, say
from sperm_viewer.teaching.compare import Compared, compare
from sperm_viewer.teaching.cross_validation import NEW_CELLS
from sperm_viewer.teaching.lock import lock
from sperm_viewer.teaching.locked_set import claim
from sperm_viewer.teaching.site_model import TEACHING_FILE
from sperm_viewer.teaching.teach import Taught, TeachRequest, teach


def run_teach(given: Sequence[Path], name: str, backbone: str, classes: str, out: Path | None) -> bool:
    """Teaches and prints what came of it; False where there is no model. Raises SpermViewerError if it can't begin."""
    wanted = tuple(part.strip() for part in classes.split(",") if part.strip())
    folder = (out or paths.user_models()).absolute()
    request = TeachRequest(tuple(path.absolute() for path in given), name, folder, find_model(backbone), wanted)
    with errors.status("Teaching…") as status:
        steps = teach(request)
        while True:
            try:
                step = next(steps)
            except StopIteration as ended:
                found: Taught = ended.value
                break
            status.update(f"{step.words}… {step.done:,} of {step.total:,}")
    for line in in_words(found):
        errors.tell(line)
    say(found.folder)
    return found.teachable


def run_promote(model: str, locked: Sequence[Path], over: str, by: str) -> bool:
    """Compares and prints what was decided; False where the model stays a candidate.

    Raises SpermViewerError where the locked set can't decide.
    """
    with errors.status("Comparing…"):
        found = compare(find_model(model), find_model(over), [path.absolute() for path in locked], by)
    for line in comparison_in_words(found, over, model):
        errors.tell(line)
    say("promoted" if found.decision.promoted else "candidate")
    return found.decision.promoted


def comparison_in_words(found: Compared, over: str, model: str) -> list[str]:
    """What a comparison of the site model `model` with `over` came to, as sentences."""
    decision, lines = found.decision, []
    for name, figures in ((over, decision.old), (model, decision.new)):
        lines.append(
            f"{name}: {figures.coverage:.0%} of {found.cells:,} cells kept, {figures.accuracy:.0%} of those right, "
            f"confidence off by {figures.calibration_error * 100:.1f} points."
        )
    kept = round(decision.new.coverage * found.cells)
    supported = [f"{claim(decision.new.accuracy, kept)}."] if kept else []
    return [*lines, *decision.why, *supported, found.looks_in_words]


def run_lock(sessions: Sequence[Path], by: str) -> None:
    """Draws a locked set from slides that nobody has read. Raises SpermViewerError if there are too few cells."""
    material = lock([path.absolute() for path in sessions], by)
    for cell in material.cells:
        say(f"{cell.ref.slide}\t{cell.ref.path}")
    errors.tell(f"{counted(len(material.cells), 'cell')} locked: read them blind. Nothing is taught from them.")


def in_words(found: Taught) -> list[str]:
    """What came of a teaching, as sentences."""
    slides = "slides not known" if found.slides is None else counted(found.slides, "slide")
    lines = [f"{counted(found.labels, 'label')}, {slides}."]
    if found.figure is not None:
        lines.append(
            f"Macro-F1 on cells held back: {found.figure.value:.2f} ({found.figure.low:.2f}-{found.figure.high:.2f} "
            f"for {NEW_CELLS} cells of other slides)."
        )
    if found.worth:
        lines.append(found.worth.words)
    if found.teachable:
        return [*lines, "A candidate: compare it on a locked set before it is used."]
    return [*lines, *found.why, f"No model was made; {TEACHING_FILE} says why."]
