"""A slide of which most cells are out of distribution is named once, with the aspects in which it differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cells import MODEL, failed, scored

from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.session.session import Session
from sperm_viewer.session.unfamiliar_slides import UnfamiliarSlide, unfamiliar_slide_warning, unfamiliar_slides

_FLAGS = frozenset({Flag.OUT_OF_DISTRIBUTION})
_Aspects = tuple[str, ...]


def _session(folder: Path, unfamiliar: dict[str, list[_Aspects]], familiar: dict[str, int], broken: int = 0) -> Session:
    """Slides with out-of-distribution cells that differ in these aspects, and with others."""
    session = Session.create(folder / "s.spermview")
    session.use_model(MODEL)
    for slide in dict.fromkeys([*unfamiliar, *familiar]):
        aspects = unfamiliar.get(slide, [])
        count = len(aspects) + familiar.get(slide, 0)
        refs = [ImageRef(slide, folder / slide / f"{i}.png") for i in range(count + broken)]
        session.add_slide(slide, folder / slide, refs)
        session.record(
            [
                replace(scored(ref, flags=_FLAGS, reason="Unfamiliar."), unfamiliar_in=different)
                for ref, different in zip(refs, aspects, strict=False)
            ]
        )
        session.record([scored(ref) for ref in refs[len(aspects) : count]])
        session.record([failed(ref) for ref in refs[count:]])
    return session


def test_a_slide_is_unfamiliar_when_most_of_its_cells_are(tmp_path: Path) -> None:
    unfamiliar = {"other": [("colour", "focus or grain")] * 4 + [("colour",)] * 3, "own": [("colour",)]}
    with _session(tmp_path, unfamiliar, {"other": 2, "own": 9}, broken=3) as session:
        (found,) = unfamiliar_slides(session)
    assert found == UnfamiliarSlide(1, "other", "other", 9, 7, ("colour", "focus or grain"))
    assert "7 of 9 cells of slide 'other'" in unfamiliar_slide_warning(found, "smids")
    assert "(different: colour, focus or grain)" in unfamiliar_slide_warning(found, "smids")


def test_half_of_a_slide_or_a_handful_of_cells_is_not_enough(tmp_path: Path) -> None:
    with _session(tmp_path, {"half": [()] * 5, "few": [()] * 4}, {"half": 5}) as session:
        assert unfamiliar_slides(session) == []


def test_without_a_common_difference_no_aspect_is_named(tmp_path: Path) -> None:
    with _session(tmp_path, {"other": [()] * 6}, {}) as session:
        (found,) = unfamiliar_slides(session)
    assert found.aspects == ()
    assert "different" not in unfamiliar_slide_warning(found, "smids")
