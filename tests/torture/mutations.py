"""Damaged image files, by number: the same seed and number give the same file on every machine."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from image_bytes import drawn_crop, pillow_bytes, png_bytes, png_chunk, sixteen_bits, tiff_bytes
from odd_files import READ, write_odd_folder
from PIL import Image

_LONGEST_EDIT = 8
_HEADER_BYTES = 400
_TELLING_NUMBERS = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    12,
    15,
    16,
    17,
    24,
    32,
    64,
    255,
    256,
    257,
    4096,
    30_000,
    32_767,
    32_768,
    65_535,
)
_TELLING_LONGS = (*_TELLING_NUMBERS, 65_536, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_PNG_MARK = 8


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file that is read: its name, its format ("png", "jpeg", "bmp", "webp", "tiff") and its bytes."""

    name: str
    format: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mutation:
    """A damaged file: how it was damaged, the file it came from, its bytes."""

    way: str
    source: Source
    content: bytes


def sources() -> tuple[Source, ...]:
    """The whole files of the odd folder, and TIFFs of every compression that is read, in the order of their names."""
    with tempfile.TemporaryDirectory() as place:
        outcomes = write_odd_folder(Path(place))
        whole = {name: (Path(place) / name).read_bytes() for name in outcomes if outcomes[name] == READ}
    whole |= _compressed_tiffs() | {"deep planes.png": png_bytes(sixteen_bits(drawn_crop(40, 30)), interlaced=True)}
    return tuple(Source(name, _format(content), content) for name, content in sorted(whole.items()))


def mutation(chosen: Sequence[Source], seed: int, number: int) -> Mutation:
    """Mutation `number` of the files `chosen`."""
    random = np.random.default_rng([seed, number])
    # Formats have the same share, however many files there are of each.
    formats = sorted({source.format for source in chosen} | {"tiff "})
    wanted = str(random.choice(formats)).strip()
    of_format = [source for source in chosen if source.format == wanted]
    source = of_format[random.integers(len(of_format))]
    way = str(random.choice(("flip", "truncate", "splice", "overwrite", "field", "field", "field")))
    if way == "splice":
        pool = of_format if random.random() < 0.7 else list(chosen)
        content = _splice(random, source.content, pool[random.integers(len(pool))].content)
    elif way == "field":
        content = _FIELD_EDITS[source.format](random, source.content)
    else:
        content = _BYTE_EDITS[way](random, source.content)
    return Mutation(way, source, content)


def _compressed_tiffs() -> dict[str, bytes]:
    pixels = drawn_crop(64, 48)
    deep = sixteen_bits(pixels)
    one_bit = Image.fromarray(pixels).convert("1")
    files = {
        f"{compression} {kind}.tif": tiff_bytes(stored, photometric="rgb", compression=compression, rowsperstrip=11)
        for compression in ("lzw", "zlib", "packbits", "zstd")
        for kind, stored in (("8 bits", pixels), ("16 bits", deep))
    }
    files |= {
        f"{compression} predicted in tiles.tif": tiff_bytes(
            deep, photometric="rgb", compression=compression, predictor=True, tile=(16, 32)
        )
        for compression in ("lzw", "zlib", "zstd")
    }
    files |= {
        f"{compression}.tif": pillow_bytes(one_bit, "TIFF", compression=compression)
        for compression in ("tiff_ccitt", "group3", "group4", "tiff_lzw", "packbits")
    }
    floats = pixels[..., 0] / np.float32(255)
    files["floats predicted.tif"] = tiff_bytes(floats, compression="zlib", predictor=3)
    files["12 bits packed.tif"] = tiff_bytes(deep[..., 0] >> 4, bitspersample=12)
    return files


def _format(content: bytes) -> str:
    marks = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"BM": "bmp", b"RIFF": "webp", b"II": "tiff", b"MM": "tiff"}
    return next(name for mark, name in marks.items() if content.startswith(mark))


# --- Edits of any bytes ---------------------------------------------------------------------------------------------


def _position(random: np.random.Generator, content: bytes) -> int:
    in_header = random.random() < 0.5
    return int(random.integers(min(len(content), _HEADER_BYTES) if in_header else len(content)))


def _flip(random: np.random.Generator, content: bytes) -> bytes:
    edited = bytearray(content)
    for _ in range(random.integers(1, _LONGEST_EDIT + 1)):
        edited[_position(random, content)] ^= 1 << int(random.integers(8))
    return bytes(edited)


