"""The report of an evaluation counts groups, not predictions, and leaves no referral out."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the torch extra")

from sperm_viewer.training.measure_out_of_distribution import Distance, write_distances
from sperm_viewer.training.predictions import Predicted, write_predictions
from sperm_viewer.training.report import prediction_file, write_report
from sperm_viewer.training.tables import read_table

_MODELS = Path(__file__).parents[2] / "resources" / "models"


def _predict(path: Path, right: int, repeats: int = 1, a_group: int = 4) -> None:
    """A hundred crops of two classes, the first `right` of them right and sure, the others wrong and unsure."""
    rows = []
    for repeat in range(repeats):
        for i in range(100):
            label, wrong = "ab"[i % 2], "ba"[i % 2]
            sure, said = (4.0, label) if i < right else (1.0, wrong)
            logits = (sure, 0.0) if said == "a" else (0.0, sure)
            rows.append(Predicted(repeat, i % 5, f"{i:03d}.png", label, f"g{i // a_group}", logits))
    write_predictions(rows, ("a", "b"), path)


def _report(folder: Path, repeats: int, a_group: int = 4) -> str:
    _predict(prediction_file(folder, "best", "group"), 95, repeats, a_group=a_group)
    _predict(prediction_file(folder, "simple-cnn", "group"), 80, repeats, a_group=a_group)
    return write_report(folder, "group").read_text()


def _p(report: str) -> float:
    (line,) = (line for line in report.splitlines() if line.startswith("| best | simple-cnn |"))
    return float(line.split("|")[-2])


def test_repeats_make_no_difference_between_systems_surer(tmp_path: Path) -> None:
    """Crops 80 to 94 are right for one system alone: 15 groups of one crop, or 4 of up to four."""
    for name in ("one", "three", "grouped"):
        (tmp_path / name).mkdir()
    once = _p(_report(tmp_path / "one", repeats=1, a_group=1))
    assert once == pytest.approx(2 * 0.5**15, rel=0.05)
    assert _p(_report(tmp_path / "three", repeats=3, a_group=1)) == once
    assert _p(_report(tmp_path / "grouped", repeats=3)) == pytest.approx(2 * 0.5**4, rel=0.05)


def test_hushems_best_system_differs_from_the_plain_one_by_group_not_significantly() -> None:
    """Taken as independent, its three repeats gave p = 0.002."""
    report = (_MODELS / "hushem" / "evaluation" / "report.group.md").read_text()
    (line,) = (line for line in report.splitlines() if line.startswith("| best | efficientnetv2-b0+cbam |"))
    assert float(line.split("|")[-2]) == 0.14


def test_a_report_and_every_card_say_that_a_group_is_not_a_donor(tmp_path: Path) -> None:
    cards = [folder / "CARD.md" for folder in _MODELS.iterdir() if (folder / "evaluation").is_dir()]
    texts = [_report(tmp_path, 1), *(card.read_text("utf-8") for card in cards)]
    assert len(texts) > 4
    assert not [text[:60] for text in texts if "A group is not a donor" not in text]


def test_crops_referred_as_out_of_distribution_are_not_kept(tmp_path: Path) -> None:
    far = {"002.png", "007.png", "099.png"}
    distances = [Distance("own", f"{i:03d}.png", i % 5, 9.0 if f"{i:03d}.png" in far else 1.0) for i in range(100)]
    write_distances(distances, tmp_path / "unlike.csv")
    _report(tmp_path, 1)
    best = read_table(tmp_path / "figures.group.csv")[0]
    # Of 95 right and sure crops two are far, and of the five others one.
    assert float(best["kept"]) == pytest.approx(0.93)
    assert float(best["kept_accuracy"]) == 1.0


def test_the_kept_share_of_a_card_has_the_out_of_distribution_referrals_in_it() -> None:
    """Counted from the outcomes of all crops that the same card shows."""
    card = (_MODELS / "smids" / "CARD.md").read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in card.splitlines() if "confidence |" in line or "| referred as" in line]
    counts = {row[0].strip(): sum(map(int, row[1:])) for row in rows}
    kept = sum(count for outcome, count in counts.items() if "confidence" in outcome)
    assert f"| share kept | {kept / sum(counts.values()):.3f} |" in card


def test_the_kept_crops_of_each_class_have_an_interval_and_a_lower_bound(tmp_path: Path) -> None:
    """Of class a all of 48 are right in the first system; the second's errors are of the same confidence."""
    report = _report(tmp_path, 1)
    _, found, kept = report.partition("Of the kept crops")
    assert found
    row = next(line for line in kept.splitlines() if line.startswith("| a |"))
    assert "48 of 48, 1.000 (" in row
    low, lower = (float(row.split(mark)[1][:5]) for mark in ("1.000 (", ") | "))
    assert 0.7 < low < lower < 1


def test_the_calibration_error_has_its_sampling_error_beside_it(tmp_path: Path) -> None:
    _report(tmp_path, 3)
    best = {
        name: float(value) for name, value in read_table(tmp_path / "figures.group.csv")[0].items() if name[0] == "e"
    }
    assert set(best) == {"ece_raw", "ece", "ece_corrected", "ece_low_95", "ece_high_95"}
    assert best["ece_low_95"] <= best["ece_corrected"] <= best["ece_high_95"]
    assert best["ece_corrected"] <= best["ece"]


def test_a_report_made_again_is_the_same_to_the_byte(tmp_path: Path) -> None:
    assert "| best | 100 | 25 | 1 |" in _report(tmp_path, 1)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    made = {"figures.group.csv", "reliability.group.svg", "report.group.md", "risk-coverage.group.svg"}
    assert set(before) == {*made, "best.group.csv", "simple-cnn.group.csv"}
    write_report(tmp_path, "group")
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
