"""The CSV files: what stands in them, and that a spreadsheet can't be made to run any of it."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest
from cells import failed, scored, session_with

from sperm_viewer import __version__
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.flags import Flag
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.domain.reading import NewReading, ReadingKind
from sperm_viewer.domain.sample import SampleOrigin
from sperm_viewer.domain.verdict import Decision
from sperm_viewer.reports.csv_tables import SampleShare, harmless, write_cells, write_samples, write_slides
from sperm_viewer.session.readings import begin_reading
from sperm_viewer.session.review import Review


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def test_cells_csv_has_the_promised_columns_and_values(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a2.png", "a10.png", "b.png"])
    with session:
        session.record([failed(refs[2]), scored(refs[1], (0.45, 0.35, 0.2), frozenset({Flag.CUT}), "Not sure.")])
        session.record([scored(refs[0], (2 / 3, 1 / 3, 0.0))])
        write_cells(session, tmp_path / "cells.csv")
    assert (tmp_path / "cells.csv").read_bytes().startswith(b"\xef\xbb\xbfsample,slide,file,page,sha256,status,class,")
    first, second, third = _rows(tmp_path / "cells.csv")
    assert ",".join(first) == (
        "sample,slide,file,page,sha256,status,class,confidence,p_normal,p_tapered,p_non-sperm,"
        "heat_acrosome,heat_postacrosome,heat_neck,heat_outside,flags,reason,verdict,reviewer,"
        "reviewed_at,final_class,model,model_sha256,app_version,note,anomalies,second_verdict,second_reviewer,"
        "second_reviewed_at,second_note,second_anomalies,cell,box_x,box_y,box_width,box_height,angle,"
        "length_px,width_px,area_px2,perimeter_px,length_um,width_um,area_um2,perimeter_um,"
        "ellipticity,elongation,regularity,rugosity,symmetry,acrosome_share,outlined_by"
    )
    assert [row["file"] for row in (first, second, third)] == ["a2.png", "a10.png", "b.png"]
    assert (first["p_normal"], first["p_non-sperm"], first["confidence"]) == ("0.666667", "0.000000", "0.666667")
    assert (second["status"], second["class"], second["final_class"], second["flags"], second["reason"]) == (
        "referred",
        "normal",
        "refer",
        "cut",
        "Not sure.",
    )
    assert (third["status"], third["class"], third["p_normal"], third["final_class"], third["reason"]) == (
        "failed",
        "",
        "",
        "",
        "The file is empty.",
    )
    assert {row["app_version"] for row in (first, second, third)} == {__version__}
    assert {row["model"] for row in (first, second, third)} == {"made-up"}


def test_what_both_readers_said_stands_beside_the_prediction(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png", "b.png"])
    with session:
        ids = session.record([scored(ref) for ref in refs])
        first = Decision("tapered", "=bent", frozenset({"tail-coiled", "head-tapered"}))
        Review(session).decide({ids[0]: first}, "Ada")
        second = begin_reading(session, NewReading(ReadingKind.FURTHER, "@Bo"))
        Review(session, second.id).decide({ids[0]: Decision("normal")}, "@Bo")
        write_cells(session, tmp_path / "cells.csv")
    read, unread = _rows(tmp_path / "cells.csv")
    assert (read["class"], read["verdict"], read["reviewer"], read["final_class"]) == (
        "normal",
        "tapered",
        "Ada",
        "tapered",
    )
    assert (read["note"], read["anomalies"]) == ("'=bent", "head-tapered tail-coiled")
    assert (read["second_verdict"], read["second_reviewer"], read["second_note"]) == ("normal", "'@Bo", "")
    assert {unread[name] for name in ("verdict", "note", "anomalies", "second_verdict", "second_reviewed_at")} == {""}


@pytest.mark.parametrize(
    "name",
    [
        "=1+1.png",
        "+x.png",
        "-x.png",
        "@SUM(A1).png",
        "\tx.png",
        " =1.png",
        "\u00a0=1.png",
        "＝1.png",
        "\ufeff@x.png",
        "\n=1.png",
    ],
)
def test_names_that_a_spreadsheet_would_run_get_an_apostrophe(tmp_path: Path, name: str) -> None:
    session, (ref,) = session_with(tmp_path, [name])
    with session:
        session.record([scored(ref)])
        write_cells(session, tmp_path / "cells.csv")
    assert _rows(tmp_path / "cells.csv")[0]["file"] == "'" + name


def test_ordinary_names_stay_as_they_are() -> None:
    assert [harmless(name) for name in ("a=b.png", "x-1.png", "'quoted'.png")] == ["a=b.png", "x-1.png", "'quoted'.png"]


def test_line_breaks_and_quotes_in_names_survive(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, ['two\nlines, "quoted".png'])
    with session:
        session.record([scored(ref)])
        write_cells(session, tmp_path / "cells.csv")
    assert _rows(tmp_path / "cells.csv")[0]["file"] == 'two\nlines, "quoted".png'


@pytest.mark.skipif(sys.platform == "win32", reason="names on Windows are Unicode")
def test_a_name_that_is_not_unicode_does_not_stop_the_export(tmp_path: Path) -> None:
    session, (ref,) = session_with(tmp_path, [os.fsdecode(b"head\xff.png")])
    with session:
        session.record([scored(ref)])
        write_cells(session, tmp_path / "cells.csv")
    assert _rows(tmp_path / "cells.csv")[0]["file"] == "head\\udcff.png"


def test_percentages_are_of_sperm_and_say_of_how_many(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{i}.png" for i in range(6)])
    with session:
        session.record([scored(refs[0]), scored(refs[1]), scored(refs[2], (0.1, 0.8, 0.1))])
        session.record([scored(refs[3], (0, 0, 1.0)), scored(refs[4], reason="not sure"), failed(refs[5])])
        write_slides(session, tmp_path / "slides.csv")
    (row,) = _rows(tmp_path / "slides.csv")
    assert (row["crops"], row["scored"], row["referred"], row["failed"]) == ("6", "4", "1", "1")
    assert (row["n_normal"], row["n_tapered"], row["n_non-sperm"], row["sperm"]) == ("2", "1", "1", "3")
    assert (row["percent_normal"], row["percent_tapered"]) == ("66.67", "33.33")
    assert "percent_non-sperm" not in row


def test_slides_count_what_people_decided(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, [f"{i}.png" for i in range(4)])
    with session:
        ids = session.record([scored(refs[0]), scored(refs[1]), scored(refs[2], reason="not sure"), scored(refs[3])])
        said = zip(ids[1:], ("tapered", "tapered", "non-sperm"), strict=True)
        Review(session).decide({cell: Decision(name) for cell, name in said}, "Ada")
        write_slides(session, tmp_path / "slides.csv")
    (row,) = _rows(tmp_path / "slides.csv")
    assert (row["scored"], row["referred"]) == ("3", "1")
    assert (row["read"], row["accepted_in_bulk"]) == ("0", "3")
    assert (row["n_normal"], row["n_tapered"], row["n_non-sperm"], row["sperm"]) == ("1", "2", "1", "3")
    assert (row["percent_normal"], row["percent_tapered"]) == ("33.33", "66.67")


def test_slides_of_one_name_are_counted_apart_under_their_samples(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"], "A")
    other = ImageRef("A", tmp_path / "P-2" / "A" / "a.png")
    with session:
        session.add_slide("A", other.path.parent, [other], SampleOrigin("P-2", tmp_path / "P-2"))
        session.record([scored(refs[0]), scored(other, (0.1, 0.8, 0.1))])
        write_cells(session, tmp_path / "cells.csv")
        write_slides(session, tmp_path / "slides.csv")
    assert [(row["sample"], row["slide"], row["final_class"]) for row in _rows(tmp_path / "cells.csv")] == [
        ("A", "A", "normal"),
        ("P-2", "A", "tapered"),
    ]
    assert [(row["sample"], row["slide"], row["percent_normal"]) for row in _rows(tmp_path / "slides.csv")] == [
        ("A", "A", "100.00"),
        ("P-2", "A", "0.00"),
    ]


def test_samples_csv_gives_a_share_per_sample_or_the_reason_why_not(tmp_path: Path) -> None:
    session, _ = session_with(tmp_path, ["a.png"], "=A")
    shares = {
        1: SampleShare(212, 40, 3, 0.04321, 0.02, 0.071),
        2: SampleShare(12, 12, 0, 0.25, 0.09, 0.53, ("Fewer than 30 sperm were counted.", "The slides disagree.")),
    }
    with session:
        for slide in ("B", "C"):
            session.add_slide(slide, tmp_path / slide, [], SampleOrigin("P-2"))
        write_samples(session, shares.__getitem__, tmp_path / "samples.csv")
    assert (tmp_path / "samples.csv").read_text("utf-8-sig").splitlines() == [
        "sample,slides,sperm,read,referred_unread,normal_estimate,normal_low,normal_high,headline,reason",
        "'=A,1,212,40,3,0.0432,0.0200,0.0710,estimate,",
        "P-2,2,12,12,0,,,,withheld,Fewer than 30 sperm were counted. The slides disagree.",
    ]


def test_a_slide_without_sperm_has_no_percentages(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    with session:
        session.record([failed(refs[0])])
        write_slides(session, tmp_path / "slides.csv")
    (row,) = _rows(tmp_path / "slides.csv")
    assert (row["sperm"], row["percent_normal"]) == ("0", "")


def test_a_file_that_cannot_be_written_is_told_and_the_old_one_stays(tmp_path: Path) -> None:
    session, refs = session_with(tmp_path, ["a.png"])
    blocked = tmp_path / "cells.csv"
    blocked.mkdir()
    with session:
        session.record([scored(refs[0])])
        with pytest.raises(SpermViewerError, match=r"cells\.csv"):
            write_cells(session, blocked)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.csv", "session.spermview"]
