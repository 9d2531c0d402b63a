"""What a report says of the audit cells: whether the model's known errors hold in this laboratory."""

from __future__ import annotations

from collections.abc import Iterator

from sperm_viewer.domain.progress import counted
from sperm_viewer.reports.report_data import ReportData
from sperm_viewer.statistics.audit_cells import AuditTest


def audit_cell_facts(data: ReportData) -> Iterator[tuple[str, str]]:
    """The laboratory's and the session's audit cells, and what they could have noticed by now, as names and values."""
    audit = data.audit
    if audit is None:
        return
    if audit.problem:
        yield "Audit cells of this laboratory", audit.problem
    else:
        words = _fit(audit.laboratory, audit.samples)
        if not audit.laboratory.cells:
            words += ", so no shift of the model's errors could have been noticed"
        yield "Audit cells of this laboratory", f"{words}; state {audit.state}"
        for shift in audit.laboratory.shifts if audit.laboratory.cells else ():
            if shift.true == data.model.normal_class:
                yield f"Audit: {shift.true} answered {shift.answer}", shift.words
    yield "Audit cells of this session", _fit(audit.session, audit.session_samples)


def _fit(test: AuditTest, samples: int) -> str:
    """`348 of 27 samples; they fit the model's known errors`."""
    if not test.cells:
        return "none yet"
    fit = "they don't fit the model's known errors" if test.rings else "they fit the model's known errors"
    return f"{test.cells:,} of {counted(samples, 'sample')}; {fit}"
