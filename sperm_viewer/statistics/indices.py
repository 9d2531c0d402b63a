"""Sperm with defects: the WHO's four percentages, and the indices of multiple defects."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sperm_viewer.domain.anomalies import Anomaly, Region
from sperm_viewer.domain.progress import counted


@dataclass(frozen=True, slots=True)
class Defects:
    """The defects of `sperm` sperm, of which `abnormal` have one, by their class or by a tick.

    `with_defect` counts the sperm with a defect of each region. `tzi` (teratozoospermia index) is from 1 to 4, `mai`
    (multiple anomalies index) 1 or more, `sdi` (sperm deformity index) 0 or more. `percent`, `tzi`, `mai` and `sdi` are
    None if they are undefined; `reason` then explains why, and is otherwise empty. `called_normal` counts the sperm
    with a tick whose class is normal.
    """

    sperm: int
    abnormal: int
    not_ticked: int
    called_normal: int
    with_defect: Mapping[Region, int]
    tzi: float | None
    mai: float | None
    sdi: float | None
    reason: str

    def percent(self, region: Region) -> float | None:
        """The sperm with a defect of this region in percent of all sperm, 0 to 100."""
        return 100 * self.with_defect[region] / self.sperm if self.sperm and not self.not_ticked else None


def defects(
    abnormal: Sequence[Collection[Anomaly]], called_normal: Sequence[Collection[Anomaly]], sperm: int
) -> Defects:
    """The defects of a slide of `sperm` sperm, with the ticked anomalies of each one of an abnormal class in
    `abnormal`, and of each one called normal that has a tick in `called_normal`: a sperm with a defect is no normal
    form, so it counts as abnormal whatever its class.

    A sperm of an abnormal class without a ticked anomaly was not examined for anomalies; then neither percentages nor
    indices are given.

    World Health Organization (2010). WHO laboratory manual for the examination and processing of human semen, 5th
    edition. Section 2.17.4: percentages of all sperm with a defect of head, midpiece, principal piece, and with excess
    residual cytoplasm. Section 3.1: TZI, defective regions (each at most once per sperm) over abnormal sperm; MAI, all
    anomalies over abnormal sperm; SDI, defects over all sperm, where each head defect counts, but at most one of the
    midpiece and one of the tail (after Aziz et al. 1996, Fertility and Sterility 66, 1001-1008).

    Raises ValueError if there are more abnormal sperm than sperm, or if one called normal has no tick.
    """
    if not all(called_normal):
        raise ValueError("a sperm called normal without a tick has no defect")
    ticked = [frozenset(anomalies) for anomalies in (*abnormal, *called_normal)]
    if len(ticked) > sperm:
        raise ValueError(f"{len(ticked)} abnormal of {sperm} sperm can't be")
    not_ticked = sum(not anomalies for anomalies in ticked)
    regions = [{anomaly.region for anomaly in each} for each in ticked]
    known = not not_ticked
    return Defects(
        sperm=sperm,
        abnormal=len(ticked),
        not_ticked=not_ticked,
        called_normal=len(called_normal),
        with_defect={region: sum(region in found for found in regions) for region in Region},
        tzi=sum(map(len, regions)) / len(ticked) if known and ticked else None,
        mai=sum(map(len, ticked)) / len(ticked) if known and ticked else None,
        sdi=sum(map(_deformities, ticked)) / sperm if known and sperm else None,
        reason=_reason(sperm, len(ticked), not_ticked),
    )


def _deformities(anomalies: Collection[Anomaly]) -> int:
    heads = sum(anomaly.region is Region.HEAD for anomaly in anomalies)
    return heads + len({anomaly.region for anomaly in anomalies} - {Region.HEAD})


def _reason(sperm: int, abnormal: int, not_ticked: int) -> str:
    if not sperm:
        return "No sperm was counted."
    if not abnormal:
        return "No abnormal sperm was counted, so TZI and MAI have no meaning."
    if not_ticked:
        return (
            f"{counted(not_ticked, 'abnormal sperm', 'abnormal sperm')} of {abnormal:,} without a ticked anomaly; the "
            "percentages and indices of defects need at least one for each."
        )
    return ""
