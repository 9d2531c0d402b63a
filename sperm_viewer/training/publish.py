"""From a trained network to a model folder: weights, ONNX, `model.toml` and card, each hashed.

The weights are rounded to fp16 first and everything else is made from the rounded ones, so that both engines hold the
same numbers; both compute in float32.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxscript.optimizer
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import save_file

from sperm_viewer.inference.model_folders import GRADIENT_FILE, ONNX_FILE, SPEC_FILE, WEIGHTS_FILE
from sperm_viewer.inference.model_spec import ModelSpec, write_spec
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE, ReferenceAppearance
from sperm_viewer.training.describe import EVALUATION, describe, hashes
from sperm_viewer.training.network import HeadNetwork
from sperm_viewer.training.onnx_gradient import add_gradient

_OPSET = 18
_SMALL = 64
"""Constants of fewer values (shapes, axes) stay as they are."""


def publish(
    network: HeadNetwork, spec: ModelSpec, reference: ReferenceAppearance, evaluation: Path | None, folder: Path
) -> None:
    """Writes the model folder, whole or not at all; one that is there is replaced. `evaluation` is copied into it."""
    network = network.cpu().eval()
    rounded = {name: _half(value) for name, value in network.state_dict().items()}
    network.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in rounded.items()}
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as made:
        partial = Path(made) / folder.name
        partial.mkdir()
        save_file({name: value.contiguous() for name, value in rounded.items()}, partial / WEIGHTS_FILE)
        save_numpy(reference.arrays(), partial / REFERENCE_APPEARANCE_FILE)
        export_onnx(network, spec.preprocessing.size, partial / ONNX_FILE)
        export_gradient(partial)
        if evaluation:
            shutil.copytree(evaluation, partial / EVALUATION)
        write_spec(replace(spec, files=hashes(partial)), partial / SPEC_FILE)
        describe(partial)
        for file in partial.iterdir():
            # safetensors writes files that only their owner can read.
            file.chmod(0o644)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)


def _half(value: torch.Tensor) -> torch.Tensor:
    return value.detach().to(torch.float16) if value.is_floating_point() else value.detach()


def export_onnx(network: HeadNetwork, size: int, path: Path) -> None:
    """The network as ONNX: `batch` (views, 3, size, size) to `logits` and `features`; weights stored as fp16.

    Batch norms stay as they are: folded into the convolutions they would not survive the rounding.
    """
    with warnings.catch_warnings():
        # torch's own exporter uses what torch itself has deprecated.
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            network,
            (torch.zeros(2, 3, size, size),),
            input_names=["batch"],
            output_names=["logits", "features"],
            dynamic_shapes=({0: torch.export.Dim("views", min=1, max=64)},),
            opset_version=_OPSET,
            dynamo=True,
            optimize=False,
            verbose=False,
        )
    assert program is not None
    # Left in, the constants keep ONNX Runtime from folding anything, and it takes three times as long. The exporter's
    # own optimiser would also fold the batch norms, which then would not survive the rounding.
    onnxscript.optimizer.fold_constants(program.model)
    model = program.model_proto
    store_as_half(model)
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save_model(model, path)


def export_gradient(folder: Path) -> None:
    """From a model folder's ONNX file to a second one that shares its weights.

    It leads from `batch` (views, 3, size, size) and `chosen` (1, classes), which is 1 for one class, to `gradient`:
    that of the class's log-odds by the batch, in the batch's shape.

    Raises ModelError where the network has an operator whose gradient isn't known.
    """
    model = onnx.load(folder / ONNX_FILE)
    graph = model.graph
    (batch,), (logits, _) = graph.input, graph.output
    classes = logits.type.tensor_type.shape.dim[1].dim_value
    graph.input.append(helper.make_tensor_value_info("chosen", TensorProto.FLOAT, [1, classes]))
    # The log-odds are the chosen logit against all others together, whose gradient is their softmax.
    never = numpy_helper.from_array(np.array(-1e9, np.float32))
    graph.node.extend(
        [
            helper.make_node("Constant", [], ["never"], value=never),
            helper.make_node("Mul", ["chosen", "never"], ["left_out"]),
            helper.make_node("Add", ["logits", "left_out"], ["others"]),
            helper.make_node("Softmax", ["others"], ["shares"], axis=1),
            helper.make_node("Sub", ["chosen", "shares"], ["seed"]),
        ]
    )
    found = add_gradient(model, "logits", "seed", "batch")
    graph.node.append(helper.make_node("Identity", [found], ["gradient"]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("gradient", TensorProto.FLOAT, _dims(batch)))
    onnx.checker.check_model(model, full_check=True)
    _point_into(model, folder / ONNX_FILE)
    onnx.save_model(model, folder / GRADIENT_FILE)


def _dims(value: onnx.ValueInfoProto) -> list[int | str]:
    return [dim.dim_value or dim.dim_param for dim in value.type.tensor_type.shape.dim]


def _point_into(model: onnx.ModelProto, file: Path) -> None:
    """Takes out the weights that are stored as float16 and says where in another ONNX file their bytes stand."""
    content = file.read_bytes()
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT16:
            continue
        length = len(tensor.raw_data)
        # The same bytes of another tensor would serve as well.
        place = content.index(tensor.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", file.name), ("offset", place), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))


def store_as_half(model: onnx.ModelProto) -> None:
    """Stores float32 weights as float16 behind a cast, which ONNX Runtime works out once when it loads the model."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _SMALL:
            continue
        name = tensor.name
        stored = f"{name}.fp16"
        tensor.CopyFrom(numpy_helper.from_array(values.astype("float16"), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"cast.{name}", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