def _truncate(random: np.random.Generator, content: bytes) -> bytes:
    end = int(random.integers(len(content)))
    kept = content[:end]
    return kept + bytes(len(content) - end) if random.random() < 0.2 else kept


def _overwrite(random: np.random.Generator, content: bytes) -> bytes:
    edited = bytearray(content)
    for _ in range(random.integers(1, 6)):
        at = min(_position(random, content), len(edited))
        replaced = int(random.integers(_LONGEST_EDIT))
        edited[at : at + replaced] = random.bytes(int(random.integers(1, _LONGEST_EDIT)))
    return bytes(edited)


def _splice(random: np.random.Generator, first: bytes, second: bytes) -> bytes:
    if random.random() < 0.3:  # a block of the second within the first
        start, length = int(random.integers(len(second))), int(random.integers(1, 2000))
        at = int(random.integers(len(first)))
        return first[:at] + second[start : start + length] + first[at + int(random.integers(length)) :]
    return first[: random.integers(len(first))] + second[random.integers(len(second)) :]


# --- Edits of one field ---------------------------------------------------------------------------------------------


def _number(random: np.random.Generator, size: int) -> int:
    telling = _TELLING_LONGS if size > 2 else _TELLING_NUMBERS
    value = int(random.choice(telling)) if random.random() < 0.8 else int(random.integers(2**31))
    return value % 256**size


def _png_field(random: np.random.Generator, content: bytes) -> bytes:
    chunks: list[tuple[bytes, bytes]] = []
    at = _PNG_MARK
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        chunks.append((kind, content[at + 8 : at + 8 + length]))
        at += 12 + length
    chosen = int(random.integers(len(chunks)))
    kind, body = chunks[chosen]
    edit = random.random()
    if edit < 0.3:
        chunks[0] = (chunks[0][0], _header_field(random, chunks[0][1], (0, 4), (8, 9, 10, 11, 12)))
    elif edit < 0.6:
        index = next(number for number, (kind, _) in enumerate(chunks) if kind == b"IDAT")
        chunks[index] = (b"IDAT", _recompressed(random, b"".join(body for kind, body in chunks if kind == b"IDAT")))
        chunks = [chunk for number, chunk in enumerate(chunks) if chunk[0] != b"IDAT" or number == index]
    elif edit < 0.75 and body:
        chunks[chosen] = (kind, _flip(random, body))
    elif edit < 0.9:
        chunks.insert(int(random.integers(len(chunks) + 1)), chunks[chosen])
    else:
        del chunks[chosen]
    return content[:_PNG_MARK] + b"".join(png_chunk(kind, body) for kind, body in chunks)


def _header_field(
    random: np.random.Generator, header: bytes, longs: Sequence[int], single_bytes: Sequence[int]
) -> bytes:
    edited = bytearray(header)
    if random.random() < 0.5:
        struct.pack_into(">I", edited, int(random.choice(longs)), _number(random, 4))
    else:
        edited[int(random.choice(single_bytes))] = _number(random, 1) % 20
    return bytes(edited)


def _recompressed(random: np.random.Generator, coded: bytes) -> bytes:
    # Other pixels and filter bytes in a stream that inflates, with a right checksum.
    return zlib.compress(
        _BYTE_EDITS[str(random.choice(("flip", "truncate", "overwrite")))](random, zlib.decompress(coded))
    )


