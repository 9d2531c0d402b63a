"""Sixty images that are small files and large, slow or endless inside."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from image_bytes import drawn_crop, pillow_bytes, png_bytes, png_chunk, tiff_bytes
from PIL import Image
from torture.bench import Case

Bomb = Callable[[], bytes]
_WIDE, _HIGH = 8000, 8000
_PIXELS = _WIDE * _HIGH


def _zeros(size: int, first: bytes = b"") -> bytes:
    coder = zlib.compressobj(9)
    block = bytes(2**20)
    parts = [coder.compress(first)]
    for start in range(0, size, len(block)):
        parts.append(coder.compress(block[: size - start]))
    return b"".join([*parts, coder.flush()])


def _png(width: int, height: int, bits: int, colour: int, *extra: bytes, stream: bytes | None = None) -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    size = height * (1 + (width * channels * bits + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    coded = _zeros(size) if stream is None else stream
    chunks = (png_chunk(b"IHDR", header), *extra, png_chunk(b"IDAT", coded), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _interlaced() -> bytes:
    whole = _png(_WIDE, _HIGH, 8, 6)
    rows = ((1000, 1000), (1000, 1000), (2000, 1000), (2000, 2000), (4000, 2000), (4000, 4000), (8000, 4000))
    stream = _zeros(sum(high * (1 + wide * 4) for wide, high in rows))
    header = struct.pack(">IIBBBBB", _WIDE, _HIGH, 8, 6, 0, 0, 1)
    return whole[:8] + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", stream) + png_chunk(b"IEND", b"")


def _many_chunks() -> bytes:
    coded = zlib.compress(b"\0" * 40 * 121)
    pieces = b"".join(png_chunk(b"IDAT", b"") for _ in range(300_000))
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 120, 40, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + pieces + png_chunk(b"IDAT", coded) + png_chunk(b"IEND", b"")


def _empty_blocks() -> bytes:
    # Stored blocks of deflate without a byte in them.
    return b"\x78\x01" + b"\0\0\0\xff\xff" * 3_000_000 + zlib.compress(bytes(40 * 121))[2:]


def _with_text(kind: bytes) -> bytes:
    packed = b"name\0\0" + _zeros(2**30)
    return _png(120, 40, 8, 2, png_chunk(kind, packed))


def _deep_with_wrong_filters() -> bytes:
    pixels = png_bytes(np.zeros((40, 30, 3), np.uint16))
    start = pixels.index(b"IDAT")
    size = struct.unpack_from(">I", pixels, start - 4)[0]
    raw = bytearray(zlib.decompress(pixels[start + 4 : start + 4 + size]))
    raw[181 * 20] = 9
    return _png(30, 40, 16, 2, stream=zlib.compress(bytes(raw)))


def _jpeg(scans: int, side: int = 64, between: bytes = b"") -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)
    content = pillow_bytes(Image.fromarray(noise), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + between + content[last:-2] * scans + content[-2:]


def _jpeg_of(mode: str, **options: Any) -> bytes:
    return pillow_bytes(Image.new(mode, (_WIDE, _HIGH)), "JPEG", quality=20, **options)


def _jpeg_with(segment: bytes, times: int) -> bytes:
    content = pillow_bytes(Image.fromarray(drawn_crop()), "JPEG")
    return content[:2] + segment * times + content[2:]


def _exif(entries: int, count: int) -> bytes:
    block = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", entries)
    block += struct.pack("<HHII", 0x8769, 4, count, 8) * entries + b"\x08\0\0\0"
    return b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block


def _marker(kind: int, content: bytes) -> bytes:
    return bytes((255, kind)) + struct.pack(">H", len(content) + 2) + content


def _tiff(entries: list[tuple[int, int, int, int]], behind: bytes = b"", following: int = 0) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries))
    return head + packed + struct.pack("<I", following) + behind


def _tiff_of(width: int, height: int, bits: int, channels: int, compression: int, **tags: int) -> bytes:
    """A TIFF of zeros in one strip, deflated if `compression` is 8."""
    size = width * height * channels * bits // 8
    strip = _zeros(size) if compression == 8 else bytes(size)
    count = 12 + bool(tags.get("extra"))
    start = 8 + 2 + 12 * count + 4 + 2 * channels
    bits_at = start - 2 * channels
    entries = [
        *((256, 4, 1, width), (257, 4, 1, height), (259, 3, 1, compression), (262, 3, 1, 2 if channels >= 3 else 1)),
        (258, 3, channels, bits if channels < 3 else bits_at),
        *((273, 4, 1, start), (277, 3, 1, channels), (278, 4, 1, height), (279, 4, 1, len(strip))),
        *(
            (284, 3, 1, tags.get("planar", 1)),
            (339, 3, 1, tags.get("format", 1)),
            (317, 3, 1, tags.get("predictor", 1)),
        ),
    ]
    if tags.get("extra"):
        entries.append((338, 3, 1, tags["extra"]))
    return _tiff(entries, struct.pack(f"<{channels}H", *(bits,) * channels) + strip)


def _overlapping_directories() -> bytes:
    # Each directory begins two bytes behind the one before, and they share their entries.
    data = bytearray(b"II*\0\x08\0\0\0")
    data += struct.pack("<H", 4000) * 57_000
    return bytes(data)


def _chain(pages: int) -> bytes:
    step = 2 + 12 + 4
    pages_of = (
        struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 1) + struct.pack("<I", 8 + step * (n + 1))
        for n in range(pages)
    )
    return b"II*\0\x08\0\0\0" + b"".join(pages_of)


def _loop() -> bytes:
    content = bytearray(tiff_bytes(drawn_crop(), photometric="rgb"))
    at = struct.unpack_from("<I", content, 4)[0]
    number = struct.unpack_from("<H", content, at)[0]
    struct.pack_into("<I", content, at + 2 + 12 * number, at)
    return bytes(content)


def _shared_strips(strips: int, size: int = 30_000, compression: int = 8) -> bytes:
    """Strips of one row, all in the same bytes."""
    block = _zeros(size)
    start = 8 + 2 + 12 * 9 + 4
    offsets = struct.pack("<I", start + 8 * strips) * strips
    counts = struct.pack("<I", len(block)) * strips
    entries = [
        *((256, 4, 1, min(size, 30_000)), (257, 4, 1, strips), (258, 3, 1, 8), (259, 3, 1, compression)),
        *((262, 3, 1, 1), (273, 4, strips, start), (277, 3, 1, 1), (278, 4, 1, 1)),
        (279, 4, strips, start + 4 * strips),
    ]
    return _tiff(entries, offsets + counts + block)


def _own_strips(strips: int) -> bytes:
    """Strips of one row of one pixel each, all in bytes of their own."""
    start = 8 + 2 + 12 * 9 + 4
    place = start + 8 * strips
    offsets = struct.pack(f"<{strips}I", *range(place, place + strips))
    counts = struct.pack("<I", 1) * strips
    entries = [
        *((256, 4, 1, 1), (257, 4, 1, strips), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 4, strips, start), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, strips, start + 4 * strips)),
    ]
    return _tiff(entries, offsets + counts + bytes(strips))


def _inflating_strip() -> bytes:
    content = bytearray(_tiff_of(64, 48, 8, 1, 8))
    return bytes(content[: -len(_zeros(64 * 48))]) + _zeros(2**30)


def _coded(compression: str, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((_HIGH, _WIDE), np.uint8), compression=compression, rowsperstrip=_HIGH, **options)
    return file.getvalue()


def _fax(compression: str) -> bytes:
    return pillow_bytes(Image.new("1", (30_000, 2133), 1), "TIFF", compression=compression)


def _many_tags() -> bytes:
    return _tiff([(number, 4, 4_000_000, 8) for number in range(3000, 7000)], bytes(100))


def _tiles() -> bytes:
    content = tifffile_tiles = tiff_bytes(drawn_crop(), photometric="rgb", tile=(16, 16), compression="zlib")
    edited = bytearray(tifffile_tiles)
    at = struct.unpack_from("<I", content, 4)[0]
    for entry in range(struct.unpack_from("<H", content, at)[0]):
        where = at + 2 + 12 * entry
        if struct.unpack_from("<H", content, where)[0] in (322, 323):
            struct.pack_into("<HI", edited, where + 2, 4, 1)
            struct.pack_into("<I", edited, where + 8, 2**31)
    return bytes(edited)


def _bmp(width: int, height: int, bits: int, coding: int, data: bytes) -> bytes:
    palette = bytes(4 * 2**bits) if bits <= 8 else b""
    start = 54 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, coding, len(data), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + palette + data


def _webp(**options: Any) -> bytes:
    return pillow_bytes(Image.new("RGBA", (16_000, 3900), (1, 2, 3, 90)), "WEBP", **options)


def _moving_webp() -> bytes:
    frames = [Image.new("RGB", (64, 64), (n % 256, 0, 0)) for n in range(1500)]
    return pillow_bytes(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=1)


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


_HUGE = _PIXELS
BOMBS: dict[str, tuple[int, Bomb]] = {
    "png: 64 MP with alpha": (_HUGE, lambda: _png(_WIDE, _HIGH, 8, 6)),
    "png: 64 MP of colours": (_HUGE, lambda: _png(_WIDE, _HIGH, 8, 2)),
    "png: 64 MP of 16 bits": (_HUGE, lambda: _png(_WIDE, _HIGH, 16, 2)),
    "png: 64 MP of 16 bits with alpha": (_HUGE, lambda: _png(_WIDE, _HIGH, 16, 6)),
    "png: 64 MP of 16-bit grey with alpha": (_HUGE, lambda: _png(_WIDE, _HIGH, 16, 4)),
    "png: 64 MP of a palette with transparency": (
        _HUGE,
        lambda: _png(_WIDE, _HIGH, 8, 3, png_chunk(b"PLTE", bytes(768)), png_chunk(b"tRNS", bytes(256))),
    ),
    "png: 64 MP of one bit": (_HUGE, lambda: _png(_WIDE, _HIGH, 1, 0)),
    "png: 64 MP interlaced": (_HUGE, _interlaced),
    "png: 8 MP with alpha": (8_000_000, lambda: _png(4000, 2000, 8, 6)),
    "png: 8 MP of 16 bits with alpha": (8_000_000, lambda: _png(4000, 2000, 16, 6)),
    "png: 900 MP": (0, lambda: _png(30_000, 30_000, 8, 0, stream=_zeros(900_000_000))),
    "png: 2**31 - 1 along a side": (0, lambda: _png(2**31 - 1, 2**31 - 1, 16, 6, stream=b"x")),
    "png: a gigabyte behind the pixels": (0, lambda: _png(120, 40, 8, 2, stream=_zeros(2**30))),
    "png: 300,000 chunks": (0, _many_chunks),
    "png: 3,000,000 empty blocks": (0, lambda: _png(120, 40, 8, 0, stream=_empty_blocks())),
    "png: a colour profile of a gigabyte": (0, lambda: _with_text(b"iCCP")),
    "png: a text of a gigabyte": (0, lambda: _with_text(b"zTXt")),
    "png: an international text of a gigabyte": (
        0,
        lambda: _png(120, 40, 8, 2, png_chunk(b"iTXt", b"name\0\1\0\0\0" + _zeros(2**30))),
    ),
    "png: 16 bits, a filter that doesn't exist": (0, _deep_with_wrong_filters),
    "png: one pixel high, 30,000 wide": (0, lambda: _png(30_000, 1, 16, 6)),
    "jpeg: 1,500 scans": (0, lambda: _jpeg(1500)),
    "jpeg: 1,500 scans behind an end in a comment": (0, lambda: _jpeg(1500, 250, between=_marker(0xFE, b"\xff\xd9"))),
    "jpeg: 80 scans of 4 MP": (4_000_000, lambda: _jpeg(80, 2000)),
    "jpeg: 64 MP progressive": (_HUGE, lambda: _jpeg_of("RGB", progressive=True)),
    "jpeg: 64 MP": (_HUGE, lambda: _jpeg_of("RGB")),
    "jpeg: 64 MP of grey": (_HUGE, lambda: _jpeg_of("L")),
    "jpeg: 64 MP of inks": (_HUGE, lambda: _jpeg_of("CMYK")),
    "jpeg: 200,000 comments": (0, lambda: _jpeg_with(_marker(0xFE, b"x"), 200_000)),
    "jpeg: 20,000 tables": (0, lambda: _jpeg_with(_marker(0xDB, b"\0" + bytes(range(1, 65))), 20_000)),
    "jpeg: EXIF that leads back to itself": (0, lambda: _jpeg_with(_exif(2000, 1), 1)),
    "jpeg: EXIF of 2**31 values": (0, lambda: _jpeg_with(_exif(2000, 2**31), 1)),
    "jpeg: 255 pieces of a colour profile": (
        0,
        lambda: _jpeg_with(_marker(0xE2, b"ICC_PROFILE\0\1\1" + bytes(65_000)), 255),
    ),
    "jpeg: 65,500 along each side": (0, lambda: _resized_jpeg(65_500, 65_500)),
    "jpeg: 8000 x 8000 without their data": (_HUGE, lambda: _resized_jpeg(8000, 8000)),
    "tiff: overlapping directories": (0, _overlapping_directories),
    "tiff: 60,000 directories": (0, lambda: _chain(60_000)),
    "tiff: 200,000 directories": (0, lambda: _chain(200_000)),
    "tiff: a page that leads back to itself": (0, _loop),
    "tiff: 4,000 tags of 16 MB": (0, _many_tags),
    "tiff: 30,000 strips that share a block": (0, lambda: _shared_strips(30_000, 2000)),
    "tiff: 1,000 strips that share a block": (0, lambda: _shared_strips(1000, 30_000)),
    "tiff: 30,000 strips of a pixel": (0, lambda: _own_strips(30_000)),
    "tiff: 64 MP of 16 bits": (_HUGE, lambda: _tiff_of(_WIDE, _HIGH, 16, 3, 8)),
    "tiff: 64 MP of 16 bits with alpha": (_HUGE, lambda: _tiff_of(_WIDE, _HIGH, 16, 4, 8, extra=2)),
    "tiff: 64 MP of 16 bits with multiplied alpha": (_HUGE, lambda: _tiff_of(_WIDE, _HIGH, 16, 4, 8, extra=1)),
    "tiff: 64 MP of 16 bits, predicted": (_HUGE, lambda: _tiff_of(_WIDE, _HIGH, 16, 3, 8, predictor=2)),
    "tiff: 64 MP of floats": (_HUGE, lambda: _tiff_of(_WIDE, _HIGH, 32, 1, 8, format=3)),
    "tiff: 64 MP of long floats": (_HUGE, lambda: _tiff_of(_WIDE, _HIGH, 64, 1, 8, format=3)),
    "tiff: 8 MP of 16 bits with alpha": (8_000_000, lambda: _tiff_of(4000, 2000, 16, 4, 8, extra=2)),
    "tiff: 20 MP of 16 bits, uncompressed": (20_000_000, lambda: _tiff_of(5000, 4000, 16, 3, 1)),
    "tiff: a strip that inflates to a gigabyte": (0, _inflating_strip),
    "tiff: 64 MP of LZW": (_HUGE, lambda: _coded("lzw")),
    "tiff: 64 MP of Zstandard": (_HUGE, lambda: _coded("zstd")),
    "tiff: 64 MP of PackBits": (_HUGE, lambda: _coded("packbits")),
    "tiff: 64 MP of fax 4": (_HUGE, lambda: _fax("group4")),
    "tiff: 64 MP of fax 3": (_HUGE, lambda: _fax("group3")),
    "tiff: tiles of 2**31 pixels": (0, _tiles),
    "bmp: 64 MP of run lengths": (_HUGE, lambda: _bmp(_WIDE, _HIGH, 8, 1, b"\xff\0" * 260_000 + b"\0\1")),
    "bmp: 20,000,000 empty runs": (0, lambda: _bmp(100, 100, 8, 1, b"\0\2\0\0" * 10_000_000 + b"\0\1")),
    "webp: 62 MP without loss": (62_400_000, lambda: _webp(lossless=True, method=0)),
    "webp: 62 MP": (62_400_000, lambda: _webp(quality=1, method=0)),
    "webp: 1,500 frames": (0, _moving_webp),
    "webp: 200,000 chunks": (0, lambda: _riff(b"VP8X" + struct.pack("<I", 10) + bytes(10) + b"abcd\0\0\0\0" * 200_000)),
}


def _resized_jpeg(width: int, height: int) -> bytes:
    content = bytearray(pillow_bytes(Image.fromarray(drawn_crop()), "JPEG"))
    frame = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, frame + 5, height, width)
    return bytes(content)


def make(seed: int, number: int, folder: Path) -> Case:
    """Bomb `number`; after the last comes the first again."""
    names = list(BOMBS)
    name = names[number % len(names)]
    pixels, content = BOMBS[name]
    path = folder / "bomb.png"
    path.write_bytes(content())
    return Case(name.partition(":")[0], name, path, pixels)
