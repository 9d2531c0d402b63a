"""The gradient of an ONNX graph by its input, written as more nodes of that graph: it then needs no torch to run.

Reverse-mode differentiation with one rule an operator, for the operators that our networks are exported to; weights are
constants. Tests compare it with torch's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from sperm_viewer.domain.errors import ModelError

_LAST = -(2**63)
"""As the end of a slice that runs backwards: up to the first."""
Dims = tuple[int | str, ...]


def add_gradient(model: onnx.ModelProto, output: str, seed: str, by: str) -> str:
    """Adds nodes that work out the gradient of sum(`seed` * `output`) by `by`, all three names of tensors of the graph.

    Returns the name of the gradient, which has the shape of `by`. Raises ModelError for an operator without a rule.
    """
    backward = _Backward(model)
    gradients = {output: seed}
    for node in reversed(model.graph.node):
        gradient = gradients.get(node.output[0])
        if gradient is None or by not in backward.behind[node.output[0]]:
            continue
        if node.op_type not in _RULES:
            raise ModelError(
                f"The network uses the operator {node.op_type}, whose gradient isn't known here. Choose another."
            )
        for name, part in _RULES[node.op_type](backward, node, gradient).items():
            if name == by or by in backward.behind.get(name, ()):
                gradients[name] = backward.add("Add", gradients[name], part) if name in gradients else part
    model.graph.node.extend(backward.nodes)
    return gradients[by]


@dataclass(slots=True)
class _Backward:
    """Nodes added so far, shapes of all tensors, and for each tensor the names of those it is worked out from."""

    model: onnx.ModelProto
    nodes: list[NodeProto] = field(default_factory=list)
    shapes: dict[str, Dims] = field(default_factory=dict)
    behind: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        graph = onnx.shape_inference.infer_shapes(self.model, data_prop=True).graph
        for value in (*graph.input, *graph.value_info, *graph.output):
            dims = value.type.tensor_type.shape.dim
            self.shapes[value.name] = tuple(d.dim_value if d.HasField("dim_value") else d.dim_param for d in dims)
        for tensor in graph.initializer:
            self.shapes[tensor.name] = tuple(tensor.dims)
        for node in graph.node:
            sources = set(node.input).union(*(self.behind.get(name, ()) for name in node.input))
            for name in node.output:
                self.behind[name] = sources

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        name = f"backward.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value: object, kind: type = np.int64) -> str:
        return self.add("Constant", value=numpy_helper.from_array(np.asarray(value, kind)))

    def known(self, name: str) -> list[int]:
        """The value of a constant of the graph."""
        tensors = [tensor for tensor in self.model.graph.initializer if tensor.name == name]
        for node in self.model.graph.node:
            if name in node.output and node.op_type == "Constant":
                tensors += [attribute.t for attribute in node.attribute if attribute.name == "value"]
        return [int(value) for value in numpy_helper.to_array(tensors[0])]

    def sides(self, name: str) -> tuple[int, int]:
        """Height and width of a feature map."""
        height, width = self.shapes[name][2:]
        return int(height), int(width)

    def shrunk(self, gradient: str, name: str, whole: str) -> str:
        """A gradient of `whole`'s shape summed over the axes along which `name` was repeated."""
        pairs = zip(self.shapes[name], self.shapes[whole], strict=True)
        axes = [axis for axis, (one, all_) in enumerate(pairs) if one == 1 and all_ != 1]
        return self.add("ReduceSum", gradient, self.constant(axes), keepdims=1) if axes else gradient


Rule = Callable[[_Backward, NodeProto, str], Mapping[str, str]]
"""From a node and the gradient of its output to the gradients of its inputs."""


def _attribute(node: NodeProto, name: str, default: object) -> object:
    found = [helper.get_attribute_value(a) for a in node.attribute if a.name == name]
    return found[0] if found else default


