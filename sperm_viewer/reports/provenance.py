"""The end of a report: by whom and with what it was made, and whether the session's file can be believed."""

from __future__ import annotations

from collections.abc import Iterator

from sperm_viewer.core.progress import counted
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
    yield Facts((*model_facts(data), *data.settings, ("Sperm Viewer", data.app_version), ("report made", data.made_at)))
    yield Heading("Audit trail", level=2)
    yield Paragraph(verified_in_words(data))
    yield Facts(audit_facts(data))


def model_facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    """Names and values that say which model it was and how it was measured."""
    facts = [
        ("model", data.model.id.name),
        ("model sha256", data.model.id.sha256),
        ("classes", ", ".join(data.model.classes)),
    ]
    if data.spec is None:
        return (*facts, ("model folder", "not installed here, so nothing more can be said of it"))
    metrics = ", ".join(f"{name} {value}" for name, value in data.spec.metrics.items() if name != "protocol")
    return (
        *facts,
        ("model trained on", f"{data.spec.data['name']}, {data.spec.data.get('crops', '?')} crops"),
        ("model measured by", f"{data.spec.metrics['protocol']}: {metrics}"),
    )


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
    return ("rows", f"{head.rows:,}"), ("hash of the last row", head.hash)
