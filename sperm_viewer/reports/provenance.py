"""The end of a report: by whom and with what it was made, and whether the session's file can be believed."""

from __future__ import annotations

from collections.abc import Iterator

from sperm_viewer.domain.progress import counted
from sperm_viewer.inference.model_spec import ModelSpec
from sperm_viewer.reports.gather import ReportData
from sperm_viewer.reports.page import Block, Facts, Heading, Paragraph, Table
from sperm_viewer.reports.wording import moment


def provenance(data: ReportData) -> Iterator[Block]:
    yield Heading("How this was made")
    if data.reviewers:
        yield Table(
            head=("Reviewer", "Reading", "From", "To", "Cells"),
            rows=tuple((r.name, r.reading, moment(r.first), moment(r.last), f"{r.cells:,}") for r in data.reviewers),
            texts=4,
            widths=(3, 1.6, 2.2, 2.2, 1),
        )
        yield Paragraph("A reviewer's name says who; it is no signature.", quiet=True)
    else:
        yield Paragraph("No cell was reviewed by a person.")
    yield Facts((*model_facts(data), *data.settings, *app_facts(data)))
    yield Heading("Audit trail", level=2)
    yield Paragraph(verified_in_words(data))
    yield Facts(audit_facts(data))


def model_facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    """Names and values that say which model it was and how it was measured."""
    facts = [
        ("Model", data.model.id.name),
        ("Model sha256", data.model.id.sha256),
        ("Model's classes", ", ".join(data.model.classes)),
    ]
    if data.spec is None:
        return (*facts, ("Model folder", "not installed here, so nothing more can be said of the model"))
    return (*facts, ("Model trained on", data.spec.data["name"]), ("Model measured by", _measured(data.spec)))


def _measured(spec: ModelSpec) -> str:
    """`five-fold cross-validation by group; macro-F1 0.915 (0.905 to 0.926)`."""
    metrics = spec.metrics
    if "macro_f1" not in metrics:
        return str(metrics["protocol"])
    low, high = metrics["macro_f1_low"], metrics["macro_f1_high"]
    return (
        f"{metrics['protocol']}; accuracy {metrics['accuracy']:.3f}, macro-F1 {metrics['macro_f1']:.3f} "
        f"(95% interval {low:.3f} to {high:.3f}), on {metrics['crops']} crops"
    )


def app_facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    return ("Sperm Viewer", data.app_version), ("Report made", moment(data.made_at))


def verified_in_words(data: ReportData) -> str:
    problems = data.verification.problems
    if not problems:
        return (
            "Verified: every row of the audit trail was walked, and all tables of the session say what it says. Keep "
            "this report, and the hash below tells whether what the session said until now was changed since."
        )
    return f"NOT VERIFIED: {counted(len(problems), 'problem')} in the session's file. {' '.join(problems)}"


def audit_facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    head = data.verification.head
    return ("Rows of the audit trail", f"{head.rows:,}"), ("Hash of its last row", head.hash)
