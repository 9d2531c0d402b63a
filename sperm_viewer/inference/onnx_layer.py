"""Another linear layer in the ONNX files of a model, without the `onnx` package, which the installed app doesn't have.

An ONNX file is a protocol-buffer message: fields, each a key (its number and wire type) and a value. Only the fields
that the linear layer is in are taken apart (onnx.proto3 gives their numbers); everything else is copied byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import ModelError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MODEL_GRAPH = 7
_INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 5, 11, 12, 13
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_RAW, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 1, 2, 8, 9, 13, 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_INFO_NAME, _INFO_TYPE, _TYPE_TENSOR, _TENSOR_SHAPE, _SHAPE_DIM, _DIM_VALUE = 1, 2, 1, 2, 1, 1
_FLOAT32, _FLOAT16 = 1, 10
_WEIGHTS = ("classifier.weight", "classifier.weight.fp16")
"""The layer's weights (classes, channels), and the same stored as float16 behind a cast."""
_BIAS = "classifier.bias"


@dataclass(frozen=True, slots=True)
class _Field:
    """`value` is a varint as a number, anything else as bytes; `at` is where it begins in its message."""

    number: int
    kind: int
    value: int | bytes
    at: int


def with_layer(model: bytes, weights: FloatArray, bias: FloatArray) -> bytes:
    """A model file with its last linear layer replaced by `weights` (classes, channels) and `bias` (classes,), float32.

    Raises ModelError if the file has no such layer.
    """
    return _with_layer(model, weights, bias, lambda tensor: tensor)


def gradient_with_layer(
    gradient: bytes, old_model: bytes, new_model: bytes, weights: FloatArray, bias: FloatArray
) -> bytes:
    """As `with_layer`, of the file of the gradient, whose other weights lie in the model file: in `new_model` elsewhere
    than in `old_model`.

    Raises ModelError if the files don't belong together.
    """
    old, new = _raw_places(old_model), _raw_places(new_model)
    names = {place: name for name, place in old.items()}

    def moved(tensor: bytes) -> bytes:
        fields = list(_fields(tensor))
        return _joined(
            _moved_entry(field, names, new) if field.number == _TENSOR_EXTERNAL else field for field in fields
        )

    return _with_layer(gradient, weights, bias, moved)


def _moved_entry(field: _Field, names: Mapping[int, str], places: Mapping[str, int]) -> _Field:
    """A line such as `offset = 123` of a tensor whose bytes lie in another file."""
    entry = {part.number: part for part in _fields(_bytes(field))}
    if _bytes(entry[_ENTRY_KEY]) != b"offset":
        return field
    try:
        place = places[names[int(_bytes(entry[_ENTRY_VALUE]))]]
    except KeyError as error:
        raise ModelError("gradient.onnx doesn't belong to model.onnx. Install the model again.") from error
    return _of(field.number, _joined([entry[_ENTRY_KEY], _of(_ENTRY_VALUE, str(place).encode())]))


def _with_layer(model: bytes, weights: FloatArray, bias: FloatArray, change: Callable[[bytes], bytes]) -> bytes:
    replaced: set[str] = set()

    def graph_field(field: _Field) -> _Field | None:
        if field.number == _VALUE_INFO:
            # Shapes of values in between: the runtime infers them anew.
            return None
        if field.number in (_INPUT, _OUTPUT):
            return _of(field.number, _resized(_bytes(field), len(bias)))
        if field.number != _INITIALIZER:
            return field
        tensor = _bytes(field)
        name = _name(tensor)
        if name not in (*_WEIGHTS, _BIAS):
            return _of(field.number, change(tensor))
        replaced.add(name)
        return _of(field.number, _tensor(name, bias if name == _BIAS else weights, tensor))

    def model_field(field: _Field) -> _Field:
        if field.number != _MODEL_GRAPH:
            return field
        return _of(field.number, _joined(kept for part in _fields(_bytes(field)) if (kept := graph_field(part))))

    made = _joined(model_field(field) for field in _fields(model))
    if _BIAS not in replaced or not replaced & set(_WEIGHTS):
        raise ModelError(f"The ONNX file has no layer '{_WEIGHTS[0]}', so it can't be taught. Choose another model.")
    return made


def _tensor(name: str, values: FloatArray, before: bytes) -> bytes:
    """A tensor with new values, in the number format that it had."""
    half = any(field.number == _TENSOR_TYPE and field.value == _FLOAT16 for field in _fields(before))
    stored = values.astype("<f2" if half else "<f4")
    dims = [_Field(_TENSOR_DIMS, _VARINT, size, 0) for size in values.shape]
    kind = _Field(_TENSOR_TYPE, _VARINT, _FLOAT16 if half else _FLOAT32, 0)
    return _joined([*dims, kind, _of(_TENSOR_NAME, name.encode()), _of(_TENSOR_RAW, stored.tobytes())])


def _resized(info: bytes, classes: int) -> bytes:
    """The description of the graph's input `chosen` or output `logits` with that many classes; others as they are."""
    name = next((_bytes(field) for field in _fields(info) if field.number == _INFO_NAME), b"")
    if name not in (b"chosen", b"logits"):
        return info

    def shape(message: bytes) -> bytes:
        dims = list(_fields(message))
        dims[-1] = _of(_SHAPE_DIM, _joined([_Field(_DIM_VALUE, _VARINT, classes, 0)]))
        return _joined(dims)

    return _within(info, (_INFO_TYPE, _TYPE_TENSOR, _TENSOR_SHAPE), shape)


def _within(message: bytes, path: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    if not path:
        return change(message)
    fields = _fields(message)
    return _joined(_of(f.number, _within(_bytes(f), path[1:], change)) if f.number == path[0] else f for f in fields)


def _raw_places(model: bytes) -> dict[str, int]:
    """Where in the file the bytes of each initializer begin, by its name."""
    places = {}
    for graph in _fields(model):
        if graph.number != _MODEL_GRAPH:
            continue
        for field in _fields(_bytes(graph)):
            if field.number == _INITIALIZER:
                tensor = _bytes(field)
                raw = next((part.at for part in _fields(tensor) if part.number == _TENSOR_RAW), None)
                if raw is not None:
                    places[_name(tensor)] = graph.at + field.at + raw
    return places


def _name(tensor: bytes) -> str:
    return next((_bytes(field).decode() for field in _fields(tensor) if field.number == _TENSOR_NAME), "")


def _fields(message: bytes) -> Iterator[_Field]:
    """Raises ModelError where the message isn't one."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            begin = at
            value, at = _read_varint(message, at)
            yield _Field(number, kind, value, begin)
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if kind == _BYTES:
            size, at = _read_varint(message, at)
        if size is None or at + size > len(message):
            raise ModelError("The ONNX file is damaged. Install the model again.")
        yield _Field(number, kind, message[at : at + size], at)
        at += size


def _joined(fields: Iterator[_Field] | list[_Field]) -> bytes:
    made = bytearray()
    for field in fields:
        made += _varint(field.number << 3 | field.kind)
        if isinstance(field.value, int):
            made += _varint(field.value)
            continue
        if field.kind == _BYTES:
            made += _varint(len(field.value))
        made += field.value
    return bytes(made)


def _of(number: int, value: bytes) -> _Field:
    return _Field(number, _BYTES, value, 0)


def _bytes(field: _Field) -> bytes:
    if isinstance(field.value, int):
        raise ModelError("The ONNX file is damaged. Install the model again.")
    return field.value


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not message[at - 1] & 0x80:
            return value, at
    raise ModelError("The ONNX file is damaged. Install the model again.")


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
