"""What is said of data sets, recipes and networks; these need torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from messages.stage import Stage, broken, fails_with, said
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.inference.torch_engine import TorchEngine
from sperm_viewer.training import chain, load, onnx_gradient
from sperm_viewer.training.data import read_dataset
from sperm_viewer.training.network import build, load_pretrained
from sperm_viewer.training.predictions import read_predictions
from sperm_viewer.training.synthetic_crops import synthetic_crops
from sperm_viewer.training.systems import system_recipe
from sperm_viewer.training.train import _head_lengths


def messages(stage: Stage) -> Iterator[str]:
    folder = stage.empty("training")
    yield said(read_dataset, folder)
    (folder / "index.csv").write_text("file,class\na.png,normal\n")
    yield said(read_dataset, folder)
    yield said(_head_lengths, [])
    yield said(synthetic_crops, 1, ("round",))
    yield said(system_recipe, "abacus", "smids")
    yield said(system_recipe, "best", "nothing")
    yield said(build, "abacus", 3)
    yield from _weights(stage)
    yield from _gradients()
    (folder / "empty.csv").write_text("repeat,fold,path,label,group,logit_a\n")
    yield said(read_predictions, folder / "empty.csv")
    row = "0,0,a.png,a,a,1.0\n"
    (folder / "twice.csv").write_text(f"repeat,fold,path,label,group,logit_a\n{row}{row}")
    yield said(read_predictions, folder / "twice.csv")


def _weights(stage: Stage) -> Iterator[str]:
    network = build("simple-cnn", 3)
    yield said(TorchEngine, network, "abacus")
    yield said(TorchEngine(network, "cpu").forward, np.zeros((1, 1, 1, 1), np.float32))
    file = stage.folder / "training" / "weights.safetensors"
    save_file({"nothing": torch.zeros(1)}, file)
    yield said(load_pretrained, network, file)
    yield said(load_pretrained, build("efficientnetv2-b0", 3), file)
    recipe = replace(system_recipe("efficientnetv2-b0", "smids"), start=chain.IMAGENET)
    grounds = type("Grounds", (), {"imagenet": None})()
    yield said(chain._begin, network, recipe, {}, grounds)
    model = find_model("smids")
    with broken() as patch:
        patch.setattr(torch.nn.Module, "load_state_dict", fails_with(RuntimeError("size mismatch")))
        yield said(load.load_network, model)


def _gradients() -> Iterator[str]:
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 8, 8])
    weight = numpy_helper.from_array(np.zeros((4, 2, 1, 1), np.float32), "w")
    for node in (
        helper.make_node("Sin", ["x"], ["y"]),
        helper.make_node("Conv", ["x", "w"], ["y"], group=2, kernel_shape=[1, 1], strides=[1, 1], pads=[0] * 4),
    ):
        found = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 8, 8])
        model = helper.make_model(helper.make_graph([node], "g", [image], [found], [weight]))
        yield said(onnx_gradient.add_gradient, model, "y", "y", "x")
