"""A model folder's network for the torch engine. Nothing heavy is imported until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_folders import ONNX_FILE, ModelFolder

if TYPE_CHECKING:
    from sperm_viewer.training.network import HeadNetwork


def load_network(model: ModelFolder) -> HeadNetwork:
    """The network with the weights in the folder's ONNX file, in float32.

    Raises ModelError where they don't match or don't fit.
    """
    from sperm_viewer.training.network import build
    from sperm_viewer.training.onnx_weights import complete, read_weights

    model.verify(ONNX_FILE)
    network = build(model.spec.architecture, len(model.spec.classes))
    try:
        network.load_state_dict(complete(read_weights(model.path / ONNX_FILE), network), strict=True)
    except RuntimeError as error:
        raise ModelError(
            f"{model.path / ONNX_FILE}: doesn't fit the architecture ({str(error)[:200]}). Train again."
        ) from error
    return network.eval()
