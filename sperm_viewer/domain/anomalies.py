"""The anomalies of a sperm that a reader can tick."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum


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

    @property
    def word(self) -> str:
        """The name beside that of its region: `tapered` of the head."""
        return self.value.partition("-")[2]


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


def anomaly_texts(ticked: Collection[str]) -> list[str]:
    """The ticked anomalies in words, in the order of the list."""
    return [text for anomaly, text in ANOMALY_TEXT.items() if anomaly in ticked]
