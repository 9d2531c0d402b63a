"""Compares a site model with the model in use on a locked set, and puts it into use if it is better."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sperm_viewer.domain.cell import CellScored, Status
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.progress import counted
from sperm_viewer.domain.verdict import How
from sperm_viewer.inference.model_folders import ModelFolder, list_models
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.system import paths
from sperm_viewer.system.settings import load_settings, save_settings
from sperm_viewer.teaching.features import FoundCell, find_cells, prints
from sperm_viewer.teaching.locked_set import MOST_LOOKS, Contents, LockedSet, Look, known_set, leaks, too_small
from sperm_viewer.teaching.material import Material, read_material
from sperm_viewer.teaching.promotion import Answers, Decision, decide
from sperm_viewer.teaching.register import Register, changing, register_file
from sperm_viewer.teaching.site_model import TEACHING_FILE, note_comparison, read_taught


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison came to. `looks` counts those at this locked set, this one included."""

    cells: int
    looks: int
    decision: Decision

    @property
    def looks_in_words(self) -> str:
        text = f"Look {self.looks} of {MOST_LOOKS} at this locked set"
        return f"{text}: it is retired. Draw another one." if self.looks >= MOST_LOOKS else f"{text}."


def compare(site: ModelFolder, in_use: ModelFolder, locked: Sequence[Path], who: str) -> Compared:
    """One look at a locked set, counted before its figures are known to anybody.

    Raises SpermViewerError where `site` isn't a site model, and where the set is retired, too small or was taught from.
    """
    if not (site.path / TEACHING_FILE).is_file():
        raise SpermViewerError(f"{site.path}: not a site model, so there is nothing to promote. Teach one first.")
    material = read_material(locked, (How.BLIND,))
    found = [one for one in find_cells(material.labelled, _head_length(site)) if one is not None]
    _refuse_leaks(site, found)
    _refuse_small(found, material)
    looks = _count_look(site, found, who)
    truth = [one.cell.label for one in found]
    decision = decide(truth, _answers(site, found), _answers(in_use, found))
    _note(site, in_use, decision, who)
    return Compared(len(found), looks, decision)


def _head_length(model: ModelFolder) -> float:
    low, high = model.spec.head_length
    return float(np.sqrt(low * high))


def _refuse_leaks(site: ModelFolder, found: Sequence[FoundCell]) -> None:
    if not found:
        return
    taught, slides = read_taught(site)
    contents = Contents(tuple(one.content for one in found), prints(found, site.spec.preprocessing))
    known = leaks(contents, taught)
    if known.any():
        first = found[int(known.argmax())].cell.ref.path
        raise SpermViewerError(
            f"{first}: this cell of the locked set, or a near copy of it, was taught from, and "
            f"{counted(int(known.sum()) - 1, 'other')} too. Draw a locked set from other slides."
        )
    shared = sorted({one.cell.slide for one in found} & slides)
    if shared:
        raise SpermViewerError(
            f"The locked set has cells of slides that were taught from: {', '.join(shared)}. Draw it from other slides."
        )


def _refuse_small(found: Sequence[FoundCell], material: Material) -> None:
    slides = {one.cell.slide for one in found}
    problems = too_small(len(found), None if slides <= {""} and material.slides is None else len(slides - {""}))
    if problems:
        raise SpermViewerError(f"{' '.join(problems)} Read more cells blind, then compare.")


def _count_look(site: ModelFolder, found: Sequence[FoundCell], who: str) -> int:
    with changing(register_file()) as held:
        contents = [one.content for one in found]
        locked = known_set(contents, len({one.cell.slide for one in found}), held[0].locked)
        if locked.retired:
            raise SpermViewerError(
                f"This locked set was looked at {MOST_LOOKS} times and is retired: models are fitted to it by now. "
                "Draw another one."
            )
        # To the microsecond: two looks in one second are two looks.
        locked = locked.looked_at(Look(site.id.sha256, datetime.now(UTC).isoformat(), who))
        held[0] = _counted(held[0].with_set(locked), locked, site, who)
    return len(locked.looks)


def _counted(register: Register, locked: LockedSet, site: ModelFolder, who: str) -> Register:
    details = {"sha256": site.id.sha256, "cells": len(locked.cells), "look": len(locked.looks)}
    return register.with_entry(who, "looked", site.spec.name, details)


def _answers(model: ModelFolder, found: Sequence[FoundCell]) -> Answers:
    """What a model makes of the very crops of these cells."""
    scorer = open_scorer(model, "onnx", "cpu", None).scorer

    def scored(one: FoundCell) -> CellScored:
        return scorer.score_pixels(one.cell.ref, one.rgb, one.sha256, frozenset())

    with ThreadPoolExecutor() as pool:
        events = list(pool.map(scored, found))
    return Answers(
        model.spec.classes,
        tuple(event.prediction.first for event in events),
        tuple(event.prediction.confidence for event in events),
        tuple(event.status is Status.SCORED for event in events),
    )


def _note(site: ModelFolder, in_use: ModelFolder, decision: Decision, who: str) -> None:
    note_comparison(site.path, decision.promoted, decision.why)
    details = {
        "sha256": site.id.sha256,
        "against": in_use.id.sha256,
        "why": " ".join(decision.why),
        "kept": [decision.old.coverage, decision.new.coverage],
        "right_of_kept": [decision.old.accuracy, decision.new.accuracy],
        "difference": [decision.difference.low, decision.difference.high],
    }
    with changing(register_file()) as held:
        held[0] = held[0].with_entry(who, "promoted" if decision.promoted else "compared", site.spec.name, details)
    if decision.promoted and any(one.id == site.id for one in list_models()[0]):
        _use(site.spec.name)


def _use(name: str) -> None:
    """New sessions are begun with this model."""
    file = paths.settings_file()
    save_settings(replace(load_settings(file), model=name), file)


def take_back(who: str) -> str:
    """Puts the model into use that the last promotion replaced, and returns its name.

    Raises SpermViewerError where no model was promoted.
    """
    with changing(register_file()) as held:
        steps = [entry for entry in held[0].entries if entry.what in ("promoted", "back")]
        if not steps or steps[-1].what == "back":
            raise SpermViewerError("No site model was promoted, so there is nothing to take back.")
        against = steps[-1].details["against"]
        model = next((one for one in list_models()[0] if one.id.sha256 == against), None)
        if model is None:
            raise SpermViewerError("The model that was replaced is not installed any more. Install it, then take back.")
        held[0] = held[0].with_entry(who, "back", model.spec.name, {"sha256": against})
    _use(model.spec.name)
    return model.spec.name
