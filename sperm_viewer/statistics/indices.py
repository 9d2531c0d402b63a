"""Anomalies that a reviewer ticks, and the indices of multiple defects made of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sperm_viewer.domain.progress import counted


class Region(StrEnum):
    """The four regions of a sperm that can be defective."""

    HEAD = "head"
    MIDPIECE = "midpiece"
    TAIL = "tail"
    CYTOPLASM = "cytoplasm"


class Anomaly(StrEnum):
    """What can be wrong with a sperm; the texts are in `ANOMALY_TEXT`."""

    HEAD_TAPERED = "head-tapered"
    HEAD_PYRIFORM = "head-pyriform"
    HEAD_AMORPHOUS = "head-amorphous"
    HEAD_ROUND = "head-round"
    HEAD_SMALL = "head-small"
    HEAD_LARGE = "head-large"
    HEAD_VACUOLATED = "head-vacuolated"
    HEAD_ACROSOME = "head-acrosome"
    MIDPIECE_BENT = "midpiece-bent"
    MIDPIECE_THICK = "midpiece-thick"
    MIDPIECE_THIN = "midpiece-thin"
    TAIL_SHORT = "tail-short"
    TAIL_COILED = "tail-coiled"
    TAIL_DOUBLE = "tail-double"
    CYTOPLASM_EXCESS = "cytoplasm-excess"

    @property
    def region(self) -> Region:
        return Region(self.value.partition("-")[0])


ANOMALY_TEXT: Mapping[Anomaly, str] = {
    Anomaly.HEAD_TAPERED: "tapered head",
    Anomaly.HEAD_PYRIFORM: "pyriform head",
    Anomaly.HEAD_AMORPHOUS: "amorphous head",
    Anomaly.HEAD_ROUND: "round head",
    Anomaly.HEAD_SMALL: "small head",
    Anomaly.HEAD_LARGE: "large head",
    Anomaly.HEAD_VACUOLATED: "vacuolated head",
    Anomaly.HEAD_ACROSOME: "abnormal acrosome",
    Anomaly.MIDPIECE_BENT: "bent midpiece",
    Anomaly.MIDPIECE_THICK: "thick midpiece",
    Anomaly.MIDPIECE_THIN: "thin midpiece",
    Anomaly.TAIL_SHORT: "short tail",
    Anomaly.TAIL_COILED: "coiled tail",
    Anomaly.TAIL_DOUBLE: "double tail",
    Anomaly.CYTOPLASM_EXCESS: "excess residual cytoplasm",
}


@dataclass(frozen=True, slots=True)
class DeformityIndices:
    """The three indices of a slide; each is None where it can't be told, and `reason` then says why, else it is empty.

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
    """The indices of a slide of `sperm` sperm, `abnormal` holding what was ticked for each abnormal one of them.

    An abnormal sperm with nothing ticked was not looked at for anomalies, and no index is given then.

    TZI: defective regions (head, midpiece, tail, cytoplasm; each at most once a sperm) over abnormal sperm. MAI: all
    anomalies over abnormal sperm. SDI: all anomalies over all sperm. World Health Organization (2010). WHO laboratory
    manual for the examination and processing of human semen, 5th edition, section 2.17 on indices of multiple sperm
    defects; the SDI goes back to Aziz et al. (1996), Fertility and Sterility 66, 1001-1008. The manual's SDI counts one
    anomaly of the midpiece and one of the tail at most; this one counts all that were ticked.

    Raises ValueError where there are more abnormal sperm than sperm.
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
