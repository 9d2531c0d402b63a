"""A large session to report on: drawn at random, the same every time, and reviewed in every way that there is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from cells import failed, scored
from made_up import session_model

from sperm_viewer.domain.cell import CellFailed, CellScored
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision, How, Why
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.model_spec import KnownOutcomes
from sperm_viewer.session.arrange import Arrangement
from sperm_viewer.session.readings import begin_reading, cells_of
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import begin_spot_check

FOLDER = find_model("smids")
KNOWN = cast(KnownOutcomes, FOLDER.spec.known_outcomes)
CLASSES = FOLDER.spec.classes
UNCERTAIN = 3 * len(CLASSES)
"""The number of the first outcome that refers a cell."""
MODEL = session_model(FOLDER)
SLIDES = {"P-1": ("A", "B", "C"), "P-2": ("D", "E", "F"), "P-3": ("G",)}


def write_reviewed(path: Path, seed: int = 20) -> Path:
    """Samples P-1, P-2 and P-3 by Ada, Bo, Cy and Dee.

    P-1: slides A, B and C, which agree, and a removed one. Referred cells and half of those called normal are read, and
    all called abnormal on A, with ticks. On B some of those and three referred ones are accepted
    in bulk. Cy labels 20 cells of C in a spot
    check. Bo, Eve, Ada and Fay read cells of A again. Files fail, others are not scored yet. P-2: slides D, E and F,
    which nobody reads: E and F each agree with D, but not with each other. P-3: slide G of 45 cells, all read.
    """
    rng = np.random.default_rng(seed)
    with Session.create(path) as session:
        session.use_model(MODEL)
        slides = {}
        for sample, names in SLIDES.items():
            for name in names:
                normal = {"D": 0.5, "E": 0.42, "F": 0.58}.get(name, 0.3)
                slides[name] = _slide(session, path.parent, sample, name, normal, rng)
        slides["X"] = _slide(session, path.parent, "P-1", "X", 0.9, rng)
        _read_some(session, {name: slides[name] for name in ("A", "B", "C", "X")}, rng)
        _read_all(session, slides["G"])
        _check(session)
        _read_again(session, rng)
        _rearrange(session)
    return path


def _slide(
    session: Session, folder: Path, sample: str, name: str, normal: float, rng: np.random.Generator
) -> list[ImageRef]:
    """A slide whose share of normal sperm is `normal`, scored but for two images of A and of B."""
    # So few on C that a spot check draws all of them, not other ones each time.
    count = {"C": 50, "G": 45}.get(name, 60)
    refs = [ImageRef(name, folder / name / f"{number}.png") for number in range(count)]
    session.add_slide(name, folder / name, refs, SampleOrigin(sample))
    # The true classes in the shares that are wanted, so that slides differ by the model's errors alone.
    sperm = round(0.85 * count)
    truth = [0] * round(normal * sperm) + [1] * (sperm - round(normal * sperm)) + [2] * (count - sperm)
    events = [_answer(ref, true, rng) for ref, true in zip(refs, truth, strict=True)]
    rng.shuffle(events)
    if name in "AB":
        events = [failed(event.ref) if number == 7 else event for number, event in enumerate(events[:-2])]
    session.record(sorted(events, key=lambda event: event.ref.path.name))
    return refs


def _answer(ref: ImageRef, true: int, rng: np.random.Generator) -> CellScored | CellFailed:
    known = np.array(KNOWN.counts[true])
    outcome = int(rng.choice(len(known), p=known / known.sum()))
    first = outcome // 3 if outcome < UNCERTAIN else true
    middle, high = KNOWN.bands[first]
    low, up = ((0.6, middle), (middle, high), (high, 0.999))[outcome % 3] if outcome < UNCERTAIN else (0.4, 0.6)
    confidence = float(rng.uniform(low, up))
    shares = [(1 - confidence) / 2] * 3
    shares[first] = confidence
    if outcome < UNCERTAIN:
        return scored(ref, tuple(shares), model=MODEL)
    flag = Flag.UNCERTAIN if outcome == UNCERTAIN else Flag.OUT_OF_DISTRIBUTION
    return scored(ref, tuple(shares), frozenset({flag}), "Not sure.", MODEL)


def _read_some(session: Session, slides: dict[str, list[ImageRef]], rng: np.random.Generator) -> None:
    review = Review(session)
    for name in slides:
        cells = [cell for cell in session.cells(session.cell_ids()) if cell.ref.slide == name and cell.prediction]
        referred = [cell.id for cell in cells if cell.reason]
        first = {cell.id: cell.prediction.first for cell in cells if cell.prediction and not cell.reason}
        called_normal = [cell for cell, said in first.items() if said == "normal"]
        called_abnormal = [cell for cell, said in first.items() if said == "abnormal"]
        in_bulk = referred[:3] if name == "B" else []
        for cell in referred[len(in_bulk) :]:
            review.decide({cell: _found(name, rng)}, "Ada", why=Why.REFERRED)
        for cell in called_normal[::2]:
            said = "normal" if rng.random() < 0.8 else "abnormal"
            review.decide({cell: Decision(said, anomalies=_ticks(said, name, rng))}, "Ada", why=Why.CALLED_NORMAL)
        if name == "A":
            for cell in called_abnormal:
                review.decide({cell: Decision("abnormal", anomalies=_ticks("abnormal", name, rng))}, "Ada")
        if name == "B":
            review.decide({cell: Decision("abnormal") for cell in in_bulk + called_abnormal[:9]}, "Cy")
            review.undo("Cy")
            review.redo("Cy")
            review.decide({cell: Decision("normal") for cell in called_abnormal[9:14]}, "Cy")
            review.undo("Cy")
            review.decide({called_abnormal[0]: Decision("non-sperm")}, "Ada")
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


def _read_all(session: Session, refs: Sequence[ImageRef]) -> None:
    review, wanted = Review(session), set(refs)
    for number, cell in enumerate(session.cells(session.cell_ids())):
        if cell.ref in wanted:
            said = "normal" if number % 4 == 0 else "non-sperm" if number % 9 == 0 else "abnormal"
            review.decide({cell.id: Decision(said)}, "Dee")


def _check(session: Session) -> None:
    """A check of C, whose cells that have no verdict yet get a label in it; ordinary verdicts on others don't count."""
    slide = next(each for each in session.samples()[0].slides if each.name == "C")
    check = begin_spot_check(session, slide.id, "Cy")
    unread = [cell for cell in session.cells(sorted(check.cells)) if not cell.reviewed][:20]
    review = Review(session)
    for number, cell in enumerate(unread):
        said = "normal" if number % 5 == 0 else "abnormal"
        review.decide({cell.id: Decision(said)}, "Cy", How.BLIND, Why.RANDOM)


