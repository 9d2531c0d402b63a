"""A large session to report on: drawn at random, the same every time, and reviewed in every way that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from cells import failed, scored
from made_up import model_folder

from sperm_viewer.domain.cell import CellFailed, CellScored
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision, How, Why
from sperm_viewer.inference.model_folders import SPEC_FILE, open_model
from sperm_viewer.inference.model_spec import KnownOutcomes, write_spec
from sperm_viewer.session.arrange import Arrangement
from sperm_viewer.session.review import SECOND, Review, begin_second_reading
from sperm_viewer.session.session import Session, SessionModel
from sperm_viewer.session.spot_check import begin_spot_check
from sperm_viewer.system import paths

CLASSES = ("normal", "tapered", "non-sperm")
BANDS = ((0.8, 0.95), (0.75, 0.9), (0.85, 0.9))
COUNTS = (
    (206, 222, 222, 7, 2, 5, 0, 0, 0, 192, 3),
    (18, 3, 4, 184, 190, 186, 6, 1, 0, 225, 16),
    (2, 1, 0, 2, 1, 2, 216, 225, 222, 80, 83),
)
UNCERTAIN, UNFAMILIAR = 9, 10
SLIDES = {"P-1": ("A", "B", "C"), "P-2": ("D", "E", "F"), "P-3": ("G",)}


def write_reviewed(path: Path, seed: int = 13) -> Path:
    """Samples P-1, P-2 and P-3 by Ada, Bo, Cy and Dee; the model that scored them is installed among the user's.

    P-1: slides A, B and C, which agree, and a removed one. Referred cells and half of those called normal
    are read, and all called tapered on A, with ticks. On B tapered cells are accepted in bulk. Cy labels 20 cells of C
    in a spot check. Bo reads 25 cells of A again, blind. Files fail, others are not scored yet. P-2: slides D, E and
    F, which nobody reads: E and F each agree with D, but not with each other. P-3: slide G of 45 cells, all read.
    """
    rng = np.random.default_rng(seed)
    model = _install()
    with Session.create(path) as session:
        session.use_model(model)
        slides = {}
        for sample, names in SLIDES.items():
            for name in names:
                normal = {"D": 0.5, "E": 0.42, "F": 0.58}.get(name, 0.3)
                slides[name] = _slide(session, path.parent, sample, name, normal, rng)
        slides["X"] = _slide(session, path.parent, "P-1", "X", 0.9, rng)
        _read_some(session, {name: slides[name] for name in ("A", "B", "C", "X")}, rng)
        _read_all(session, slides["G"])
        _check(session)
        begin_second_reading(session, "Bo")
        again = Review(session, SECOND)
        for cell in session.cell_ids()[5:30]:
            again.decide({cell: Decision(CLASSES[rng.choice(3, p=(0.4, 0.5, 0.1))])}, "Bo")
        again.undo("Bo")
        _rearrange(session)
    return path


def _install() -> SessionModel:
    known = KnownOutcomes(1, BANDS, COUNTS)
    metrics = {"protocol": "made up"}
    made = replace(model_folder("made-up").spec, classes=CLASSES, known_outcomes=known, metrics=metrics)
    folder = paths.user_models() / "made-up"
    folder.mkdir(parents=True, exist_ok=True)
    write_spec(made, folder / SPEC_FILE)
    return SessionModel(open_model(folder).id, CLASSES, "normal")


def _slide(
    session: Session, folder: Path, sample: str, name: str, normal: float, rng: np.random.Generator
) -> list[CropRef]:
    """A slide whose share of normal sperm is `normal`, scored but for two images of A and of B."""
    # So few on C that a spot check draws all of them, not other ones each time.
    count = {"C": 50, "G": 45}.get(name, 60)
    refs = [CropRef(name, folder / name / f"{number}.png") for number in range(count)]
    session.add_slide(name, folder / name, refs, SampleOrigin(sample))
    model = session.model()
    assert model is not None
    # The true classes in the shares that are wanted, so that slides differ by the model's errors alone.
    sperm = round(0.85 * count)
    truth = [0] * round(normal * sperm) + [1] * (sperm - round(normal * sperm)) + [2] * (count - sperm)
    events = [_answer(ref, true, model.id, rng) for ref, true in zip(refs, truth, strict=True)]
    rng.shuffle(events)
    if name in "AB":
        events = [failed(event.ref) if number == 7 else event for number, event in enumerate(events[:-2])]
    session.record(sorted(events, key=lambda event: event.ref.path.name))
    return refs


def _answer(ref: CropRef, true: int, model: ModelId, rng: np.random.Generator) -> CellScored | CellFailed:
    outcome = int(rng.choice(11, p=np.array(COUNTS[true]) / sum(COUNTS[true])))
    first = outcome // 3 if outcome < UNCERTAIN else true
    middle, high = BANDS[first]
    low, up = ((0.6, middle), (middle, high), (high, 0.999))[outcome % 3] if outcome < UNCERTAIN else (0.4, 0.6)
    confidence = float(rng.uniform(low, up))
    shares = [(1 - confidence) / 2] * 3
    shares[first] = confidence
    of = SessionModel(model, CLASSES, "normal")
    if outcome < UNCERTAIN:
        return scored(ref, tuple(shares), model=of)
    flag = Flag.UNCERTAIN if outcome == UNCERTAIN else Flag.OUT_OF_DISTRIBUTION
    return scored(ref, tuple(shares), frozenset({flag}), "Not sure.", of)


def _read_some(session: Session, slides: dict[str, list[CropRef]], rng: np.random.Generator) -> None:
    review = Review(session)
    for name in slides:
        cells = [cell for cell in session.cells(session.cell_ids()) if cell.ref.slide == name and cell.prediction]
        referred = [cell.id for cell in cells if cell.reason]
        first = {cell.id: cell.prediction.first for cell in cells if cell.prediction and not cell.reason}
        called_normal = [cell for cell, said in first.items() if said == "normal"]
        tapered = [cell for cell, said in first.items() if said == "tapered"]
        for cell in referred:
            review.decide({cell: _found(name, rng)}, "Ada", why=Why.REFERRED)
        for cell in called_normal[:: 2]:
            said = "normal" if rng.random() < 0.8 else "tapered"
            review.decide({cell: Decision(said, anomalies=_ticks(said, name, rng))}, "Ada", why=Why.CALLED_NORMAL)
        if name == "A":
            for cell in tapered:
                review.decide({cell: Decision("tapered", anomalies=_ticks("tapered", name, rng))}, "Ada")
        if name == "B":
            review.decide({cell: Decision("tapered") for cell in tapered[:9]}, "Cy")
            review.undo("Cy")
            review.redo("Cy")
            review.decide({cell: Decision("normal") for cell in tapered[9:14]}, "Cy")
            review.undo("Cy")
            review.decide({tapered[0]: Decision("non-sperm")}, "Ada")
            review.undo("Ada")


def _found(slide: str, rng: np.random.Generator) -> Decision:
    said = CLASSES[rng.choice(3, p=(0.3, 0.55, 0.15))]
    return Decision(said, anomalies=_ticks(said, slide, rng))


def _ticks(said: str, slide: str, rng: np.random.Generator) -> frozenset[str] | None:
    """Each abnormal sperm of A has one at least, some of its normal ones too; on other slides most have none."""
    names = ("head-tapered", "head-vacuolated", "midpiece-bent", "midpiece-thick", "tail-coiled", "cytoplasm-excess")
    if said == "non-sperm" or rng.random() < (0.7 if said == "normal" else 0.0 if slide == "A" else 0.7):
        return None
    return frozenset(rng.choice(names, size=int(rng.integers(1, 5)), replace=False).tolist())


def _read_all(session: Session, refs: Sequence[CropRef]) -> None:
    review, wanted = Review(session), set(refs)
    for number, cell in enumerate(session.cells(session.cell_ids())):
        if cell.ref in wanted:
            said = "normal" if number % 4 == 0 else "non-sperm" if number % 9 == 0 else "tapered"
            review.decide({cell.id: Decision(said)}, "Dee")


def _check(session: Session) -> None:
    """A check of C, whose cells that have no verdict yet get a label in it; ordinary verdicts on others don't count."""
    slide = next(each for each in session.samples()[0].slides if each.name == "C")
    check = begin_spot_check(session, slide.id, "Cy")
    unread = [cell for cell in session.cells(sorted(check.cells)) if not cell.reviewed][:20]
    review = Review(session)
    for number, cell in enumerate(unread):
        said = "normal" if number % 5 == 0 else "tapered"
        review.decide({cell.id: Decision(said)}, "Cy", How.BLIND, Why.RANDOM)


def _rearrange(session: Session) -> None:
    """The slide X is removed; a move and a new name are undone."""
    slides = {slide.name: slide.id for sample in session.samples() for slide in sample.slides}
    arrangement = Arrangement(session)
    arrangement.remove([slides["X"]], "Ada")
    arrangement.move([slides["D"]], "P-1", "Ada")
    arrangement.rename_slide(slides["A"], "a", "Ada")
    arrangement.undo("Ada")
    arrangement.undo("Ada")