def _add(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    return {name: backward.shrunk(gradient, name, node.output[0]) for name in node.input}


def _mul(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    one, other = node.input
    return {
        name: backward.shrunk(backward.add("Mul", gradient, factor), name, node.output[0])
        for name, factor in ((one, other), (other, one))
    }


def _sigmoid(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    value = node.output[0]
    slope = backward.add("Mul", value, backward.add("Sub", backward.constant(1, np.float32), value))
    return {node.input[0]: backward.add("Mul", gradient, slope)}


def _relu(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    nothing = backward.constant(0, np.float32)
    return {node.input[0]: backward.add("Where", backward.add("Greater", node.output[0], nothing), gradient, nothing)}


def _same(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    return {node.input[0]: gradient}


def _mean(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    before, after = (backward.shapes[name] for name in (node.input[0], node.output[0]))
    if not _attribute(node, "keepdims", 1):
        # Ours is the mean over the picture at the very end.
        gradient = backward.add("Unsqueeze", gradient, backward.constant([2, 3]))
        after = (*after, 1, 1)
    count = np.prod([int(b) for b, a in zip(before, after, strict=True) if a == 1 and b != 1])
    share = backward.add("Mul", gradient, backward.constant(1 / count, np.float32))
    return {node.input[0]: backward.add("Expand", share, backward.add("Shape", node.input[0]))}


def _max(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    """Shared out evenly among places that are equally high, as torch does."""
    name, peak = node.input[0], node.output[0]
    there = backward.add("Cast", backward.add("Equal", name, peak), to=TensorProto.FLOAT)
    axes = [a for a, (b, p) in enumerate(zip(backward.shapes[name], backward.shapes[peak], strict=True)) if b != p]
    many = backward.add("ReduceSum", there, backward.constant(axes), keepdims=1)
    return {name: backward.add("Mul", there, backward.add("Div", gradient, many))}


def _max_pool(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    name = node.input[0]
    # Where each maximum was, as a second output of the operator.
    places = f"{node.output[0]}.places"
    node.output.append(places)
    how = {key: _ints(node, key) for key in ("kernel_shape", "strides", "pads")}
    return {name: backward.add("MaxUnpool", gradient, places, backward.add("Shape", name), **how)}


def _concat(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    axis = _attribute(node, "axis", 0)
    parts, start = {}, 0
    for name in node.input:
        end = start + int(backward.shapes[name][int(str(axis))])
        ends = (backward.constant([value]) for value in (start, end, axis))
        parts[name] = backward.add("Slice", gradient, *ends)
        start = end
    return parts


def _gemm(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    """x W^T + b, as torch's linear layer is exported."""
    return {node.input[0]: backward.add("MatMul", gradient, node.input[1])}


def _matmul(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    """By a constant matrix (rows, columns) from the right."""
    name, weight = node.input
    return {name: backward.add("MatMul", gradient, backward.add("Transpose", weight, perm=[1, 0]))}


def _reshape(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    name = node.input[0]
    return {name: backward.add("Reshape", gradient, backward.add("Shape", name))}


def _batch_norm(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    name, weight, _, _, variance = node.input
    epsilon = backward.constant(_attribute(node, "epsilon", 1e-5), np.float32)
    spread = backward.add("Sqrt", backward.add("Add", variance, epsilon))
    scale = backward.add("Unsqueeze", backward.add("Div", weight, spread), backward.constant([1, 2]))
    return {name: backward.add("Mul", gradient, scale)}


def _pad(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    starts = np.array(backward.known(node.input[1])[:4])
    ends = np.add(starts, [0, 0, *backward.sides(node.input[0])])
    cut = (backward.constant(part[2:]) for part in (starts, ends))
    return {node.input[0]: backward.add("Slice", gradient, *cut, backward.constant([2, 3]))}


def _conv(backward: _Backward, node: NodeProto, gradient: str) -> Mapping[str, str]:
    """With stride 1 it is a convolution too, by the kernel turned round, which is faster than a transposed one."""
    name, weight = node.input[:2]
    outside, inside = (int(size) for size in backward.shapes[weight][:2])
    kernel, strides, pads = (list(_ints(node, key)) for key in ("kernel_shape", "strides", "pads"))
    group = int(str(_attribute(node, "group", 1)))
    if strides != [1, 1]:
        sides = zip(backward.sides(name), backward.sides(node.output[0]), strict=True)
        missing = [
            before - ((after - 1) * strides[i] + kernel[i] - pads[i] - pads[i + 2])
            for i, (before, after) in enumerate(sides)
        ]
        how = {"strides": strides, "pads": pads, "kernel_shape": kernel, "group": group, "output_padding": missing}
        return {name: backward.add("ConvTranspose", gradient, weight, **how)}
    if group == 1:
        weight = backward.add("Transpose", weight, perm=[1, 0, 2, 3])
    elif (group, inside) != (outside, 1):
        raise ModelError("The network has a grouped convolution, whose gradient isn't known here. Choose another.")
    if kernel != [1, 1]:
        turned = ([-1, -1], [_LAST, _LAST], [2, 3], [-1, -1])
        weight = backward.add("Slice", weight, *(backward.constant(part) for part in turned))
    rest = [kernel[i % 2] - 1 - pad for i, pad in enumerate(pads)]
    return {name: backward.add("Conv", gradient, weight, pads=rest, kernel_shape=kernel, group=group)}


def _ints(node: NodeProto, name: str) -> list[int]:
    (found,) = (list(a.ints) for a in node.attribute if a.name == name)
    return found


_RULES: Mapping[str, Rule] = {
    "Add": _add,
    "BatchNormalization": _batch_norm,
    "Concat": _concat,
    "Conv": _conv,
    "Gemm": _gemm,
    "Identity": _same,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "Mul": _mul,
    "Pad": _pad,
    "ReduceMax": _max,
    "ReduceMean": _mean,
    "Relu": _relu,
    "Reshape": _reshape,
    "Sigmoid": _sigmoid,
}
