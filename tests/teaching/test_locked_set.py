"""Locked sets are large enough, never taught from, looked at three times at most, and their looks are remembered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.system import paths
from sperm_viewer.teaching.locked_set import Contents, LockedSet, Look, claim, draw, known_set, leaks, too_small
from sperm_viewer.teaching.register import Register, changing, read_register, register_file


def _prints(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, 256))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_a_hundred_cells_of_two_slides_are_needed() -> None:
    assert too_small(100, 2) == []
    assert too_small(99, 1) == [
        "The locked set has 99 cells; 100 are needed.",
        "Its cells come from 1 slide; 2 are needed.",
    ]
    assert too_small(100, None) == ["It is not known which slides its cells come from."]


def test_a_cell_that_was_taught_from_is_found_by_its_content_and_by_its_looks() -> None:
    taught = Contents(("a", "b"), _prints(2))
    near = taught.prints[1] + 0.002 * _prints(1, 5)[0]
    locked = Contents(("a", "x", "y"), np.stack([_prints(1, 3)[0], near / np.linalg.norm(near), _prints(1, 4)[0]]))
    assert leaks(locked, taught).tolist() == [True, True, False]


def test_a_set_that_shares_a_cell_with_another_has_its_looks() -> None:
    look = Look("m", "2026-01-01T00:00:00+00:00", "Ana")
    known = [LockedSet(frozenset("abc"), 2, (look,)), LockedSet(frozenset("xyz"), 2)]
    assert known_set("cde", 3, known).looks == (look,)
    assert known_set("def", 3, known).looks == ()


def test_the_third_look_retires_a_set() -> None:
    locked = LockedSet(frozenset("abc"), 2)
    for number in range(3):
        assert not locked.retired
        locked = locked.looked_at(Look("m", f"2026-01-0{number + 1}", "Ana"))
    assert locked.retired


def test_whole_slides_are_drawn_until_there_are_enough_cells() -> None:
    slides = {f"slide {n}": list(range(60 * n, 60 * n + 60)) for n in range(6)}
    drawn = draw(slides, 5)
    assert len(drawn) == len(set(drawn)) == 120
    assert {number // 60 for number in drawn} == {number // 60 for number in sorted(drawn)[::60]}
    assert drawn != sorted(drawn)
    assert draw(slides, 5) == drawn
    assert draw(slides, 6) != drawn
    assert sorted({number // 300 for number in draw({"a": list(range(300)), "b": list(range(300, 600))}, 1)}) == [0, 1]


def test_what_a_size_supports_is_said() -> None:
    assert claim(0.95, 200) == "95% right on 200 cells means 91-97%"


def test_the_register_holds_sets_and_steps_beside_the_settings() -> None:
    assert register_file().parent == paths.settings_file().parent
    assert read_register(register_file()) == Register()
    with changing(register_file()) as held:
        held[0] = held[0].with_set(LockedSet(frozenset("ab"), 2)).with_entry("Ana", "locked", "", {"cells": 2})
    with changing(register_file()) as held:
        held[0] = held[0].with_set(LockedSet(frozenset("bc"), 2)).with_entry("Bo", "taught", "ours", {})
    found = read_register(register_file())
    assert [one.cells for one in found.locked] == [frozenset("bc")]
    assert [(entry.who, entry.what) for entry in found.entries] == [("Ana", "locked"), ("Bo", "taught")]
    assert found.intact()


def test_a_register_that_was_changed_is_refused() -> None:
    with changing(register_file()) as held:
        held[0] = held[0].with_entry("Ana", "taught", "ours", {"labels": 40})
    content = json.loads(register_file().read_text("utf-8"))
    content["entries"][0]["details"]["labels"] = 400
    register_file().write_text(json.dumps(content), "utf-8")
    with pytest.raises(SpermViewerError, match=r"site-models\.json: changed behind the app's back\. Restore a copy\.$"):
        read_register(register_file())


@pytest.mark.parametrize("content", ["no table", "{}", '{"locked": 3, "entries": []}'])
def test_a_damaged_register_is_refused(content: str) -> None:
    register_file().parent.mkdir(parents=True, exist_ok=True)
    register_file().write_text(content, "utf-8")
    message = r"site-models\.json: damaged, so looks at locked sets can't be counted\. Restore a copy\.$"
    with pytest.raises(SpermViewerError, match=message):
        read_register(register_file())


def test_a_register_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpermViewerError, match=r"can't be read \(.+\)\. Check the disk, then try again\.$"):
        read_register(tmp_path)


def test_a_register_that_another_one_writes_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from sperm_viewer.teaching import register

    monkeypatch.setattr(register, "_PATIENCE_S", 0.01)
    message = r"site-models\.json: another Sperm Viewer is writing it\. Close it, then try again\.$"
    with changing(register_file()), pytest.raises(SpermViewerError, match=message), changing(register_file()):
        pass
