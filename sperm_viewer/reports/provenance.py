"""The end of a sample's report: readers, method, model, settings, and the verification of the session's file."""

from __future__ import annotations

from collections.abc import Iterator

from sperm_viewer.domain.progress import counted
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.audit_cells import audit_cell_facts
from sperm_viewer.reports.page import Block, Facts, Heading, Paragraph, Table
from sperm_viewer.reports.report_data import ReportData, SampleReport
from sperm_viewer.reports.wording import interval, moment, percent
from sperm_viewer.session.field_heads import EditedHeads
from sperm_viewer.statistics.intervals import wilson

METHOD = (
    "Each crop is read, its head found and turned upright, and a window around it classified by the model. Cells below "
    "the model's probability threshold or unlike its training images are referred to a person."
)


def provenance(data: ReportData, sample: SampleReport) -> Iterator[Block]:
    yield Heading("How this was made")
    if sample.readers:
        yield Table(
            head=("Reader", "Reading", "From", "To", "Cells", "Read"),
            rows=tuple(
                (r.name, r.reading, moment(r.first), moment(r.last), f"{r.cells:,}", f"{r.read:,}")
                for r in sample.readers
            ),
            texts=4,
            widths=(3, 1.6, 2.4, 2.4, 0.9, 0.9),
            keep=True,
        )
        yield Paragraph(
            "Cells: those with a class from this reader. Read: those of them that were looked at one by one, not "
            "accepted in bulk. A reader's name is not a signature.",
            quiet=True,
        )
    else:
        yield Paragraph("No cell was read by a person.")
    if sample.edited.outlined or sample.edited.removed:
        yield Paragraph(_edited_text(sample.edited))
    yield Facts((("Method", METHOD), *model_facts(data), *data.settings, *app_facts(data)))
    yield Heading("Audit trail", level=2)
    yield Paragraph(verification_text(data), keep=True)
    yield Facts(audit_facts(data))


def _edited_text(edited: EditedHeads) -> str:
    """`2 heads were outlined by Ana. 1 head that the app found was removed or replaced by a person.`"""
    words = []
    if edited.outlined:
        were = "was" if edited.outlined == 1 else "were"
        words.append(f"{counted(edited.outlined, 'head')} {were} outlined by {', '.join(edited.people)}.")
    if edited.removed:
        were = "was" if edited.removed == 1 else "were"
        words.append(f"{counted(edited.removed, 'head')} that the app found {were} removed or replaced by a person.")
    return " ".join(words)


def model_facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    """The model, its measured performance and whether that holds in this laboratory, as names and values."""
    facts = [
        ("Model", data.model.id.name),
        ("Model sha256", data.model.id.sha256),
        ("Model's classes", ", ".join(data.model.classes)),
    ]
    if data.spec is None:
        return (*facts, ("Model folder", "not installed here, so no more is known about the model"))
    trained = ("Model trained on", data.spec.data["name"])
    measured = ("Model measured by", _measured(data.spec))
    return (*facts, trained, measured, *_kept(data.spec), *audit_cell_facts(data))


def _measured(spec: ModelSpec) -> str:
    """`five-fold cross-validation by group; macro-F1 0.9153 (95% interval 0.9045 to 0.9257)`."""
    metrics = spec.metrics
    if "macro_f1" not in metrics:
        return str(metrics["protocol"])
    low, high = metrics["macro_f1_low"], metrics["macro_f1_high"]
    # As stored, to four decimals: to round them again could change the last one shown.
    return (
        f"{metrics['protocol']}; accuracy {metrics['accuracy']}, macro-F1 {metrics['macro_f1']} "
        f"(95% interval {low} to {high}), on {metrics['crops']} crops"
    )


def _kept(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    """How often the model was right on the crops that it didn't refer, in all and by true class."""
    known = spec.confusion
    if known is None:
        return
    right, of = sum(known.counts[n][n] for n in range(len(known.classes))), sum(map(sum, known.counts))
    crops = spec.metrics.get("crops")
    kept = f" of {crops} crops were kept, the others referred" if crops else " crops were kept"
    yield "On cells that it kept", f"{of:.0f}{kept}; right on {_share(right, of)}"
    for number, name in enumerate(known.classes):
        row = known.counts[number]
        yield f"On kept cells that are {name}", f"right on {_share(row[number], sum(row))}"


def _share(right: float, of: float) -> str:
    """Counts of several repeats are averages, so they need not be whole; the interval is of one repeat's crops."""
    share = wilson(round(right), round(of))
    found = interval(100 * share.low, 100 * share.high) if share else "–"
    return f"{percent(100 * right / of if of else None)} (95% interval {found})"


def app_facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    return ("Sperm Viewer", data.app_version), ("Report made", moment(data.made_at))


def verification_text(data: ReportData) -> str:
    problems = data.verification.problems
    if not problems:
        return (
            "Verified: every row of the audit trail was checked, and all tables of the session match it. Keep this "
            "report: with the hash below, later changes of the session's content up to now can be detected."
        )
    return f"NOT VERIFIED: {counted(len(problems), 'problem')} in the session's file. {' '.join(problems)}"


def audit_facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    head = data.verification.head
    return ("Rows of the audit trail", f"{head.rows:,}"), ("Hash of its last row", head.hash)