def _jpeg_field(random: np.random.Generator, content: bytes) -> bytes:
    segments: list[bytes] = []
    at = 2
    while content[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        segments.append(content[at:end])
        at = end
    rest = content[at:]
    chosen = int(random.integers(len(segments)))
    edit = random.random()
    if edit < 0.35:
        frame = next(number for number, segment in enumerate(segments) if segment[1] in (0xC0, 0xC1, 0xC2))
        edited = bytearray(segments[frame])
        if random.random() < 0.5:
            struct.pack_into(">H", edited, int(random.choice((2, 5, 7))), _number(random, 2))
        else:
            edited[int(random.integers(1, len(edited)))] = _number(random, 1)
        segments[frame] = bytes(edited)
    elif edit < 0.6:
        segments[chosen] = segments[chosen][:4] + _overwrite(random, segments[chosen][4:] or b"\0")
    elif edit < 0.7:
        segments[chosen] = b"\xff" + random.bytes(1) + segments[chosen][2:]
    elif edit < 0.8:
        segments.insert(int(random.integers(len(segments) + 1)), segments[chosen])
    elif edit < 0.9:
        rest = rest[:-2] * int(random.integers(2, 40)) + rest[-2:]  # many scans
    else:
        del segments[chosen]
    return content[:2] + b"".join(segments) + rest


def _bmp_field(random: np.random.Generator, content: bytes) -> bytes:
    edited = bytearray(content)
    for _ in range(random.integers(1, 3)):
        code, at = [("<I", 2), ("<I", 10), ("<I", 14), ("<I", 18), ("<I", 22), ("<H", 26), ("<H", 28), ("<I", 30)][
            random.integers(8)
        ]
        value = _number(random, struct.calcsize(code))
        struct.pack_into(code, edited, at, value if random.random() < 0.8 else -value % 256 ** struct.calcsize(code))
    return bytes(edited)


def _webp_field(random: np.random.Generator, content: bytes) -> bytes:
    starts = []
    at = 12
    while at + 8 <= len(content):
        starts.append(at)
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    chosen = int(random.choice(starts))
    edited = bytearray(content)
    edit = random.random()
    if edit < 0.3:
        struct.pack_into("<I", edited, 4 if random.random() < 0.3 else chosen + 4, _number(random, 4))
    elif edit < 0.8:
        field = chosen + 8 + int(random.integers(min(12, len(edited) - chosen - 8)))
        edited[field] = _number(random, 1)
    else:
        edited[chosen : chosen + 4] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANMF", b"ICCP", b"EXIF"][
            random.integers(7)
        ]
    return bytes(edited)


def _tiff_field(random: np.random.Generator, content: bytes) -> bytes:
    order = "<" if content[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", content, 2) == (43,)
    word, count_code, start = ("Q", "Q", 8) if big else ("I", "H", 4)
    size = struct.calcsize(order + word)
    (directory,) = struct.unpack_from(order + word, content, start)
    (number,) = struct.unpack_from(order + count_code, content, directory)
    first, step = directory + struct.calcsize(order + count_code), 4 + 2 * size
    edited = bytearray(content)
    for _ in range(random.integers(1, 4)):
        entry = first + step * int(random.integers(number))
        _edit_entry(random, edited, entry, order, word, first + step * number)
    return bytes(edited)


def _edit_entry(random: np.random.Generator, edited: bytearray, entry: int, order: str, word: str, end: int) -> None:
    size = struct.calcsize(order + word)
    kind, count, value = struct.unpack_from(f"{order}H{word}{word}", edited, entry + 2)
    length = count * {1: 1, 2: 1, 3: 2, 4: 4, 16: 8}.get(kind, 1)
    edit = random.random()
    if edit < 0.1:
        tags = (254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 338, 339, 347)
        struct.pack_into(order + "H", edited, entry, int(random.choice(tags)))
    elif edit < 0.2:
        struct.pack_into(order + "H", edited, entry + 2, int(random.integers(20)))
    elif edit < 0.3:
        struct.pack_into(order + word, edited, entry + 4, _number(random, size))
    elif edit < 0.35:
        struct.pack_into(order + word, edited, end, int(random.choice((0, 4, 8, entry, len(edited)))))
    elif length > size and value + length <= len(edited) and edit < 0.8:
        # One of the values that don't fit in the entry, such as the offset of one strip.
        place = value + int(random.integers(count)) * (length // count)
        field = min(length // count, 4)
        struct.pack_into(order + {1: "B", 2: "H"}.get(field, "I"), edited, place, _number(random, field))
    else:
        struct.pack_into(
            order + ("H" if kind == 3 else word), edited, entry + 4 + size, _number(random, 2 if kind == 3 else 4)
        )


_Edit = Callable[[np.random.Generator, bytes], bytes]
_BYTE_EDITS: dict[str, _Edit] = {"flip": _flip, "truncate": _truncate, "overwrite": _overwrite}
_FIELD_EDITS: dict[str, _Edit] = {
    "png": _png_field,
    "jpeg": _jpeg_field,
    "bmp": _bmp_field,
    "webp": _webp_field,
    "tiff": _tiff_field,
}
