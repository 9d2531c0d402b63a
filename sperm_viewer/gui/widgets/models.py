"""The models and devices that can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.inference.model_folders import ModelFolder
from sperm_viewer.session.session import SessionModel

_DEVICE_NAMES = {
    "auto": "Automatic",
    "cpu": "CPU",
    "cuda": "CUDA",
    "directml": "DirectML",
    "coreml": "CoreML",
    "mps": "Apple GPU",
}


class ModelShelf:
    """The model folders found at the start. A model is never replaced by another that happens to be there."""

    def __init__(
        self, folders: Sequence[ModelFolder], problems: Sequence[str] = (), devices: Sequence[str] = ()
    ) -> None:
        self.folders = tuple(folders)
        self.problems = tuple(problems)
        self.devices = ("auto", *(device for device in devices if device != "auto"))

    def named(self, name: str) -> ModelFolder | None:
        return next((folder for folder in self.folders if folder.spec.name == name), None)

    def with_id(self, model: ModelId) -> ModelFolder | None:
        """The very model of that hash: one of the same name with other weights is another model."""
        return next((folder for folder in self.folders if folder.id == model), None)


def session_model(folder: ModelFolder) -> SessionModel:
    return SessionModel(folder.id, folder.spec.classes, folder.spec.normal_class)


def device_name(device: str) -> str:
    return _DEVICE_NAMES.get(device, device)
