"""The readings of a session: which were begun, whose they are, and which cells belong to each."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from sperm_viewer.domain.errors import SessionError
from sperm_viewer.domain.reading import NewReading, Reading, ReadingKind
from sperm_viewer.domain.verdict import How, Verdict, Why
from sperm_viewer.session.decoding import decoder, texts
from sperm_viewer.session.rows import to_anomalies
from sperm_viewer.session.session import Session

FIRST = 1
"""The id of the first reading."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_MANY = 500

Given = Mapping[int, Mapping[int, Verdict]]
"""The verdicts in force that have a class: cell -> reading -> verdict."""


def readings(session: Session) -> list[Reading]:
    """All readings in the order in which they were begun; the first is always among them. Raises SessionError."""
    rows = session.rows("SELECT id, kind, reader, share, seed, blind, repeats, created FROM readings ORDER BY id")
    return [
        Reading(number, ReadingKind(kind), reader, share, seed, bool(blind), repeats, created)
        for number, kind, reader, share, seed, blind, repeats, created in rows
    ]


def reader_names(begun: Sequence[Reading]) -> dict[int, str]:
    """What the reader of each reading is called, by its id: `second reader`, `first reader again`, `adjudicator`."""
    names: dict[int, str] = {}
    independent = [each for each in begun if each.kind in (ReadingKind.FIRST, ReadingKind.FURTHER)]
    for number, reading in enumerate(independent):
        names[reading.id] = f"{_ORDINALS[number]} reader" if number < len(_ORDINALS) else f"reader {number + 1}"
    taken: Counter[str] = Counter()
    for reading in begun:
        if reading.id not in names:
            again = reading.kind is ReadingKind.REPEAT
            name = f"{names[reading.origin]} again" if again else "adjudicator"
            taken[name] += 1
            names[reading.id] = f"{name} ({taken[name]})" if taken[name] > 1 else name
    return {reading.id: names[reading.id] for reading in begun}


def given_verdicts(session: Session) -> Given:
    """The verdicts with a class of all readings, those accepted in bulk too. Raises SessionError."""
    found: defaultdict[int, dict[int, Verdict]] = defaultdict(dict)
    for cell, reading, *verdict in session.rows(
        "SELECT c.cell_id, c.reading, v.class, v.reader, v.at, v.note, v.anomalies, v.how, v.why"
        " FROM current_verdicts c JOIN verdicts v ON v.id = c.verdict_id WHERE v.class <> ''"
        " ORDER BY c.cell_id, c.reading"
    ):
        found[cell][reading] = _verdict(*verdict)
    return found


def verdicts_in(session: Session, reading: int, cells: Sequence[int]) -> dict[int, Verdict]:
    """The verdicts in force of one reading on these cells, those without a class too. Raises SessionError."""
    found: dict[int, Verdict] = {}
    for start in range(0, len(cells), _MANY):
        part = cells[start : start + _MANY]
        rows = session.rows(
            "SELECT c.cell_id, v.class, v.reader, v.at, v.note, v.anomalies, v.how, v.why"
            " FROM current_verdicts c JOIN verdicts v ON v.id = c.verdict_id"
            f" WHERE c.reading = ? AND c.cell_id IN ({','.join('?' * len(part))})",
            (reading, *part),
        )
        found.update((row[0], _verdict(*row[1:])) for row in rows)
    return found


@decoder
def _verdict(class_name: str, reader: str, at: str, note: str, anomalies: str | None, how: str, why: str) -> Verdict:
    texts(class_name, reader, at, note)
    return Verdict(class_name, reader, at, note, to_anomalies(anomalies), How(how), Why(why))


