"""Flags: remarks about an image that a person should know."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Flag(StrEnum):
    """A remark about an image; the texts are in `FLAG_TEXT`."""

    WINDOWED = "windowed"
    SMALL = "small"
    NO_HEAD = "no-head"
    SEVERAL = "several"
    CUT = "cut"
    HEAD_SIZE = "head-size"
    FOCUS = "focus"
    EXPOSURE = "exposure"
    OUT_OF_DISTRIBUTION = "unlike"
    UNCERTAIN = "uncertain"
    DUPLICATE = "duplicate"
    IN_OTHER_SAMPLE = "other-sample"


FLAG_TEXT: Mapping[Flag, str] = {
    Flag.WINDOWED: "The image has more than 8 bits a channel; it was brought to 8 bits from its own darkest to its "
    "own brightest value.",
    Flag.SMALL: "The image is smaller than 32 pixels: too little to judge a head by.",
    Flag.NO_HEAD: "No head stands out from the background.",
    Flag.SEVERAL: "More than one head is near the centre; the one nearest the centre was scored.",
    Flag.CUT: "The head is cut off by the edge of the image.",
    Flag.HEAD_SIZE: "The head is far smaller or larger than the heads this model learnt from.",
    Flag.FOCUS: "The image is out of focus.",
    Flag.EXPOSURE: "The image is much too dark or much too bright.",
    Flag.OUT_OF_DISTRIBUTION: "The image looks unlike those that the model learnt from: another microscope, stain, "
    "magnification or focus, or no sperm at all.",
    Flag.UNCERTAIN: "The model is not sure: its first choice is below the model's refer threshold.",
    Flag.DUPLICATE: "The same image is in this sample more than once; it is counted once.",
    Flag.IN_OTHER_SAMPLE: "The same image is in another sample too. Its folder may be in the wrong place.",
}
