"""The number of a sample's report: which one was authorised, and whether this one amends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sperm_viewer.reports.report_data import Figures, ReportState, SlideReport
from sperm_viewer.reports.wording import interval, percent
from sperm_viewer.session.authorise import authorisations, changes_since
from sperm_viewer.session.session import Session
from sperm_viewer.statistics.headline import Headline


def report_state(session: Session, sample: int, figures: Mapping[str, str]) -> ReportState:
    """The state of the report with these figures, by name. What is written to the sample after it was authorised makes
    the next report an amended one, and so do other figures, which another version of the program may give.
    """
    last = next(reversed(authorisations(session, sample)), None)
    if last is None:
        return ReportState(1, None, None, (), ())
    changes = changes_since(session, sample, last)
    differ = tuple(
        (name, last.figures.get(name, "–"), figures.get(name, "–"))
        for name in dict.fromkeys((*last.figures, *figures))
        if last.figures.get(name) != figures.get(name)
    )
    if changes or differ:
        return ReportState(last.number + 1, None, last, changes, differ)
    return ReportState(last.number, last, None, (), ())


def figures_in_words(headline: Headline | None, slides: Sequence[SlideReport], total: Figures | None) -> dict[str, str]:
    """The figures of a sample that an authorisation freezes, by name, as a report prints them."""
    found = {"Headline": headline_in_words(headline)}
    parts = [(f"Slide {slide.name}", slide.figures) for slide in slides]
    if total and len(slides) > 1:
        parts.append(("All slides", total))
    for where, figures in parts:
        counts = figures.counts
        found[f"{where}: sperm"] = f"{counts.final.sperm:,}"
        for name in counts.final.classes:
            share = f"{percent(name.percent)}; {interval(name.low, name.high)}"
            found[f"{where}: {name.name}"] = f"{name.count:,} ({share})"
        found[f"{where}: read, accepted in bulk"] = f"{counts.read:,}, {counts.in_bulk:,}"
        found[f"{where}: referred without a class, failed"] = f"{counts.final.unresolved:,}, {counts.failed:,}"
    return found


def headline_in_words(headline: Headline | None) -> str:
    """`4% (2% to 7%)`, or that it is withheld."""
    if headline is None:
        return "none"
    return headline.printed.words if headline.printed else "withheld"
