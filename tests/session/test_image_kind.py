"""A person can say what the images of a slide are: they are scored again as such, and the trail says who said it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fields import fields_session

from sperm_viewer.domain.image import ImageKind
from sperm_viewer.session.head_edits import HeadEdit, HeadEdits
from sperm_viewer.session.image_kind import image_hints, image_kind, set_image_kind
from sperm_viewer.session.session import Session
from sperm_viewer.session.verify import verify


@pytest.fixture
def session(tmp_path: Path) -> Session:
    path = fields_session(tmp_path / "session.spermview", tmp_path / "A", ["a.png", "b.png"])
    with Session.open(path) as opened:
        yield opened


def test_the_images_of_the_slide_are_to_be_scored_again_as_what_they_are(session: Session) -> None:
    assert image_kind(session, 1) is None
    assert image_hints(session) == {}
    set_image_kind(session, 1, ImageKind.CROP, "Ana")
    assert image_kind(session, 1) is ImageKind.CROP
    assert [hints.kind for hints in image_hints(session).values()] == [ImageKind.CROP] * 2
    assert len(session.pending()) == 2
    assert session.cell_ids() == []
    assert verify(session.path).problems == ()


def test_the_heads_that_a_person_outlined_stay_those_of_a_field_and_not_of_a_crop(session: Session) -> None:
    HeadEdits(session).replace(HeadEdit.REMOVE, [1], [], "Ana")
    set_image_kind(session, 1, ImageKind.FIELD, "Ana")
    heads = [hints.heads for hints in image_hints(session).values()]
    assert [len(each.heads) if each else None for each in heads] == [3, None]
    set_image_kind(session, 1, ImageKind.CROP, "Ana")
    assert [hints.heads for hints in image_hints(session).values()] == [None, None]


def test_to_say_what_is_known_already_scores_nothing_again(session: Session) -> None:
    set_image_kind(session, 1, None, "Ana")
    assert session.pending() == []
    assert session.rows("SELECT count(*) FROM audit WHERE kind = 'image-kind'") == [(0,)]
