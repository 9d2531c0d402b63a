"""The command line: exit codes, messages in words, and runs that go on where they stopped."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from odd_files import write_odd_folder
from PIL import Image
from rendered_slide import write_rendered_slide

from sperm_viewer import __version__
from sperm_viewer.domain.cell import CellFailed
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell
from sperm_viewer.system import paths


def run(*arguments: str | Path, answer: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sperm_viewer", *map(str, arguments)]
    return subprocess.run(command, input=answer, capture_output=True, text=True, check=False, encoding="utf-8")


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "cells.csv").open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rendered_slide(tmp_path_factory.mktemp("demo") / "slide")


@pytest.fixture(scope="module")
def demo_out(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scored") / "out"
    assert run("score", demo, "--out", out, "--heatmaps").returncode == 0
    return out


def test_the_demo_slide_is_scored_and_referred_as_drawn(demo_out: Path) -> None:
    found = rows(demo_out)
    assert len(found) == 49
    assert {row["status"] for row in found} == {"referred", "failed"}
    assert all("unlike" in row["flags"].split() for row in found if row["status"] == "referred")
    assert [row["file"] for row in found if row["status"] == "failed"] == ["cell_049.png"]
    flags = {flag for row in found for flag in row["flags"].split()}
    assert flags >= {"focus", "no-head", "cut", "several"}


def test_fine_heatmaps_are_written_on_request_and_the_word_alone_takes_no_folder_for_a_kind(
    demo: Path, tmp_path: Path
) -> None:
    crop = demo / "cell_001.png"
    written = []
    for out, how in (("coarse", ("--heatmaps", crop)), ("fine", (crop, "--heatmaps", "fine"))):
        assert run("score", *how, "--out", tmp_path / out).returncode == 0
        (file,) = (tmp_path / out / "heatmaps").glob("*/*/*.png")
        written.append(file.read_bytes())
        assert json.loads((tmp_path / out / "run.json").read_text())["settings"]["heatmaps"] == out
    assert written[0] != written[1]


def test_a_run_leaves_what_it_promises(demo: Path, demo_out: Path) -> None:
    assert sorted(path.name for path in demo_out.iterdir()) == [
        "cells.csv",
        "heatmaps",
        "measurements.csv",
        "run.json",
        "samples.csv",
        "session.spermview",
        "slides.csv",
    ]
    record = json.loads((demo_out / "run.json").read_text())
    assert record["app_version"] == __version__
    assert record["model"]["name"] == "smids"
    assert record["counts"]["crops"] == 49
    assert record["counts"]["failed"] == 1
    assert record["device"] == "cpu"
    pictures = sorted((demo_out / "heatmaps" / "slide" / "slide").iterdir())
    assert len(pictures) == 48
    with Image.open(pictures[0]) as picture, Image.open(demo / pictures[0].name.removesuffix(".heatmap.png")) as crop:
        assert picture.size == crop.size


def test_nothing_is_written_beside_the_users_images(demo: Path, demo_out: Path) -> None:
    assert sorted(path.name for path in demo.iterdir()) == [f"cell_{n:03d}.png" for n in range(1, 50)]


def test_sixty_broken_and_odd_files_all_end_with_a_reason_a_person_understands(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    expected = write_odd_folder(tmp_path / "odd")
    assert len(expected) >= 60
    result = run("score", tmp_path / "odd", "--out", tmp_path / "out")
    assert result.returncode == 0
    assert "Traceback" not in result.stderr
    found = rows(tmp_path / "out")
    by_file: dict[str, list[dict[str, str]]] = {}
    for row in found:
        by_file.setdefault(row["file"].removeprefix("'"), []).append(row)
    left_out = {Path(path).name for path in json.loads((tmp_path / "out" / "run.json").read_text())["left_out"]}
    for name, outcome in expected.items():
        shown = name.encode("utf-8", "backslashreplace").decode()
        if outcome == "read":
            read = all(row["status"] in ("scored", "referred") for row in by_file[shown])
            # Some of the files are the same under two names.
            assert read or all("duplicate" in row["flags"].split() for row in by_file[shown]), name
        elif shown in by_file:
            assert all(row["status"] == "failed" and outcome in row["reason"] for row in by_file[shown]), name
        else:
            assert name in left_out, name
    for row in found:
        assert (row["status"] == "failed") <= bool(row["reason"])
        assert (row["status"] == "referred") <= bool(row["reason"])


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(demo: Path, demo_out: Path, tmp_path: Path) -> None:
    slide = tmp_path / "slide"
    shutil.copytree(demo, slide)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "sperm_viewer", "score", str(slide), "--out", str(out)]
    for seconds in (0.9, 1.1, 1.4):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
    assert run("score", slide, "--out", out).returncode == 0
    assert (out / "cells.csv").read_bytes() == (demo_out / "cells.csv").read_bytes()
    assert (out / "slides.csv").read_bytes() == (demo_out / "slides.csv").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are for POSIX")
def test_ctrl_c_stops_within_a_second_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    slide = tmp_path / "slide"
    slide.mkdir()
    first = slide / "0.png"
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(first)
    for number in range(1, 3000):
        (slide / f"{number}.png").hardlink_to(first)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "sperm_viewer", "score", str(slide), "--out", str(out)]
    # A shell starts a background job, such as these tests may be, so that it ignores Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while _scored(out) == 0:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        try:
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
        assert time.monotonic() - begun < 3, "a second, and room for a busy machine"
    assert process.returncode == 130
    assert "same command again" in told
    assert "Traceback" not in told
    assert 0 < _scored(out) < 3000


def _scored(out: Path) -> int:
    import sqlite3

    if not (out / "session.spermview").exists():
        return 0
    connection = sqlite3.connect(out / "session.spermview")
    try:
        return int(connection.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def test_the_same_command_again_scores_nothing_twice(demo: Path, demo_out: Path) -> None:
    before = (demo_out / "cells.csv").read_bytes()
    assert run("score", demo, "--out", demo_out).returncode == 0
    assert (demo_out / "cells.csv").read_bytes() == before


def test_a_run_is_not_gone_on_with_by_another_model_without_asking(demo: Path, demo_out: Path) -> None:
    before = (demo_out / "cells.csv").read_bytes()
    result = run("score", demo, "--out", demo_out, "--model", "hushem")
    assert result.returncode == 1
    assert "was scored with the model smids" in result.stderr
    assert (demo_out / "cells.csv").read_bytes() == before


def test_fresh_starts_over_only_after_a_yes(demo: Path, demo_out: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(demo_out, out)
    assert run("score", demo, "--out", out, "--fresh", "--model", "hushem", answer="n\n").returncode == 1
    assert rows(out)[0]["model"] == "smids"
    assert run("score", demo, "--out", out, "--fresh", "--model", "hushem", answer="y\n").returncode == 0
    assert rows(out)[0]["model"] == "hushem"


def test_fresh_with_nobody_to_ask_deletes_nothing_and_says_so(demo: Path, demo_out: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(demo_out, out)
    result = run("score", demo, "--out", out, "--fresh")
    assert result.returncode == 1
    assert "Nothing was deleted" in result.stderr
    assert (out / "cells.csv").read_bytes() == (demo_out / "cells.csv").read_bytes()


def test_a_file_that_could_not_be_read_is_tried_when_the_command_is_given_again(
    demo: Path, demo_out: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(demo_out, out)
    with Session.open(out / "session.spermview") as session:
        cell = session.cells(session.cell_ids())[1]
        session.record([CellFailed(cell.ref, "", "The drive was disconnected.")])
    assert run("score", demo, "--out", out).returncode == 0
    assert (out / "cells.csv").read_bytes() == (demo_out / "cells.csv").read_bytes()


def test_a_run_that_cannot_begin_leaves_nothing(demo: Path, tmp_path: Path) -> None:
    for wrong in (["--model", "nothing"], ["--device", "coreml"]):
        assert run("score", demo, "--out", tmp_path / "out", *wrong).returncode == 1
        assert not (tmp_path / "out").exists()


def test_a_run_that_finds_another_at_work_takes_nothing_away_from_it(demo: Path, tmp_path: Path) -> None:
    session_file = tmp_path / "out" / "session.spermview"
    with sole_writer(session_file), Session.create(session_file):
        for more in ([], ["--fresh"]):
            result = run("score", demo, "--out", tmp_path / "out", *more, answer="y\n")
            assert result.returncode == 1
            assert "another Sperm Viewer" in result.stderr
            assert session_file.exists()


def test_fresh_starts_over_where_the_session_is_damaged(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "session.spermview").write_bytes(b"not a session " * 400)
    assert run("score", demo / "cell_001.png", "--out", out).returncode == 1
    assert run("score", demo / "cell_001.png", "--out", out, "--fresh", answer="y\n").returncode == 0
    assert len(rows(out)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
@pytest.mark.parametrize("seconds", [0.35, 0.45, 0.55, 0.65, 0.75])
def test_a_run_killed_as_it_begins_can_be_begun_again(demo: Path, tmp_path: Path, seconds: float) -> None:
    arguments = ["score", str(demo / "cell_001.png"), "--out", str(tmp_path / "out")]
    with subprocess.Popen([sys.executable, "-m", "sperm_viewer", *arguments], stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.kill()
    assert run(*arguments).returncode == 0
    assert len(rows(tmp_path / "out")) == 1


def test_two_folders_of_one_name_are_two_slides(demo: Path, tmp_path: Path) -> None:
    for side in ("left", "right"):
        (tmp_path / side / "A").mkdir(parents=True)
        shutil.copy(demo / "cell_001.png", tmp_path / side / "A")
    assert run("score", tmp_path / "left", tmp_path / "right", "--out", tmp_path / "out").returncode == 0
    assert [(row["sample"], row["slide"]) for row in rows(tmp_path / "out")] == [("A", "A"), ("A (2)", "A")]


def test_without_out_results_go_to_a_folder_named_after_the_slide(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sperm_viewer.run.command import ScoreRequest, run_score
    from sperm_viewer.training.load import load_network

    monkeypatch.setattr(paths, "results_folder", lambda: tmp_path / "results")
    assert run_score(ScoreRequest([demo / "cell_001.png"], None, None, None, None, None, False, None, load_network))
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name.endswith(" slide")
    assert len(rows(folder)) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["score"], 2, "Missing argument"),
        (["score", "x", "--engine", "abacus"], 2, "onnx"),
        (["score", "nowhere-at-all"], 1, "nowhere-at-all"),
        (["score", "tests/cells.py", "--model", "nothing"], 1, "There is no model named 'nothing'"),
        (["train", "nowhere-at-all", "--name", "x", "--recipes", "smids"], 1, "nowhere-at-all"),
        (["train", "tests", "--name", "x"], 1, "--recipe"),
    ],
)
def test_what_cannot_run_says_why_and_exits_with_its_code(arguments: list[str], code: int, said: str) -> None:
    result = run(*arguments)
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="screens are asked for on Linux")
def test_the_window_without_a_screen_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "some-folder").mkdir()
    result = run(tmp_path / "some-folder")
    assert result.returncode == 1
    assert "sperm-viewer score" in result.stderr


def test_a_word_that_is_neither_command_nor_file_is_an_error_that_names_the_nearest_command() -> None:
    result = run("scroe")
    assert result.returncode == 2
    assert "Did you mean 'score'?" in result.stderr


def test_models_are_listed_with_their_figures() -> None:
    result = run("models")
    assert result.returncode == 0
    for name in ("smids", "hushem"):
        assert name in result.stdout
    assert "macro_f1" in result.stdout


def test_the_version_is_told() -> None:
    assert run("--version").stdout.strip() == f"sperm-viewer {__version__}"


@pytest.mark.parametrize("form", ["csv", "xlsx", "html", "pdf"])
def test_a_report_is_written_without_a_screen(demo_out: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"report.{form}"
    result = run("report", demo_out / "session.spermview", "--format", form, "--out", out, "--laboratory", "St. Brigid")
    tables = ("samples", "slides", "measurements")
    beside = [tmp_path / f"report-{table}.csv" for table in tables] if form == "csv" else []
    written = [out, *beside]
    assert (result.returncode, result.stdout.split()) == (0, [str(file) for file in written]), result.stderr
    assert out.read_bytes()[:4] in (b"\xef\xbb\xbfs", b"PK\x03\x04", b"<!do", b"%PDF")
    if form == "csv":
        assert out.read_bytes() == (demo_out / "cells.csv").read_bytes()
        for table, file in zip(tables, beside, strict=True):
            assert file.read_bytes() == (demo_out / f"{table}.csv").read_bytes()


def test_a_report_is_authorised_by_name_and_a_sample_is_reported_alone(demo_out: Path, tmp_path: Path) -> None:
    session, out = tmp_path / "copy.spermview", tmp_path / "report.html"
    shutil.copy(demo_out / "session.spermview", session)
    done = run("authorise", session, "--sample", "slide", "--by", "Dr. Eve")
    assert (done.returncode, "report 1 of sample 'slide' is authorised by Dr. Eve" in done.stdout) == (0, True)
    again = run("authorise", session, "--sample", "slide", "--by", "Dr. Eve")
    assert (again.returncode, "nothing has changed since" in again.stderr) == (1, True)
    chosen = ("--sample", "slide", "--section", "defects", "--section", "cells")
    assert run("report", session, "--format", "html", "--out", out, *chosen).returncode == 0
    text = out.read_text("utf-8")
    assert "authorised by Dr. Eve" in text
    assert "Cells of each class" not in text
    assert run("report", session, "--format", "html", "--out", out, "--sample", "P-1").returncode == 1


def test_verify_tells_a_changed_session_from_a_whole_one(demo_out: Path, tmp_path: Path) -> None:
    session = demo_out / "session.spermview"
    whole = run("verify", session)
    assert (whole.returncode, "Verified" in whole.stdout) == (0, True)
    changed = tmp_path / "changed.spermview"
    shutil.copy(session, changed)
    with closing(sqlite3.connect(changed)) as db:
        db.execute("UPDATE results SET class = 'normal' WHERE cell_id = (SELECT min(cell_id) FROM results)")
        db.execute("UPDATE results SET confidence = 1.0 WHERE cell_id = (SELECT min(cell_id) FROM results)")
        db.commit()
    found = run("verify", changed)
    assert found.returncode == 1
    assert "Row 1 of results" in found.stderr
    assert "Traceback" not in found.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["changed.spermview"]
