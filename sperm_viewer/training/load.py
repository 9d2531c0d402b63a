"""A model folder's network for the torch engine. Nothing heavy is imported until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_folders import WEIGHTS_FILE, ModelFolder

if TYPE_CHECKING:
    from sperm_viewer.training.network import HeadNetwork


def load_network(model: ModelFolder) -> HeadNetwork:
    """The network with the folder's weights, in float32. Raises ModelError where they don't match or don't fit."""
    from safetensors.torch import load_file

    from sperm_viewer.training.network import build

    model.verify(WEIGHTS_FILE)
    network = build(model.spec.architecture, len(model.spec.classes))
    weights = {name: value.float() for name, value in load_file(model.path / WEIGHTS_FILE).items()}
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise ModelError(
            f"{model.path / WEIGHTS_FILE}: doesn't fit the architecture ({str(error)[:200]}). Train again."
        ) from error
    return network.eval()
