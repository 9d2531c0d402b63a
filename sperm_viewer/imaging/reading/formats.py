"""Which kind of file it is, told from its first bytes; the extension is never asked for that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SNIFF_BYTES = 160
"""How many of a file's first bytes `recognise` needs; DICOM's mark is the furthest in."""


class Format(StrEnum):
    """The formats that are read."""

    PNG = "PNG"
    JPEG = "JPEG"
    BMP = "BMP"
    WEBP = "WEBP"
    TIFF = "TIFF"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A format that is recognised but not read; `name` fits "This is …", `image` says whether it holds pictures."""

    name: str
    image: bool = True


IMAGE_SUFFIXES = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".btf", ".tf8"}
    | {".gif", ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jpx", ".jxl", ".jxr", ".psd", ".ico", ".exr", ".dcm"}
    | {".lsm", ".stk", ".svs", ".ndpi", ".qptiff", ".scn", ".czi", ".nd2", ".lif", ".vsi", ".oib", ".oif"}
    | {".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pbm", ".pgm", ".ppm"}
)
"""Extensions, in lower case, of files that somebody meant as images, whether or not this app can read them."""

_DIB_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})

_CAMERA_RAW = Foreign("a camera's raw file")
_MICROSCOPE = "a microscope maker's own file"

_FOREIGN_AT: tuple[tuple[int, bytes, Foreign], ...] = (
    (0, b"GIF8", Foreign("a GIF image")),
    (0, b"%PDF", Foreign("a PDF document", image=False)),
    (128, b"DICM", Foreign("a DICOM file")),
    (0, b"8BPS", Foreign("a Photoshop file")),
    (0, b"\x00\x00\x00\x0cjP  ", Foreign("a JPEG 2000 image")),
    (0, b"\xff\x4f\xff\x51", Foreign("a JPEG 2000 image")),
    (0, b"\xff\x0a", Foreign("a JPEG XL image")),
    (0, b"\x00\x00\x00\x0cJXL ", Foreign("a JPEG XL image")),
    (0, b"II\xbc\x01", Foreign("a JPEG XR image")),
    (0, b"ZISRAWFILE", Foreign(f"{_MICROSCOPE} (Zeiss CZI)")),
    (0, b"\xda\xce\xbe\x0a", Foreign(f"{_MICROSCOPE} (Nikon ND2)")),
    (0, b"IIRO", _CAMERA_RAW),
    (0, b"IIRS", _CAMERA_RAW),
    (0, b"IIU\x00", _CAMERA_RAW),
    (0, b"FUJIFILMCCD-RAW", _CAMERA_RAW),
    (0, b"\x76\x2f\x31\x01", Foreign("an OpenEXR image")),
    (0, b"\x00\x00\x01\x00", Foreign("a Windows icon")),
    (0, b"SIMPLE  =", Foreign("a FITS image")),
    (0, b"\x89HDF\r\n\x1a\n", Foreign("an HDF5 data file", image=False)),
    (0, b"PK\x03\x04", Foreign("a ZIP archive or an Office document", image=False)),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign("an old Office document or a microscope's file", image=False)),
    (0, b"\x1a\x45\xdf\xa3", Foreign("a video", image=False)),
)

# ISO base media files say in their major brand whether they hold a picture or a film.
_FTYP_BRANDS: dict[bytes, Foreign] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc"), Foreign("a HEIC photo")),
    **dict.fromkeys((b"avif", b"avis"), Foreign("an AVIF image")),
    b"crx ": _CAMERA_RAW,
}

_TIFF_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def recognise(head: bytes) -> Format | Foreign | None:
    """What the file is that begins with `head`, its first `SNIFF_BYTES` bytes or all there are.

    A file that stops within its own mark is still recognised where the mark leaves no doubt, so that it can be
    refused as cut short. None is a file of no known kind.
    """
    if head.startswith(b"\x89PNG"):
        return Format.PNG
    if head.startswith(b"\xff\xd8\xff") or head == b"\xff\xd8":
        return Format.JPEG
    if head.startswith(_TIFF_MARKS):
        return _CAMERA_RAW if head.startswith(b"CR\x02\x00", 8) else Format.TIFF
    if head.startswith(b"RIFF"):
        if head[8:12] == b"WEBP":
            return Format.WEBP
        return Foreign("a video", image=False) if head[8:12] == b"AVI " else None
    if head[4:8] == b"ftyp":
        return _FTYP_BRANDS.get(head[8:12], Foreign("a video", image=False))
    if _is_bmp(head):
        return Format.BMP
    return next((foreign for offset, mark, foreign in _FOREIGN_AT if head.startswith(mark, offset)), None)


def _is_bmp(head: bytes) -> bool:
    # Two letters are no proof: a text may begin with "BM". The four reserved bytes are 0, and the size of the second
    # header is one of a few.
    if not head.startswith(b"BM") or len(head) < 10 or any(head[6:10]):
        return False
    return len(head) < 18 or int.from_bytes(head[14:18], "little") in _DIB_HEADER_SIZES
