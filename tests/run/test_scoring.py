"""One run: what it stores, retries, reports and leaves, whoever drives it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from fake_failures import fails_with
from made_up import made_up_scoring, shelf, write_images

from sperm_viewer.domain.errors import EngineError, SessionHeldError, SpermViewerError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.imaging.discover import Discovery, LeftOut, SlideFound
from sperm_viewer.run import scoring
from sperm_viewer.run.events import EngineReady, Notice, Recorded, RunEvent, Stored
from sperm_viewer.run.results import result_files
from sperm_viewer.run.scoring import FoundImages, RunRequest, ScoringRun
from sperm_viewer.run.settle import Settled, Wanted
from sperm_viewer.session.session import Session


def found(folder: Path, count: int, name: str = "A") -> FoundImages:
    crops = tuple(ImageRef(name, folder / name / f"img_{number}.png") for number in range(count))
    left_out = (LeftOut(folder / name / "notes.txt", "it is not an image"),)
    return FoundImages(
        (folder / name,),
        Discovery((SlideFound(name, folder / name, crops, SampleOrigin(name, folder / name)),), left_out),
    )


def request(folder: Path, *images: FoundImages, scoring: bool = True, name: str = "session.spermview") -> RunRequest:
    return RunRequest(folder / name, Settled(shelf().folders[0]), Wanted(), images, scoring)


def ids(events: list[RunEvent]) -> list[int]:
    return [cell for event in events if isinstance(event, Recorded) for cell in event.ids]


def record(folder: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads((folder / "run.json").read_text())
    return read


def test_a_run_notes_when_it_started_and_leaves_its_tables_and_record(tmp_path: Path) -> None:
    events = list(ScoringRun(request(tmp_path, found(tmp_path, 12)), made_up_scoring()).events())
    assert isinstance(events[0], Stored)
    assert (events[0].crops, events[0].total) == (12, 12)
    assert len(ids(events)) == 12
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "cells.csv",
        "measurements.csv",
        "run.json",
        "samples.csv",
        "session.spermview",
        "slides.csv",
    ]
    with Session.open(tmp_path / "session.spermview") as session:
        assert session.note("started")
        assert session.note("started") == record(tmp_path)["started"]
    assert record(tmp_path)["left_out"] == {str(tmp_path / "A" / "notes.txt"): "it is not an image"}


def test_every_run_tries_unread_files_again(tmp_path: Path) -> None:
    list(ScoringRun(request(tmp_path, found(tmp_path, 20)), made_up_scoring()).events())
    events = list(ScoringRun(request(tmp_path), made_up_scoring()).events())
    # Of ten made-up files the last can't be read.
    assert events[0] == Stored(20, 2, 2)
    assert len(ids(events)) == 2


def test_a_run_that_is_closed_early_leaves_no_table_and_keeps_what_was_added(tmp_path: Path) -> None:
    list(ScoringRun(request(tmp_path, found(tmp_path, 5)), made_up_scoring()).events())
    run = ScoringRun(request(tmp_path, found(tmp_path, 50)), made_up_scoring())
    events = run.events()
    for event in events:
        if isinstance(event, Recorded):
            break
    run.add(found(tmp_path, 3, "B"))
    events.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run.json", "session.spermview"]
    assert record(tmp_path)["finished"] is None
    assert run.left_over() == ()
    with Session.open(tmp_path / "session.spermview") as session:
        assert session.image_count() == 53


def test_images_added_during_the_run_are_scored_and_stand_in_its_record(tmp_path: Path) -> None:
    run = ScoringRun(request(tmp_path, found(tmp_path, 10)), made_up_scoring())
    events: list[RunEvent] = []
    for event in run.events():
        events.append(event)
        if len(ids(events)) == 5 and isinstance(event, Recorded):
            run.add(found(tmp_path, 4, "B"))
    assert len(ids(events)) == 14
    assert [event.total for event in events if isinstance(event, Stored)] == [10, 14]
    settings = record(tmp_path)["settings"]
    assert isinstance(settings, dict)
    assert settings["paths"] == [str(tmp_path / "A"), str(tmp_path / "B")]


def test_without_scoring_images_are_stored_and_old_tables_go(tmp_path: Path) -> None:
    (tmp_path / "cells.csv").write_text("of fewer cells")
    assert list(ScoringRun(request(tmp_path, found(tmp_path, 3), scoring=False)).events()) == [Stored(3, 0)]
    assert [file.name for file in tmp_path.iterdir()] == ["session.spermview"]


def test_two_sessions_in_one_folder_never_replace_each_others_files(tmp_path: Path) -> None:
    list(ScoringRun(request(tmp_path, found(tmp_path, 3)), made_up_scoring()).events())
    before = (tmp_path / "cells.csv").read_bytes()
    other = request(tmp_path, found(tmp_path, 9), name="copy.spermview")
    list(ScoringRun(other, made_up_scoring()).events())
    assert (tmp_path / "cells.csv").read_bytes() == before
    assert result_files(other.session).cells.name == "copy cells.csv"
    assert result_files(other.session).cells.is_file()


def test_a_note_of_the_engine_is_reported_once_and_recorded(tmp_path: Path) -> None:
    def score(session, plan, selection):
        yield EngineReady("onnx", "cpu", ("The cuda device can't be used.",))
        yield EngineReady("onnx", "cpu", ("The cuda device can't be used.",))
        yield from made_up_scoring()(session, plan, selection)

    events = list(ScoringRun(request(tmp_path, found(tmp_path, 3)), score).events())
    assert [event for event in events if isinstance(event, Notice)] == [Notice("The cuda device can't be used.")]
    assert record(tmp_path)["notices"] == ["The cuda device can't be used."]
    assert record(tmp_path)["device"] == "cpu"


def test_an_engine_that_fails_ends_the_run_with_its_words_and_an_unfinished_record(tmp_path: Path) -> None:
    def broken(session, plan, selection):
        yield from ()
        raise EngineError("No such device.")

    with pytest.raises(EngineError, match="No such device"):
        list(ScoringRun(request(tmp_path, found(tmp_path, 3)), broken).events())
    assert record(tmp_path)["finished"] is None


def test_a_table_that_another_program_keeps_open_is_named(tmp_path: Path) -> None:
    (tmp_path / "cells.csv").mkdir()
    with pytest.raises(SpermViewerError, match=r"cells\.csv: can't be replaced.*Close it"):
        list(ScoringRun(request(tmp_path, found(tmp_path, 3)), made_up_scoring()).events())


def test_a_session_that_another_machine_holds_is_left_alone(tmp_path: Path) -> None:
    beat = "9999-01-01T00:00:00+00:00"
    holder = f'{{"user": "Bo", "host": "bench-2", "since": "{beat}", "beat": "{beat}"}}'
    (tmp_path / ".session.spermview.holder").write_text(holder)
    with pytest.raises(SessionHeldError):
        list(ScoringRun(request(tmp_path, found(tmp_path, 3)), made_up_scoring()).events())
    assert not (tmp_path / "session.spermview").exists()


def test_what_stopped_a_run_is_not_hidden_by_a_record_that_can_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "write_tables", fails_with(SpermViewerError("cells.csv: no space left.")))
    monkeypatch.setattr(scoring, "write_run", fails_with(SpermViewerError("run.json: no space left.")))
    with pytest.raises(SpermViewerError, match=r"^cells\.csv"):
        list(ScoringRun(request(tmp_path, found(tmp_path, 2)), made_up_scoring()).events())


def test_a_run_whose_folder_is_deleted_ends_with_an_error(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    run = ScoringRun(request(out, found(tmp_path, 2)), made_up_scoring())
    with pytest.raises(SpermViewerError, match=r"session\.spermview: this session was moved or deleted while it was"):
        _follow(run, out)
    assert not (out / "cells.csv").exists()
    assert not (out / "run.json").exists()


def _follow(run: ScoringRun, out: Path) -> None:
    for event in run.events():
        if isinstance(event, Recorded):
            shutil.rmtree(out)


def test_a_run_flags_images_that_are_there_twice_says_so_and_leaves_them_out_of_its_tables(tmp_path: Path) -> None:
    first = write_images(tmp_path / "A", 3)
    write_images(tmp_path / "B", 1)
    (first / "img_7.png").write_bytes((first / "img_1.png").read_bytes())
    crops = [ImageRef("A", first / f"img_{number}.png") for number in (0, 1, 2, 7)]
    slide = SlideFound("A", first, tuple(crops), SampleOrigin("A", first))
    events = list(
        ScoringRun(
            request(tmp_path, FoundImages((first,), Discovery((slide,), ())), found(tmp_path, 1, "B")),
            made_up_scoring(),
        ).events()
    )
    (notice,) = [event.text for event in events if isinstance(event, Notice)]
    assert "1 image of sample 'A' is there more than once and counted once." in notice
    assert "1 image of sample 'B' is in sample 'A' too." in notice
    with (tmp_path / "cells.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = {(row["slide"], row["file"]): row for row in csv.DictReader(lines)}
    assert rows["A", "img_7.png"]["status"] == "not-counted"
    assert rows["A", "img_7.png"]["flags"] == "duplicate"
    assert "other-sample" in rows["B", "img_0.png"]["flags"]
    assert rows["A", "img_1.png"]["status"] == "scored"
