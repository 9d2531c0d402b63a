"""A folder of odd and broken image files: all that must be read, and all that must be refused with a reason."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile
from image_bytes import (
    drawn_crop,
    exif_block,
    jpeg_tiff_bytes,
    patched,
    pillow_bytes,
    png_bytes,
    png_chunk,
    run_length_bmp,
    sixteen_bits,
    srgb_profile,
    tiff_bytes,
    tiff_entry,
)
from PIL import Image

READ = "read"

CUT_SHORT = "cut short"
DAMAGED = "damaged"
EMPTY = "empty"
NOT_AN_IMAGE = "not an image"
TOO_LARGE = "too large"


@dataclass(frozen=True)
class OddFile:
    name: str
    content: bytes
    outcome: str = READ


def write_odd_folder(folder: Path) -> dict[str, str]:
    """Writes the files into `folder`, which exists, and returns their outcomes by name.

    An outcome is `READ`, or a phrase of the reason why the file is refused. A file of several pages has the same
    outcome for each. Every file is one that `discover` takes as a crop.
    """
    outcomes: dict[str, str] = {}
    for odd in _odd_files():
        (folder / odd.name).write_bytes(odd.content)
        outcomes[odd.name] = odd.outcome
    return outcomes


def _next_directory(content: bytes) -> int:
    # Where the offset of the second directory is.
    (directory,) = struct.unpack_from("<I", content, 4)
    return int(directory) + 2 + 12 * int(struct.unpack_from("<H", content, directory)[0])


def _odd_files() -> Iterator[OddFile]:
    pixels = drawn_crop()
    image = Image.fromarray(pixels)
    yield from _pngs(pixels, image)
    yield from _jpegs(image)
    yield from _bmps_and_webps(image)
    yield from _tiffs(pixels)
    yield from _odd_tiffs(pixels)
    yield from _odd_names(image)
    yield from _broken_files(pixels, image)
    yield from _broken_tiffs(pixels)
    yield from _other_formats(image)


def _pngs(pixels: npt.NDArray[np.uint8], image: Image.Image) -> Iterator[OddFile]:
    faded = image.convert("RGBA")
    faded.putalpha(Image.linear_gradient("L").resize(image.size))
    palette = image.quantize(32)
    deep = sixteen_bits(pixels)
    yield OddFile("rgb.png", pillow_bytes(image, "PNG"))
    yield OddFile("grey.png", pillow_bytes(image.convert("L"), "PNG"))
    yield OddFile("grey alpha.png", pillow_bytes(faded.convert("LA"), "PNG"))
    yield OddFile("alpha.png", pillow_bytes(faded, "PNG"))
    yield OddFile("palette.png", pillow_bytes(palette, "PNG"))
    yield OddFile("palette see-through.png", pillow_bytes(palette, "PNG", transparency=bytes([0, 90, 255])))
    yield OddFile("colour key.png", pillow_bytes(image, "PNG", transparency=(88, 52, 120)))
    yield OddFile("one bit.png", pillow_bytes(image.convert("1"), "PNG"))
    yield OddFile("grey 16 bits.png", png_bytes(deep[..., :1]))
    yield OddFile("rgb 16 bits.png", png_bytes(deep))
    yield OddFile("alpha 16 bits.png", png_bytes(np.dstack([deep, np.full(deep.shape[:2], 65535, np.uint16)])))
    yield OddFile("interlaced.png", png_bytes(pixels, interlaced=True))
    yield OddFile("interlaced 16 bits.png", png_bytes(deep, interlaced=True))
    yield OddFile("profile.png", pillow_bytes(image, "PNG", icc_profile=srgb_profile()))
    yield OddFile("broken profile.png", pillow_bytes(image, "PNG", icc_profile=b"nonsense" * 40))
    yield OddFile("profile that does not inflate.png", png_bytes(pixels, png_chunk(b"iCCP", b"name\0\0nonsense")))
    yield OddFile("turned.png", pillow_bytes(image, "PNG", exif=exif_block(8)))
    yield OddFile("animated.png", pillow_bytes(image, "PNG", save_all=True, append_images=[image.rotate(90)]))


def _jpegs(image: Image.Image) -> Iterator[OddFile]:
    jpeg = pillow_bytes(image, "JPEG", quality=90)
    yield OddFile("rgb.jpg", jpeg)
    yield OddFile("grey.jpg", pillow_bytes(image.convert("L"), "JPEG"))
    yield OddFile("cmyk.jpg", pillow_bytes(image.convert("CMYK"), "JPEG"))
    yield OddFile("progressive.jpg", pillow_bytes(image, "JPEG", progressive=True))
    yield OddFile("turned.jpg", pillow_bytes(image, "JPEG", exif=exif_block(6)))
    yield OddFile("broken exif.jpg", pillow_bytes(image, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff nonsense"))
    yield OddFile("more behind the end.jpg", jpeg + b"a camera's own data" * 20)
    yield OddFile("broken panorama.jpg", jpeg[:2] + b"\xff\xe2\x00\x0eMPF\0nonsense" + jpeg[2:])
    yield OddFile("really a jpeg.png", jpeg)
    yield OddFile("really a jpeg without extension.jpg.tif", jpeg)


def _bmps_and_webps(image: Image.Image) -> Iterator[OddFile]:
    bmp = pillow_bytes(image, "BMP")
    (start,) = struct.unpack_from("<I", bmp, 10)
    upside_down = patched(bmp, 22, "<i", -image.height)[:start]
    rows = np.asarray(image)[..., ::-1].reshape(image.height, -1)
    yield OddFile("rgb.bmp", bmp)
    yield OddFile("palette.bmp", pillow_bytes(image.quantize(16), "BMP"))
    yield OddFile("one bit.bmp", pillow_bytes(image.convert("1"), "BMP"))
    yield OddFile("top row first.bmp", upside_down + rows.tobytes())
    yield OddFile("run lengths.bmp", run_length_bmp(image))
    yield OddFile("lossy.webp", pillow_bytes(image, "WEBP", quality=80))
    yield OddFile("lossless alpha.webp", pillow_bytes(image.convert("RGBA"), "WEBP", lossless=True))
    yield OddFile("turned.webp", pillow_bytes(image, "WEBP", exif=exif_block(3), icc_profile=srgb_profile()))
    yield OddFile("animated.webp", pillow_bytes(image, "WEBP", save_all=True, append_images=[image.rotate(90)]))


def _tiffs(pixels: npt.NDArray[np.uint8]) -> Iterator[OddFile]:
    grey = pixels[..., 1]
    deep = sixteen_bits(pixels)
    opaque = np.full(grey.shape, 255, np.uint8)
    cmyk = np.asarray(Image.fromarray(pixels).convert("CMYK"))
    indexed = Image.fromarray(pixels).quantize(256)
    colours = np.array(indexed.getpalette("RGB"), np.uint16).reshape(-1, 3)
    colour_map = np.zeros((3, 256), np.uint16)
    colour_map[:, : len(colours)] = colours.T * 257
    yield OddFile("grey.tif", tiff_bytes(grey))
    yield OddFile("rgb.tif", tiff_bytes(pixels, photometric="rgb"))
    yield OddFile("grey 16 bits.tif", tiff_bytes(deep[..., 1]))
    yield OddFile("rgb 16 bits lzw.tif", tiff_bytes(deep, photometric="rgb", compression="lzw", predictor=True))
    yield OddFile("12 bits in 16.tif", tiff_bytes(sixteen_bits(grey, 40, 4000)))
    yield OddFile("float.tif", tiff_bytes(grey.astype(np.float32) / 255))
    yield OddFile("signed.tif", tiff_bytes(grey.astype(np.int16) - 128))
    yield OddFile(
        "alpha deflate.tif",
        tiff_bytes(np.dstack([pixels, opaque]), photometric="rgb", extrasamples=["unassalpha"], compression="zlib"),
    )
    yield OddFile(
        "planes.tif", tiff_bytes(np.moveaxis(pixels, -1, 0), photometric="rgb", planarconfig="separate", rowsperstrip=7)
    )
    yield OddFile("palette.tif", tiff_bytes(np.asarray(indexed), photometric="palette", colormap=colour_map))
    yield OddFile("white is zero.tif", tiff_bytes(255 - grey, photometric="miniswhite"))
    yield OddFile("cmyk.tif", tiff_bytes(cmyk, photometric="separated"))
    yield OddFile("tiled.tif", tiff_bytes(pixels, photometric="rgb", tile=(32, 32), compression="zlib"))
    yield OddFile("jpeg inside.tif", jpeg_tiff_bytes(pixels, rowsperstrip=16))
    yield OddFile("jpeg in tiles.tif", jpeg_tiff_bytes(pixels, tile=(32, 48)))
    yield OddFile("one bit.tif", tiff_bytes(grey > 150, photometric="minisblack"))
    yield OddFile("big endian.tif", tiff_bytes(deep.astype(">u2"), photometric="rgb", byteorder=">"))
    yield OddFile("big.tif", tiff_bytes(pixels, photometric="rgb", bigtiff=True))
    yield OddFile("turned.tif", tiff_bytes(pixels, photometric="rgb", extratags=[(274, 3, 1, 6, True)]))
    yield OddFile("profile.tif", tiff_bytes(pixels, photometric="rgb", iccprofile=srgb_profile()))


def _odd_tiffs(pixels: npt.NDArray[np.uint8]) -> Iterator[OddFile]:
    grey = pixels[..., 1]
    one_page = tiff_bytes(pixels, photometric="rgb")
    with_gaps = grey.astype(np.float32)
    with_gaps[:5, :5] = (np.nan, np.inf, -np.inf, np.nan, 0)
    with_gaps.view(np.uint32)[6, 6] = 0x7F800001  # a signalling NaN, of which numpy warns
    preview = io.BytesIO()
    with tifffile.TiffWriter(preview) as writer:
        writer.write(pixels[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
        writer.write(pixels, photometric="rgb", metadata=None)
    yield OddFile("three pages.tif", tiff_bytes(np.stack([grey, grey[::-1], grey[:, ::-1]]), photometric="minisblack"))
    yield OddFile("thumbnail first.tif", preview.getvalue())
    circle = patched(one_page, _next_directory(one_page), "<I", struct.unpack_from("<I", one_page, 4)[0])
    yield OddFile("pages in a circle.tif", circle)
    yield OddFile("not a number here and there.tif", tiff_bytes(with_gaps))
    yield OddFile("one grey only 16 bits.tif", tiff_bytes(np.full((60, 60), 700, np.uint16)))
    yield OddFile("really a tiff.jpg", one_page)
    strips = tiff_bytes(grey, rowsperstrip=10, compression="lzw")
    yield OddFile("more strips than rows.tif", patched(strips, tiff_entry(strips, 257), "<I", 60))


def _odd_names(image: Image.Image) -> Iterator[OddFile]:
    png = pillow_bytes(image, "PNG")
    names = [
        "  two  spaces .png",
        "препарат 精子 חי 🧬.png",
        "e\u0301 and é.png",
        "=1+1.png",
        "-rf.png",
        "a" * 240 + ".png",
    ]
    if sys.platform != "win32":
        names += ["line\nbreak.png", "quotes \"'`.png", "back\\slash<>|?*.png"]
    if sys.platform == "linux":
        names.append("no text \udcff\udcfe.png")
    yield from (OddFile(name, png) for name in names)
    yield OddFile("extension in capitals.PNG", png)
    yield OddFile("no extension", png)
    yield OddFile("one pixel.png", pillow_bytes(image.resize((1, 1)), "PNG"))
    yield OddFile("twenty pixels.png", pillow_bytes(image.resize((20, 20)), "PNG"))
    yield OddFile("very wide.png", pillow_bytes(image.resize((4000, 2)), "PNG"))


def _broken_files(pixels: npt.NDArray[np.uint8], image: Image.Image) -> Iterator[OddFile]:
    whole = {
        "png": pillow_bytes(image, "PNG"),
        "jpg": pillow_bytes(image, "JPEG"),
        "bmp": pillow_bytes(image, "BMP"),
        "webp": pillow_bytes(image, "WEBP"),
    }
    for extension, content in whole.items():
        yield OddFile(f"half.{extension}", content[: len(content) // 2], CUT_SHORT)
        yield OddFile(f"without its last bytes.{extension}", content[:-3], CUT_SHORT)
    yield OddFile("half run lengths.bmp", run_length_bmp(image)[:-2000], CUT_SHORT)
    yield OddFile("half, then zeros.jpg", whole["jpg"][:-800] + bytes(800), CUT_SHORT)
    yield OddFile("beginning only.png", b"\x89PNG", CUT_SHORT)
    yield OddFile("empty.png", b"", EMPTY)
    yield OddFile("text.png", b"This was an image once.\n", NOT_AN_IMAGE)
    yield OddFile("text that begins like a bitmap.bmp", b"BMI and age of the patients\n", NOT_AN_IMAGE)
    yield OddFile("zeros.jpg", bytes(5000), NOT_AN_IMAGE)
    yield OddFile("noise.tif", np.random.default_rng(0).bytes(5000), NOT_AN_IMAGE)
    yield OddFile("one byte changed.png", patched(whole["png"], 200, "B", whole["png"][200] ^ 255), DAMAGED)
    yield OddFile("rows missing.png", png_bytes(pixels, rows=60), DAMAGED)
    yield OddFile("rows missing 16 bits.png", png_bytes(sixteen_bits(pixels), rows=60), DAMAGED)
    second = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    yield OddFile("two headers.png", png_bytes(pixels, second), DAMAGED)
    yield OddFile("no size.png", png_bytes(pixels[:0]), "no pixels")
    yield OddFile("bomb.png", _resized_png(30_000, 30_000), TOO_LARGE)
    yield OddFile("bomb.jpg", _resized_jpeg(whole["jpg"], 65_000, 65_000), TOO_LARGE)
    yield OddFile("bomb.bmp", patched(whole["bmp"], 18, "<ii", 2**30, 2**30), TOO_LARGE)
    yield OddFile("bomb.webp", _webp_canvas(16_000, 16_000), TOO_LARGE)
    yield OddFile("12 bits.jpg", patched(whole["jpg"], whole["jpg"].index(b"\xff\xc0") + 4, "B", 12), "12 bits")


def _broken_tiffs(pixels: npt.NDArray[np.uint8]) -> Iterator[OddFile]:
    plain = tiff_bytes(pixels, photometric="rgb")
    strips = tiff_bytes(pixels, photometric="rgb", rowsperstrip=10, compression="lzw")
    offsets, counts = (struct.unpack_from("<I", strips, tiff_entry(strips, tag))[0] for tag in (273, 279))
    first = struct.unpack_from("<I", strips, offsets)[0]
    inflating = tiff_bytes(np.zeros((8000, 1000), np.uint8), compression="zlib", rowsperstrip=8000)
    yield OddFile("half.tif", plain[: len(plain) // 2], CUT_SHORT)
    yield OddFile("half lzw.tif", strips[: len(strips) // 2], CUT_SHORT)
    yield OddFile("without its last bytes.tif", plain[:-3], CUT_SHORT)
    yield OddFile("beginning only.tif", plain[:6], CUT_SHORT)
    yield OddFile("next page missing.tif", patched(plain, _next_directory(plain), "<I", len(plain) + 9), CUT_SHORT)
    yield OddFile("strip of nonsense.tif", patched(strips, first, "<6I", *range(0x9F3D5A, 0x9F3D60)), DAMAGED)
    without_last = patched(patched(strips, offsets + 11 * 4, "<I", 0), counts + 11 * 2, "<H", 0)
    yield OddFile("last strip missing.tif", without_last, DAMAGED)
    without_entry = patched(strips, first, "3B", 0x80, 0x4B, 0x00)  # clear the table, then take its entry 300
    yield OddFile("entry of an empty table.tif", without_entry, DAMAGED)
    yield OddFile("too few strips.tif", patched(strips, tiff_entry(strips, 273) - 4, "<I", 3), DAMAGED)
    yield OddFile("absurd number of values.tif", patched(plain, tiff_entry(plain, 258) - 4, "<I", 2**31), DAMAGED)
    yield OddFile("no directory.tif", b"II*\0" + bytes(40), DAMAGED)
    yield OddFile("no size.tif", patched(plain, tiff_entry(plain, 256), "<I", 0), "no pixels")
    yield OddFile("bomb.tif", patched(plain, tiff_entry(plain, 256), "<I", 4_000_000_000), TOO_LARGE)
    yield OddFile("inflates too far.tif", patched(inflating, tiff_entry(inflating, 257), "<I", 60), DAMAGED)
    yield OddFile("nothing but not a number.tif", tiff_bytes(np.full((40, 40), np.nan, np.float32)), "not a number")
    yield OddFile("lab colours.tif", tiff_bytes(pixels, photometric="cielab"), "colours")
    yield OddFile("complex numbers.tif", tiff_bytes(pixels[..., 0].astype(np.complex64)), "numbers")
    five = np.dstack([pixels, pixels[..., :2]])
    yield OddFile("five channels.tif", tiff_bytes(five, photometric="minisblack", planarconfig="contig"), "channels")
    yield OddFile("jpeg 2000 inside.tif", tiff_bytes(pixels, photometric="rgb", compression="jpeg2000"), "compression")
    yield OddFile("camera raw.dng", patched(plain, tiff_entry(plain, 262), "<H", 32803), "camera")


def _other_formats(image: Image.Image) -> Iterator[OddFile]:
    yield OddFile("really a gif.png", pillow_bytes(image, "GIF"), "GIF")
    yield OddFile("photo.heic", b"\0\0\0\x18ftypheic" + bytes(200), "HEIC")
    yield OddFile("scan.dcm", bytes(128) + b"DICM" + bytes(200), "DICOM")
    yield OddFile("report.png", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(200), "PDF")
    yield OddFile("jpeg 2000.jp2", pillow_bytes(image, "JPEG2000"), "JPEG 2000")
    yield OddFile("film.jpg", b"\0\0\0\x18ftypisom" + bytes(200), "video")


def _resized_png(width: int, height: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    coded = png_chunk(b"IDAT", zlib.compress(bytes(300_000)))
    return b"\x89PNG\r\n\x1a\n" + header + coded + png_chunk(b"IEND", b"")


def _resized_jpeg(jpeg: bytes, width: int, height: int) -> bytes:
    return patched(jpeg, jpeg.index(b"\xff\xc0") + 5, ">HH", height, width)


def _webp_canvas(width: int, height: int) -> bytes:
    extended = (
        b"VP8X" + struct.pack("<IB3x", 10, 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", 4 + len(extended)) + b"WEBP" + extended
