"""The indices of multiple defects of a slide, from the anomalies that a reader ticked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.anomalies import Anomaly
from sperm_viewer.domain.progress import counted


@dataclass(frozen=True, slots=True)
class DeformityIndices:
    """The three indices of a slide; each is None if it is undefined; `reason` then explains why, and is otherwise
    empty.

    `tzi` (teratozoospermia index) is from 1 to 4, `mai` (multiple anomalies index) 1 or more, `sdi` (sperm deformity
    index) 0 or more.
    """

    tzi: float | None
    mai: float | None
    sdi: float | None
    sperm: int
    abnormal: int
    not_ticked: int
    reason: str


def deformity_indices(abnormal: Sequence[Collection[Anomaly]], sperm: int) -> DeformityIndices:
    """The indices of a slide of `sperm` sperm, with the ticked anomalies of each abnormal one in `abnormal`.

    An abnormal sperm without a ticked anomaly was not examined for anomalies; then no index is given.

    TZI: defective regions (head, midpiece, tail, cytoplasm; each at most once per sperm) over abnormal sperm. MAI: all
    anomalies over abnormal sperm. SDI: all anomalies over all sperm. World Health Organization (2010). WHO laboratory
    manual for the examination and processing of human semen, 5th edition, section 2.17 on indices of multiple sperm
    defects; the SDI goes back to Aziz et al. (1996), Fertility and Sterility 66, 1001-1008. The manual's SDI counts at
    most one anomaly of the midpiece and one of the tail; this one counts all ticked anomalies.

    Raises ValueError if there are more abnormal sperm than sperm.
    """
    ticked = [frozenset(anomalies) for anomalies in abnormal]
    if len(ticked) > sperm:
        raise ValueError(f"{len(ticked)} abnormal of {sperm} sperm can't be")
    not_ticked = sum(not anomalies for anomalies in ticked)
    anomalies = sum(len(each) for each in ticked)
    regions = sum(len({anomaly.region for anomaly in each}) for each in ticked)
    known = not not_ticked
    return DeformityIndices(
        tzi=regions / len(ticked) if known and ticked else None,
        mai=anomalies / len(ticked) if known and ticked else None,
        sdi=anomalies / sperm if known and sperm else None,
        sperm=sperm,
        abnormal=len(ticked),
        not_ticked=not_ticked,
        reason=_reason(sperm, len(ticked), not_ticked),
    )


def _reason(sperm: int, abnormal: int, not_ticked: int) -> str:
    if not sperm:
        return "No sperm was counted."
    if not abnormal:
        return "No abnormal sperm was counted, so TZI and MAI have no meaning."
    if not_ticked:
        return (
            f"{counted(not_ticked, 'abnormal sperm', 'abnormal sperm')} of {abnormal:,} without a ticked anomaly; the "
            "indices need at least one for each."
        )
    return ""