def begin_reading(session: Session, asked: NewReading) -> Reading:
    """Begins a reading and returns it.

    Raises SessionError if the reader would be on both sides of an agreement, if there is no cell to read, or if the
    session can't be written.
    """
    begun = readings(session)
    repeats = None
    if asked.kind is ReadingKind.REPEAT:
        repeats = _to_repeat(session, asked.reader, begun)
    else:
        _refuse_own(session, asked.reader, begun)
    number, seed = max(each.id for each in begun) + 1, random.SystemRandom().randrange(1 << 31)
    reading = Reading(number, asked.kind, asked.reader, asked.share, seed, asked.blind, repeats, "")
    if not cells_of(session, reading):
        differ = asked.kind is ReadingKind.ADJUDICATION
        why = "no two readers differ on a cell that both read" if differ else "no cell was scored yet"
        raise SessionError(f"{session.path}: there is nothing to read, since {why}.")
    with session.writing("begin the reading") as trail:
        body = {"id": number, "kind": str(asked.kind), "reader": asked.reader, "share": asked.share}
        trail.append("reading", body | {"seed": seed, "blind": int(asked.blind), "repeats": repeats}, asked.reader)
    return readings(session)[-1]


def cells_of(session: Session, reading: Reading) -> list[int]:
    """The cells of a reading in the order in which they are read. Raises SessionError."""
    cells, given = session.readable(), given_verdicts(session)
    if reading.kind is ReadingKind.REPEAT:
        cells = [cell for cell in cells if _read_by(given, cell, reading.origin, reading.reader)]
    elif reading.kind is ReadingKind.ADJUDICATION:
        sides = {each.id for each in readings(session) if each.kind in (ReadingKind.FIRST, ReadingKind.FURTHER)}
        cells = [cell for cell in cells if len(_classes(given, cell, sides)) > 1]
    return reading.drawn(cells, {cell for cell, verdicts in given.items() if reading.id in verdicts})


def unread_cells_of(session: Session, reading: Reading) -> list[int]:
    """The cells of a reading that have no class in it yet, in its order. Raises SessionError."""
    unread = set(session.readable(unread_in=reading.id))
    return [cell for cell in cells_of(session, reading) if cell in unread]


def own_reading(session: Session, cell: int, reading: int, reader: str) -> Reading | None:
    """Another reading in which this person gave this cell a class, so that a class from them would meet itself.

    None for a repeat, which compares a reader with themselves.
    """
    begun = {each.id: each for each in readings(session)}
    if len(begun) == 1 or begun[reading].kind is ReadingKind.REPEAT:
        return None
    rows = session.rows(
        "SELECT DISTINCT reading FROM verdicts WHERE cell_id = ? AND reader = ? AND class <> '' AND reading <> ?"
        " ORDER BY reading",
        (cell, reader, reading),
    )
    return next((begun[row[0]] for row in rows if begun[row[0]].kind is not ReadingKind.REPEAT), None)


def _to_repeat(session: Session, reader: str, begun: Sequence[Reading]) -> int:
    given = given_verdicts(session)
    for reading in begun:
        if reading.kind is not ReadingKind.REPEAT and any(_read_by(given, cell, reading.id, reader) for cell in given):
            return reading.id
    raise SessionError(f"{session.path}: {reader} has read no cell yet, so there is nothing to repeat. Read first.")


def _refuse_own(session: Session, reader: str, begun: Sequence[Reading]) -> None:
    names = reader_names(begun)
    for reading in begun:
        if reading.kind is not ReadingKind.REPEAT and reader in _took_part(session, reading):
            raise SessionError(
                f"{session.path}: {reader} is the {names[reading.id]} already, and can't be on both sides of an "
                "agreement. Let another person read, or begin a repeat of your own reading."
            )


def _took_part(session: Session, reading: Reading) -> Iterator[str]:
    """Everyone who gave a verdict in a reading, a withdrawn one too: they saw the cells, and perhaps the answers."""
    if reading.reader:
        yield reading.reader
    rows = session.rows("SELECT DISTINCT reader FROM verdicts WHERE reading = ? AND class <> ''", (reading.id,))
    yield from (row[0] for row in rows)


def _read_by(given: Given, cell: int, reading: int, reader: str) -> bool:
    verdict = given.get(cell, {}).get(reading)
    return verdict is not None and verdict.reader == reader and verdict.how is not How.BULK


def _classes(given: Given, cell: int, sides: Collection[int]) -> set[str]:
    """The classes of a cell in these readings; accepting an answer in bulk is not reading."""
    verdicts = given.get(cell, {}).items()
    return {each.class_name for reading, each in verdicts if reading in sides and each.how is not How.BULK}
