"""A slide from elsewhere is checked on cells drawn by chance, and the figures are of what stands."""

from __future__ import annotations

from pathlib import Path

from cells import failed, scored, session_with

from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.verdict import Decision, How
from sperm_viewer.session.review import Review
from sperm_viewer.session.session import Session
from sperm_viewer.session.spot_check import CELLS, begin_spot_check, spot_check_figures


def test_a_check_draws_cells_that_have_a_prediction_and_is_taken_up_again(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(80)])
    with session:
        ids = session.record(
            [failed(ref) if n % 4 == 0 else scored(ref, reason="unlike" * (n % 4 == 1)) for n, ref in enumerate(refs)]
        )
        check = begin_spot_check(session, 1, "Ada")
        assert len(set(check.cells)) == CELLS
        assert set(check.cells) <= {cell for n, cell in enumerate(ids) if n % 4}
        assert list(check.cells) != sorted(check.cells)
    with Session.open(tmp_path / "session.spermview") as again:
        assert begin_spot_check(again, 1, "Bo") == check


def test_a_small_slide_is_checked_whole_and_other_slides_are_left_alone(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png"])
    with session:
        session.add_slide("B", tmp_path / "B", [ImageRef("B", tmp_path / "B" / "x.png")])
        ids = session.record([*map(scored, refs), scored(ImageRef("B", tmp_path / "B" / "x.png"))])
        assert sorted(begin_spot_check(session, 1, "Ada").cells) == ids[:2]


def test_figures_follow_the_verdicts_and_their_undoing(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(10)])
    with session:
        session.record([scored(ref) for ref in refs])
        check = begin_spot_check(session, 1, "Ada")
        assert spot_check_figures(session, check).percent is None
        review = Review(session)
        for number, cell in enumerate(check.cells[:8]):
            review.decide({cell: Decision("normal" if number < 6 else "non-sperm")}, "Ada", How.BLIND)
        figures = spot_check_figures(session, check)
        assert (figures.cells, figures.labelled, figures.right, figures.percent) == (10, 8, 6, 75.0)
        # Wilson's interval of 6 out of 8, worked out by hand.
        assert (round(figures.low or 0, 1), round(figures.high or 0, 1)) == (40.9, 92.9)
        assert "6 of 8" in str(figures)
        review.undo("Ada")
        assert spot_check_figures(session, check).labelled == 7


def test_only_labels_given_without_the_models_answers_count(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{number}.png" for number in range(4)])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        check = begin_spot_check(session, 1, "Ada")
        Review(session).decide({ids[0]: Decision("normal")}, "Ada")
        Review(session).decide({ids[1]: Decision("normal"), ids[2]: Decision("normal")}, "Ada")
        Review(session).decide({ids[3]: Decision("tapered")}, "Ada", How.BLIND)
        figures = spot_check_figures(session, check)
        assert (figures.labelled, figures.right) == (1, 0)
