"""The models and devices that the user can choose."""

from __future__ import annotations

from collections.abc import Sequence

from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.inference.model_folders import ModelFolder, list_models
from sperm_viewer.inference.onnx_engine import devices

_DEVICE_NAMES = {
    "auto": "Automatic",
    "cpu": "CPU",
    "cuda": "CUDA",
    "directml": "DirectML",
    "coreml": "CoreML",
    "mps": "Apple GPU",
}


class ModelShelf:
    """The model folders found at the start, and those made since. A missing model is never replaced by another one."""

    def __init__(
        self, folders: Sequence[ModelFolder], problems: Sequence[str] = (), devices: Sequence[str] = ()
    ) -> None:
        """`problems` describes the folders that can't be used; `devices` are those of ONNX Runtime."""
        self.folders = tuple(folders)
        self.problems = tuple(problems)
        self.devices = ("auto", *(device for device in devices if device != "auto"))

    def add(self, folder: ModelFolder) -> None:
        """A model that was made since the start."""
        self.folders = (*self.folders, folder)

    def named(self, name: str) -> ModelFolder | None:
        return next((folder for folder in self.folders if folder.spec.name == name), None)

    def with_id(self, model: ModelId) -> ModelFolder | None:
        """The model with this hash; a model of the same name with other weights is a different model."""
        return next((folder for folder in self.folders if folder.id == model), None)


def installed_models() -> ModelShelf:
    """The models and devices of this machine."""
    folders, problems = list_models()
    return ModelShelf(folders, problems, devices())


def device_name(device: str) -> str:
    return _DEVICE_NAMES.get(device, device)
