"""A published network's weights, which stand in its ONNX file alone: read back under torch's names."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

HALF = ".fp16"
"""Ends the name of a weight that is stored as float16."""


def read_weights(file: Path) -> dict[str, Tensor]:
    """Every weight of an ONNX file that `publish` wrote, float32, by its name in the network's state.

    Whatever else the graph holds as a constant is among them. How many batches a batch norm has seen is not: nothing
    depends on it.
    """
    stored = onnx.load(file).graph.initializer
    return {tensor.name.removesuffix(HALF): _tensor(tensor) for tensor in stored}


def _tensor(stored: onnx.TensorProto) -> Tensor:
    value = torch.from_numpy(numpy_helper.to_array(stored).copy())
    return value.float() if value.is_floating_point() else value


def complete(weights: dict[str, Tensor], network: torch.nn.Module) -> dict[str, Tensor]:
    """Those of `weights` that belong to a network, and its own counts of batches."""
    own = network.state_dict()
    counts = {name: value for name, value in own.items() if name.endswith("num_batches_tracked")}
    return {**counts, **{name: value for name, value in weights.items() if name in own}}
