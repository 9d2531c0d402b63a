"""The reasons why an image is refused, in words an embryologist knows: what is wrong and what to do next.

A reason is shown on the row of its image, so it doesn't repeat the file's name. Each limit is a reason too.
"""

from __future__ import annotations

from sperm_viewer.domain.errors import ImageRefusedError

MAX_PIXELS = 64_000_000
"""Pixels of one image. The header is checked before anything is decoded."""

MAX_SIDE = 30_000
"""Pixels along one side: OpenCV can't turn or scale an image with 32,767 or more."""

MAX_DECODED_BYTES = 2**29
"""Bytes of one decoded image, whatever its bits and channels."""

MAX_SEGMENT_BYTES = 2**28
"""Bytes of one compressed strip or tile of a TIFF: its decoders need them twice."""

MAX_EXACT_PIXELS = 8_000_000
"""Pixels of an image that has to be worked on with numbers of 64 bits."""

MAX_FILE_BYTES = 512 * 2**20
"""Bytes of one file. Checked before it is read."""

EMPTY = "The file is empty (0 bytes). Copy it again from the microscope's computer."
CUT_SHORT = "The file is cut short: part of the image is missing. Copy it again from the microscope's computer."
DAMAGED = "The image in this file is damaged and can't be shown. Copy or export it again."
NO_PIXELS = "The image has no pixels: its width or height is 0. Export it again."
NO_VALUES = "The image contains no brightness values, only 'not a number'. Export it again."
NOT_AN_IMAGE = "This is not an image. Sperm Viewer reads PNG, JPEG, TIFF, BMP and WebP."
OUT_OF_MEMORY = "There is not enough memory to open this image. Close other programs, then score it again."
FILE_TOO_LARGE = (
    f"The file is too large: over {MAX_FILE_BYTES // 2**20} MB. "
    "Crop the image to one sperm head, or export the pages of a stack as separate files."
)
DECODED_TOO_LARGE = "The image is too large to open. Crop it to one sperm head."

NOT_ALLOWED = (
    "You have no permission to open this file, or another program keeps it locked. "
    "Close that program, or ask the owner of the folder for permission to read it."
)
VANISHED = (
    "The file is no longer there: it was moved, renamed or deleted, or its drive was disconnected. "
    "Put it back, then score it again."
)
IS_FOLDER = "This is a folder, not an image. Open it as a slide instead."
NOT_A_FILE = "This is a pipe or a device, not a file, so no image can be read from it. Choose an image file."
LINK_LOOP = "This link leads back to itself. Open the image itself instead."
PATH_TOO_LONG = "The file's path is too long for this computer. Move the file to a folder with a shorter path."


def unsupported_format(name: str) -> ImageRefusedError:
    """The refusal of a file of a kind that isn't read; `name` is the kind, such as "a GIF image"."""
    return ImageRefusedError(f"This is {name}, which Sperm Viewer can't read. Export the image as PNG or TIFF.")


def unsupported_kind(feature: str) -> ImageRefusedError:
    """The refusal of an image whose format is read, but not with this `feature`."""
    return ImageRefusedError(f"Sperm Viewer can't read {feature}. Export the image as a plain 8-bit PNG or TIFF.")


def on_other_computer(name: str) -> ImageRefusedError:
    """The refusal of a file on a computer that nobody agreed to open files of."""
    return ImageRefusedError(
        f"This image is on the computer '{name}', which is not opened without your consent. Open the session again and "
        "agree, or copy the images to this computer."
    )


def no_such_page(page: int, pages: int) -> ImageRefusedError:
    """The refusal of page `page` in a file that has `pages` of them."""
    return ImageRefusedError(f"The file has no page {page}, only {pages}. It was changed; open it again.")


def unreadable(detail: str) -> ImageRefusedError:
    """The refusal of a file that the system can't read; `detail` is the system's message."""
    return ImageRefusedError(
        f"The file could not be read ({detail}). Check the drive or the network connection, then score it again."
    )


def check_size(width: int, height: int) -> None:
    """Raises `ImageRefusedError` if an image of `width` x `height` pixels has none or exceeds the limits."""
    if width <= 0 or height <= 0:
        raise ImageRefusedError(NO_PIXELS)
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise ImageRefusedError(
            f"The image is too large: {width:,} × {height:,} pixels. The limits are {MAX_PIXELS // 1_000_000} "
            f"million pixels and {MAX_SIDE:,} along a side. Crop it to one sperm head."
        )
