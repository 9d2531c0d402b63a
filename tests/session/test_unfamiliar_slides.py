"""A slide from elsewhere is named once, with what is different about it."""

from __future__ import annotations

from pathlib import Path

from cells import MODEL, failed, scored

from sperm_viewer.domain.flags import DIFFERENCE_PREFIX, Flag
from sperm_viewer.domain.image import CropRef
from sperm_viewer.session.session import Session
from sperm_viewer.session.unfamiliar_slides import UnfamiliarSlide, in_words, unfamiliar_slides

_UNLIKE = frozenset({Flag.OUT_OF_DISTRIBUTION})


def _session(folder: Path, unlike: dict[str, list[str]], like: dict[str, int], broken: int = 0) -> Session:
    """Slides with cells that look unlike the training data, for these reasons, and with others that don't."""
    session = Session.create(folder / "s.spermview")
    session.use_model(MODEL)
    for slide in dict.fromkeys([*unlike, *like]):
        reasons = [*unlike.get(slide, []), *[""] * like.get(slide, 0)]
        refs = [CropRef(slide, folder / slide / f"{i}.png") for i in range(len(reasons) + broken)]
        session.add_slide(slide, folder / slide, refs)
        session.record(
            [
                scored(ref, flags=_UNLIKE, reason=reason) if reason else scored(ref)
                for ref, reason in zip(refs, reasons, strict=False)
            ]
        )
        session.record([failed(ref) for ref in refs[len(reasons) :]])
    return session


def test_a_slide_is_foreign_when_most_of_its_cells_are(tmp_path: Path) -> None:
    other = f"Not like them. {DIFFERENCE_PREFIX} colour, focus or grain."
    colour = f"Not like them. {DIFFERENCE_PREFIX} colour."
    unlike = {"other": [other] * 4 + [colour] * 3, "own": [colour]}
    with _session(tmp_path, unlike, {"other": 2, "own": 9}, broken=3) as session:
        (found,) = unfamiliar_slides(session)
    assert found == UnfamiliarSlide("other", 9, 7, ("colour", "focus or grain"))
    assert "7 of 9 cells of slide 'other'" in in_words(found, "smids")
    assert "(different: colour, focus or grain)" in in_words(found, "smids")


def test_half_of_a_slide_or_a_handful_of_cells_say_nothing_of_it(tmp_path: Path) -> None:
    with _session(tmp_path, {"half": ["Unlike."] * 5, "few": ["Unlike."] * 4}, {"half": 5}) as session:
        assert unfamiliar_slides(session) == []


def test_without_a_common_difference_none_is_named(tmp_path: Path) -> None:
    with _session(tmp_path, {"other": ["Unlike."] * 6}, {}) as session:
        (found,) = unfamiliar_slides(session)
    assert found.different == ()
    assert "different" not in in_words(found, "smids")
