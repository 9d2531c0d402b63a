"""Counting to a number: always whole fields, in an order that nobody chooses, and no further than asked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cells import MODEL, in_field, scored, session_with

from sperm_viewer.domain.cell import NON_SPERM, CellEvent, Place
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.run import scoring
from sperm_viewer.run.counting import Quota, enough_in_words, in_fair_order, select
from sperm_viewer.run.scoring import score_pending
from sperm_viewer.session.session import Session

_PLACES = [Place(60.0 * number, 30, 30, 40) for number in range(7)]


def _field(ref: ImageRef, sperm: int, debris: int = 0) -> list[CellEvent]:
    found = in_field(ref, *_PLACES[: sperm + debris])
    as_debris = scored(ref, (0.1, 0.1, 0.8)).prediction
    return [replace(event, prediction=as_debris) if n >= sperm else event for n, event in enumerate(found)]


@pytest.fixture
def fields(tmp_path: Path) -> tuple[Session, list[ImageRef]]:
    """Ten fields, each of whose files holds its number."""
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(10)])
    refs[0].path.parent.mkdir()
    for number, ref in enumerate(refs):
        ref.path.write_text(str(number))
    return session, refs


@pytest.fixture
def five_each(monkeypatch: pytest.MonkeyPatch) -> list[ImageRef]:
    """A pipeline that finds five sperm and two pieces of debris in each field; the fields that it was given."""
    given: list[ImageRef] = []

    def made_up(
        refs: Sequence[ImageRef], plan: ScoringPlan, hints, skip
    ) -> Generator[tuple[CellEvent, ...], None, None]:
        # As the real one: four images are on their way before the first one's answer is back.
        for start in range(0, len(refs), 4):
            asked = [ref for ref in refs[start : start + 4] if not skip(ref)]
            given.extend(asked)
            yield from (tuple(_field(ref, 5, 2)) for ref in asked)

    monkeypatch.setattr(scoring, "score", made_up)
    return given


def _run(session: Session, stop_at: int | None) -> None:
    selection = select(session, stop_at, by_arrival=False)
    list(score_pending(session, ScoringPlan(Path("none")), selection))


def test_counting_stops_after_the_field_that_reaches_the_number(
    fields: tuple[Session, list[ImageRef]], five_each: list[ImageRef]
) -> None:
    session, _ = fields
    with session:
        _run(session, 12)
        (slide,) = session.slides()
        assert (slide.sperm, slide.done, slide.crops) == (15, 3, 10)
        assert slide.cells == 21
        assert list(enough_in_words(session, 12)) == [
            "Counting stopped at 12 sperm: slide 'A-017' has 15 in 3 of 10 images, each counted as a whole."
        ]
        assert len(five_each) <= 4


def test_a_run_that_goes_on_counts_what_was_counted_before(
    fields: tuple[Session, list[ImageRef]], five_each: list[ImageRef]
) -> None:
    session, _ = fields
    with session:
        _run(session, 12)
        first = session.pending()
        _run(session, 12)
        assert session.pending() == first
        _run(session, 20)
        assert session.slides()[0].sperm == 20
        _run(session, None)
        assert session.pending() == []
        assert list(enough_in_words(session, 12)) == []


def test_fields_come_in_an_order_that_their_content_alone_decides(fields: tuple[Session, list[ImageRef]]) -> None:
    session, refs = fields
    session.close()
    order = [ref.path.read_text() for ref in in_fair_order(refs)]

    for ref, content in zip(refs, reversed(order), strict=True):
        ref.path.write_text(content)

    assert [ref.path.read_text() for ref in in_fair_order(refs)] == order
    assert order not in (sorted(order), sorted(order, reverse=True))


def test_slides_stay_together_in_the_fair_order(tmp_path: Path) -> None:
    refs = [ImageRef(name, tmp_path / name / f"{number}.png") for name in "BA" for number in range(5)]

    assert [ref.slide for ref in in_fair_order(refs)] == [*"BBBBB", *"AAAAA"]


def test_debris_cut_heads_and_failed_images_are_no_sperm(fields: tuple[Session, list[ImageRef]]) -> None:
    session, refs = fields
    with session:
        cut = in_field(refs[0], *_PLACES[:3], cut=[2])
        events = [*cut, *_field(refs[1], 1, 1)]
        session.record(events)
        quota = Quota(100)
        assert quota.take(cut)
        assert quota.take(events[3:])
        assert quota.counted == {refs[0].path.parent: 3}
        assert session.slides()[0].sperm == 3
    assert MODEL.classes[-1] == NON_SPERM
