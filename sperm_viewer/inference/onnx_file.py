"""One array out of an ONNX file. ONNX Runtime gives none away, and the `onnx` package is for those who train.

The wire format: https://protobuf.dev/programming-guides/encoding/; the fields' numbers: `onnx.proto` of ONNX 1.x.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import ModelError

_GRAPH, _INITIALIZER = 7, 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_FLOAT16 = 10
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def half_array(model: bytes, name: str) -> FloatArray:
    """The float16 initializer of that name, as float32 in its own shape. Raises ModelError where there is none."""
    for number, graph in _fields(memoryview(model)):
        if number != _GRAPH or isinstance(graph, int):
            continue
        for inner, tensor in _fields(graph):
            if inner == _INITIALIZER and not isinstance(tensor, int):
                found = _read(tensor, name)
                if found is not None:
                    return found
    raise ModelError(f"model.onnx: made for another version of Sperm Viewer (no '{name}'). Install the model again.")


def _read(tensor: memoryview, name: str) -> FloatArray | None:
    shape: list[int] = []
    kind, raw = 0, memoryview(b"")
    for number, value in _fields(tensor):
        if number == _DIMS:
            shape += [value] if isinstance(value, int) else _varints(value)
        elif number == _DATA_TYPE and isinstance(value, int):
            kind = value
        elif number == _NAME and not isinstance(value, int):
            if bytes(value) != name.encode():
                return None
        elif number == _RAW_DATA and not isinstance(value, int):
            raw = value
    if kind != _FLOAT16 or not raw:
        return None
    return np.frombuffer(raw, "<f2").reshape(shape).astype(np.float32)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Each field's number, and its value: an int where it is a varint, else its bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        wire = key & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if wire == _BYTES:
            length, at = _varint(message, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ModelError("model.onnx: not an ONNX file. Install the model again.")
        yield key >> 3, message[at : at + length]
        at += length


def _varints(packed: memoryview) -> list[int]:
    found, at = [], 0
    while at < len(packed):
        value, at = _varint(packed, at)
        found.append(value)
    return found


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number at `at`, and where the next thing begins."""
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
    raise ModelError("model.onnx: cut short. Install the model again.")