def _read_again(session: Session, rng: np.random.Generator) -> None:
    """Bo reads 40 cells of A and Eve 25, Ada reads 10 of her own again, Fay decides 4 on which Ada and Bo differ."""
    of_a = [cell.id for cell in session.cells(session.cell_ids()) if cell.ref.slide == "A" and cell.prediction]
    second = begin_reading(session, NewReading(ReadingKind.FURTHER, "Bo"))
    third = begin_reading(session, NewReading(ReadingKind.FURTHER, "Eve", blind=False))
    for reading, cells in ((second, of_a[5:45]), (third, of_a[15:40])):
        review = Review(session, reading.id)
        for cell in cells:
            review.decide({cell: Decision(CLASSES[rng.choice(3, p=(0.4, 0.5, 0.1))])}, reading.reader)
        review.undo(reading.reader)
    for kind, reader, most in ((ReadingKind.REPEAT, "Ada", 10), (ReadingKind.ADJUDICATION, "Fay", 4)):
        reading = begin_reading(session, NewReading(kind, reader))
        for cell in sorted(set(cells_of(session, reading)).intersection(of_a))[:most]:
            Review(session, reading.id).decide({cell: Decision(CLASSES[rng.choice(2)])}, reader)


def _rearrange(session: Session) -> None:
    """The slide X is removed; a move and a new name are undone."""
    slides = {slide.name: slide.id for sample in session.samples() for slide in sample.slides}
    arrangement = Arrangement(session)
    arrangement.remove([slides["X"]], "Ada")
    arrangement.move([slides["D"]], "P-1", "Ada")
    arrangement.rename_slide(slides["A"], "a", "Ada")
    arrangement.undo("Ada")
    arrangement.undo("Ada")
