"""The plan asks for the cells that tell most, mixes in audit cells, and says when to stop."""

from __future__ import annotations

import time

import numpy as np
import pytest
from outcome_counts import CALLED_NORMAL, REFERRED, SMIDS, draw_cells, reading_of

from sperm_viewer.statistics.headline import headline
from sperm_viewer.statistics.outcomes import OutcomeCounts, SampleCounts
from sperm_viewer.statistics.reading_plan import MOST_READ, STEP, ReadingPlan, reading_plan


def _cells(normal: int, sperm: int, debris: int, seed: int) -> np.ndarray:
    return draw_cells({"normal": normal, "abnormal": sperm - normal, "non-sperm": debris}, np.random.default_rng(seed))


def _follow(cells: np.ndarray, seed: int) -> tuple[list[ReadingPlan], SampleCounts]:
    rng = np.random.default_rng(seed)
    read, unread, plans = np.zeros_like(cells), cells.copy(), []
    while True:
        counts = SampleCounts(
            tuple(
                OutcomeCounts(int(unread[:, m].sum()), dict(zip(SMIDS.classes, read[:, m].tolist(), strict=True)))
                for m in range(11)
            )
        )
        plans.append(reading_plan(SMIDS, counts))
        if not plans[-1].next_cells:
            return plans, counts
        for cell in plans[-1].next_cells:
            true = rng.choice(3, p=unread[:, cell.outcome] / unread[:, cell.outcome].sum())
            unread[true, cell.outcome] -= 1
            read[true, cell.outcome] += 1


def test_few_normal_the_cells_called_normal_come_first() -> None:
    plan = reading_plan(SMIDS, reading_of(_cells(8, 200, 50, 1), ()))
    assert plan.order[0] in CALLED_NORMAL
    assert set(plan.order[-3:]) <= set(range(3, 9))
    assert list(plan.gains) == sorted(plan.gains, reverse=True)
    assert all(0 <= gain <= 1 for gain in plan.gains)


def test_each_step_ends_with_an_audit_cell_that_the_model_was_sure_of() -> None:
    plans, _ = _follow(_cells(20, 200, 50, 2), 2)
    for plan in plans[:-1]:
        assert len(plan.next_cells) == STEP
        assert [cell.audit for cell in plan.next_cells] == [False] * (STEP - 1) + [True]
        assert plan.next_cells[-1].outcome not in REFERRED


def test_audit_cells_are_as_likely_of_an_outcome_as_it_has_unread_cells() -> None:
    plans = [reading_plan(SMIDS, reading_of(_cells(20, 100, 100, seed), ())) for seed in range(100)]
    audited = [plan.next_cells[-1].outcome for plan in plans]
    debris = np.mean([outcome >= 6 for outcome in audited])
    # Of 100 non-sperm 79 are answered with confidence, of 100 sperm 70.
    assert 0.4 < debris < 0.66


@pytest.mark.parametrize("normal", [2, 4, 8, 20])
def test_forty_cells_give_an_interval_at_most_a_fifth_wider_than_reading_all(normal: int) -> None:
    widths, whole, read = [], [], []
    for seed in range(8):
        cells = _cells(normal, 200, 50, 10 * normal + seed)
        _, counts = _follow(cells, seed)
        planned, full = headline(SMIDS, counts), headline(SMIDS, reading_of(cells, range(11)))
        assert planned.low is not None
        assert planned.high is not None
        assert full.low is not None
        assert full.high is not None
        widths.append(planned.high - planned.low)
        whole.append(full.high - full.low)
        read.append(planned.read)
    assert max(read) <= MOST_READ
    assert np.mean(widths) <= 1.2 * np.mean(whole)


def test_it_ends_when_reading_the_rest_would_gain_less_than_a_tenth_of_the_counting_error() -> None:
    plans, _ = _follow(_cells(2, 200, 0, 3), 3)
    assert plans[-1].read < MOST_READ
    for plan in plans:
        low, high = plan.if_all_read
        gained = (plan.high - plan.low) / (high - low) - 1
        assert plan.enough == (gained < 0.1)


def test_it_goes_on_past_forty_cells_while_the_headline_would_be_withheld_for_its_width() -> None:
    debris, unsure = OutcomeCounts(0, {"non-sperm": 20}), OutcomeCounts(200)
    counts = SampleCounts((OutcomeCounts(),) * 6 + (debris,) * 3 + (unsure, OutcomeCounts()))
    assert any("in the order of the reading plan" in reason for reason in headline(SMIDS, counts).withheld)
    plan = reading_plan(SMIDS, counts)
    assert plan.read > MOST_READ
    assert [cell.outcome for cell in plan.next_cells] == [9] * STEP


def test_with_every_cell_read_there_is_nothing_to_read() -> None:
    plan = reading_plan(SMIDS, reading_of(_cells(2, 30, 0, 3), range(11)))
    assert (plan.enough, plan.next_cells, plan.order, plan.unread) == (True, (), (), 0)


def test_it_says_what_was_read_and_what_reading_all_would_give() -> None:
    plan = ReadingPlan(0.021, 0.04, 0.069, (0.0211, 0.0662), 37, 163, 198, (), (), (), True)
    assert plan.words == ("37 read, 163 left to the model: 2% to 7%; reading all is expected to give about 2% to 7%")


def test_a_step_of_four_hundred_cells_takes_well_under_a_second() -> None:
    counts = reading_of(_cells(40, 320, 80, 4), ())
    began = time.process_time()
    reading_plan(SMIDS, counts)
    assert time.process_time() - began < 0.5
