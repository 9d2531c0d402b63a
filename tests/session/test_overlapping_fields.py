"""Fields of a slide that show the same heads are pointed out, with what to do."""

from __future__ import annotations

from pathlib import Path

from cells import MODEL
from fields import ellipse, head_event, write_field

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.session.head_edits import HeadEdit, HeadEdits
from sperm_viewer.session.overlapping_fields import overlap_warnings, overlapping_fields
from sperm_viewer.session.session import Session

_FIRST = ((120, 100), (420, 90), (300, 330), (500, 360))
_SHIFTED = tuple((x - 90, y + 40) for x, y in _FIRST)
_OTHER = ((90, 200), (300, 60), (220, 420), (560, 130))


def session_of(folder: Path, *fields: tuple[tuple[float, float], ...]) -> Session:
    session = Session.create(folder / "session.spermview")
    refs = [ImageRef("A", write_field(folder / "A" / f"{number}.png", heads)) for number, heads in enumerate(fields)]
    session.add_slide("A", folder / "A", refs)
    session.use_model(MODEL)
    for ref, heads in zip(refs, fields, strict=True):
        session.record([head_event(ref, ellipse(*head)) for head in heads])
    return session


def test_fields_with_the_same_heads_are_named_with_what_to_do(tmp_path: Path) -> None:
    with session_of(tmp_path, _FIRST, _OTHER, _SHIFTED) as session:
        found = overlapping_fields(session)
        assert [(pair.first, pair.second, pair.heads) for pair in found] == [("0.png", "2.png", 4)]
        words = " ".join(overlap_warnings(found))
    assert words == (
        "'0.png' and '2.png' of slide 'A' show the same 4 heads and overlap. Their heads are counted twice: remove "
        "them in one of the two fields (menu Field)."
    )


def test_once_the_heads_are_removed_from_one_field_nothing_is_left_to_say(tmp_path: Path) -> None:
    with session_of(tmp_path, _FIRST, _SHIFTED) as session:
        HeadEdits(session).replace(HeadEdit.REMOVE, [5, 6, 7, 8], [], "Ana")
        assert overlapping_fields(session) == []
        assert list(overlap_warnings([])) == []


def test_fields_without_common_heads_are_not_named(tmp_path: Path) -> None:
    with session_of(tmp_path, _FIRST, _OTHER) as session:
        assert overlapping_fields(session) == []
