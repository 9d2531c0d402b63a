"""The samples and slides of a session as a CSV file that a person edits: written, and read back into the session.

A row is a slide, found again by its folder. What a person changes in it, the session takes over: the sample it belongs
to, its name, whether it is removed, and the details of sample and slide.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path

from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.domain.sample import Sample, SampleDetails, Slide
from sperm_viewer.reports.csv_tables import as_text, harmless, text_of
from sperm_viewer.session.arrange import Arrangement, SlidePlace
from sperm_viewer.session.lock import sole_writer
from sperm_viewer.session.session import Session
from sperm_viewer.session.typed_details import TypedSlide, as_typed, read_slide, sample_problems, slide_problems
from sperm_viewer.system.atomic_write import replacing

_SAMPLE_FIELDS = tuple(field.name for field in fields(SampleDetails))
_SLIDE_FIELDS = tuple(field.name for field in fields(TypedSlide))
COLUMNS = ("sample", "slide", "folder", "removed", *_SAMPLE_FIELDS, *_SLIDE_FIELDS)
_YES, _NO = ("yes", "true", "1"), ("", "no", "false", "0")

Row = dict[str, str]


def write_sample_list(session_file: Path, target: Path) -> None:
    """Writes the list. Raises SpermViewerError if the session can't be read or the file can't be written."""
    with Session.open(session_file, read_only=True) as session:
        listed = _rows(session)
    with replacing(target) as file, text_of(file) as text:
        rows = csv.DictWriter(text, COLUMNS)
        rows.writeheader()
        rows.writerows({key: harmless(value) for key, value in row.items()} for row in listed.values())


def change_samples(session_file: Path, source: Path, who: str) -> int:
    """Changes the session as the list says; returns how many slides it changed. Nothing is changed if a row is wrong.

    Raises SpermViewerError without a name, if the list can't be read or a value can't be stored, naming the row, or if
    the session is open elsewhere.
    """
    if not who.strip():
        raise SpermViewerError(f"{source}: a session is changed by a person. Give the name with --by.")
    with sole_writer(session_file), Session.open(session_file) as session:
        before = _rows(session)
        wanted = dict(_matched(source, before))
        places = Arrangement(session).places()
        details = {slide: TypedSlide(*(row[name] for name in _SLIDE_FIELDS)) for slide, row in wanted.items()}
        _refuse_problems(source, wanted, details)
        samples = _sample_details(source, wanted)
        arranged = {
            slide: SlidePlace(
                _kept(row, before[slide], "sample", places[slide].sample),
                _kept(row, before[slide], "slide", places[slide].name),
                _removed(source, row),
            )
            for slide, row in wanted.items()
        }
        Arrangement(session).arrange(arranged, who, _renamed(session.samples(), arranged))
        for slide, typed in details.items():
            if any(wanted[slide][name] != before[slide][name] for name in _SLIDE_FIELDS):
                session.set_slide_details(slide, read_slide(typed), who)
        for sample in session.samples():
            known = samples.get(sample.identifier, sample.details)
            if known != sample.details:
                session.set_sample_details(sample.id, known, who)
        after = _rows(session)
    return sum(after[slide] != row for slide, row in before.items())


def _rows(session: Session) -> dict[int, Row]:
    """The row of each slide, removed ones last."""
    return {
        slide.id: _row(sample, slide, removed)
        for removed in (False, True)
        for sample in session.samples(removed)
        for slide in sample.slides
    }


def _row(sample: Sample, slide: Slide, removed: bool) -> Row:
    own = {"sample": sample.identifier, "slide": slide.name, "folder": str(slide.folder)}
    details = asdict(sample.details) | asdict(as_typed(slide.details))
    return {key: as_text(text) for key, text in (own | {"removed": _YES[0] if removed else ""} | details).items()}


def _matched(source: Path, before: Mapping[int, Row]) -> Iterator[tuple[int, Row]]:
    """The rows of the file by slide; a column that the file lacks keeps its value."""
    slides = {row["folder"]: slide for slide, row in before.items()}
    seen = set()
    for number, row in _read(source):
        folder = row["folder"]
        if folder not in slides:
            raise SpermViewerError(
                f"{source}, row {number}: no slide of the session is in the folder '{folder}'. Write the list anew and "
                "leave its column 'folder' as it is."
            )
        if folder in seen:
            raise SpermViewerError(f"{source}, row {number}: the folder '{folder}' is listed twice. Delete one row.")
        seen.add(folder)
        yield slides[folder], {**before[slides[folder]], **row}


def _read(source: Path) -> list[tuple[int, Row]]:
    try:
        text = source.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpermViewerError(f"{source}: this list can't be read ({error}). Save it as CSV in UTF-8.") from error
    lines = text.splitlines(keepends=True)
    head = lines[0] if lines else ""
    # Spreadsheets separate by semicolons where the comma is the decimal sign.
    reader = csv.DictReader(lines, delimiter=";" if head.count(";") > head.count(",") else ",")
    unknown = sorted({name.strip() for name in reader.fieldnames or ()} - set(COLUMNS))
    if "folder" not in (reader.fieldnames or ()) or unknown:
        wrong = f"it has the column '{unknown[0]}'" if unknown else "it has no column 'folder'"
        raise SpermViewerError(f"{source}: this is no list of samples: {wrong}. Known columns: {', '.join(COLUMNS)}.")
    return [
        (number, {name: _plain(value or "") for name, value in row.items() if name in COLUMNS})
        for number, row in enumerate(reader, 2)
    ]


def _plain(text: str) -> str:
    """Without the apostrophe that `harmless` puts before a formula, and without surrounding spaces."""
    text = text.strip()
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def _kept(row: Row, before: Row, column: str, stored: str) -> str:
    """The text of the file; what is stored if nobody changed it, since invalid Unicode is escaped in the file."""
    return stored if row[column] == before[column] else row[column]


def _removed(source: Path, row: Row) -> bool:
    text = row["removed"].casefold()
    if text not in (*_YES, *_NO):
        raise SpermViewerError(
            f"{source}, folder '{row['folder']}': '{row['removed']}' in the column 'removed'. Write yes, or nothing."
        )
    return text in _YES


def _refuse_problems(source: Path, rows: Mapping[int, Row], details: Mapping[int, TypedSlide]) -> None:
    names = {slide: row["slide"] for slide, row in rows.items()}
    for problem in slide_problems(details, names):
        raise SpermViewerError(f"{source}, folder '{rows[problem.of]['folder']}': {problem.words}")


def _sample_details(source: Path, rows: Mapping[int, Row]) -> dict[str, SampleDetails]:
    """The details by identifier. Raises SpermViewerError if two rows of a sample differ."""
    found: dict[str, SampleDetails] = {}
    for row in rows.values():
        if _removed(source, row):
            continue
        details = SampleDetails(*(row[name] for name in _SAMPLE_FIELDS))
        if found.setdefault(row["sample"], details) != details:
            raise SpermViewerError(
                f"{source}: the rows of sample '{row['sample']}' differ in {', '.join(_SAMPLE_FIELDS)}. Write the same "
                "in each."
            )
    for identifier, details in found.items():
        for _, words in sample_problems(details, date.today()):
            raise SpermViewerError(f"{source}, sample '{identifier}': {words}")
    return found


def _renamed(samples: Sequence[Sample], wanted: Mapping[int, SlidePlace]) -> dict[int, str]:
    """The samples of which every slide got the same new identifier: they are renamed, and keep their details."""
    shown = {sample.identifier for sample in samples}
    renamed: dict[int, str] = {}
    for sample in samples:
        names = {wanted[slide.id].sample if slide.id in wanted else sample.identifier for slide in sample.slides}
        new = names.pop()
        if not names and new not in shown and new not in renamed.values():
            renamed[sample.id] = new
    return renamed
