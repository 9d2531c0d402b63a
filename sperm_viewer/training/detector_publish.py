"""From the detector's trained network to its ONNX file."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import onnxscript.optimizer
import torch

from sperm_viewer.inference.detector_maps import MULTIPLE
from sperm_viewer.training.detector_network import DetectorNetwork, ReadyNetwork
from sperm_viewer.training.publish import store_as_half

_OPSET = 18
_MOST_SIXTEENTHS = 512


def export_detector(network: DetectorNetwork, path: Path) -> None:
    """Writes the network as ONNX: `image` (1, 3, height, width), sides multiples of 16, to `maps` (1, 7, height / 2,
    width / 2). Weights are stored as fp16, computed with as float32."""
    ready = ReadyNetwork(network.cpu()).eval()
    high, wide = (torch.export.Dim(name, min=2, max=_MOST_SIXTEENTHS) for name in ("high", "wide"))
    with warnings.catch_warnings():
        # torch's own exporter uses what torch itself has deprecated.
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            ready,
            (torch.zeros(1, 3, 10 * MULTIPLE, 12 * MULTIPLE),),
            input_names=["image"],
            output_names=["maps"],
            dynamic_shapes=({2: MULTIPLE * high, 3: MULTIPLE * wide},),
            opset_version=_OPSET,
            dynamo=True,
            optimize=False,
            verbose=False,
        )
    assert program is not None
    onnxscript.optimizer.fold_constants(program.model)
    model = program.model_proto
    store_as_half(model)
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save_model(model, path)
