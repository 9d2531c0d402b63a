"""Opens a model on an engine and a device, and checks the device against the CPU."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import EngineError, ModelError
from sperm_viewer.domain.prediction import Forward
from sperm_viewer.inference import onnx_engine
from sperm_viewer.inference.engine import Engine
from sperm_viewer.inference.model_folders import ONNX_FILE, WEIGHTS_FILE, ModelFolder
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.out_of_distribution import (
    REFERENCE_APPEARANCE_FILE,
    ReferenceAppearance,
    parse_reference_appearance,
)
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.inference.scorer import Scorer
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

ENGINES = ("auto", "onnx", "torch")
DEVICES = ("auto", "cpu", "cuda", "directml", "coreml", "mps")
_CLASS_WEIGHTS = "classifier.weight"
_AGREE = 1e-2
"""The largest allowed difference of logits from the CPU's: too small to change a class, exceeded by half precision."""

NetworkLoader = Callable[[ModelFolder], Any]
"""Builds the torch network of a model folder; injected, because this room doesn't import torch."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`notes` are sentences for the user, for instance on a device that is not used."""

    scorer: Scorer
    engine: Engine
    notes: tuple[str, ...]


def open_scorer(model: ModelFolder, engine: str, device: str, load_network: NetworkLoader | None) -> Opened:
    """Loads and verifies a model. `auto` takes the best device whose answers agree with the CPU's.

    Raises ModelError for altered or missing files, EngineError if the engine or device isn't available.
    """
    model.verify(ONNX_FILE, WEIGHTS_FILE)
    reference = read_reference(model)
    class_weights = read_class_weights(model)
    if device != "auto":
        opened = _open(model, engine, device, load_network)
        return Opened(Scorer(model, opened, class_weights, reference), opened, ())
    notes: list[str] = []
    chosen = _best(model, engine, load_network, notes)
    guarded = chosen if chosen.device == "cpu" else FallbackEngine(chosen, lambda: _cpu(model, engine, load_network))
    return Opened(Scorer(model, guarded, class_weights, reference), guarded, tuple(notes))


def read_reference(model: ModelFolder) -> ReferenceAppearance:
    """The appearance of a model's training crops. Raises ModelError if its file is altered or missing."""
    model.verify(REFERENCE_APPEARANCE_FILE)
    return parse_reference_appearance(load_file(model.path / REFERENCE_APPEARANCE_FILE))


def read_class_weights(model: ModelFolder) -> FloatArray:
    """The weights (classes, channels), float32, of the linear layer after the pooled feature map.

    Only this array is read. Call `verify` on the file first. Raises ModelError if the file doesn't contain it.
    """
    file = model.path / WEIGHTS_FILE
    try:
        with safe_open(file, "numpy") as weights:
            found = np.asarray(weights.get_tensor(_CLASS_WEIGHTS), np.float32)
    except SafetensorError as error:
        raise ModelError(
            f"{file}: made for another version of Sperm Viewer (no '{_CLASS_WEIGHTS}'). Install the model again."
        ) from error
    if found.ndim != 2 or len(found) != len(model.spec.classes) or not np.isfinite(found).all():
        raise ModelError(f"{file}: '{_CLASS_WEIGHTS}' doesn't fit the model's classes. Install the model again.")
    return found


def _open(model: ModelFolder, engine: str, device: str, load_network: NetworkLoader | None) -> Engine:
    if engine == "torch" or (engine == "auto" and device == "mps"):
        if load_network is None or importlib.util.find_spec("torch") is None:
            raise EngineError(
                "The torch engine isn't part of this installation. Choose the engine onnx, or install with Python: "
                "pip install 'sperm-viewer[torch]'."
            )
        from sperm_viewer.inference.torch_engine import TorchEngine

        return TorchEngine(load_network(model), device)
    return OnnxEngine(model.path / ONNX_FILE, device)


def _cpu(model: ModelFolder, engine: str, load_network: NetworkLoader | None) -> Engine:
    return _open(model, "torch" if engine == "torch" else "onnx", "cpu", load_network)


def _best(model: ModelFolder, engine: str, load_network: NetworkLoader | None, notes: list[str]) -> Engine:
    cpu = _cpu(model, engine, load_network)
    for device in _candidates(engine):
        try:
            opened = _open(model, engine, device, load_network)
            apart = disagreement(opened, cpu, model)
        except (EngineError, ModelError) as error:
            notes.append(f"The {device} device can't be used, so the CPU is: {error}")
            continue
        if apart <= _AGREE:
            return opened
        notes.append(f"The {device} device gives other answers than the CPU (logits {apart:.3g} apart): not used.")
    return cpu


def _candidates(engine: str) -> list[str]:
    if engine == "torch":
        from sperm_viewer.inference import torch_engine

        present = torch_engine.devices()
    else:
        present = onnx_engine.devices()
    return [device for device in present if device != "cpu"]


def disagreement(one: Engine, other: Engine, model: ModelFolder) -> float:
    """The largest difference between two engines' logits on a few rendered crops."""
    apart = 0.0
    for head_class in HeadClass:
        rgb = render_cell(typical_cell(head_class)).rgb
        batch, _ = prepare(rgb, None, model.spec.preprocessing)
        difference = np.abs(one.forward(batch).logits - other.forward(batch).logits).max()
        apart = max(apart, float(difference) if np.isfinite(difference) else np.inf)
    return apart


class FallbackEngine:
    """An engine that continues on the CPU if its device fails (out of memory, unplugged); `note` tells the user."""

    def __init__(self, engine: Engine, open_cpu: Callable[[], Engine]) -> None:
        self._engine = engine
        self._open_cpu = open_cpu
        self._lock = threading.Lock()
        self.note = ""

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def device(self) -> str:
        return self._engine.device

    def forward(self, batch: FloatArray) -> Forward:
        engine = self._engine
        try:
            return engine.forward(batch)
        except EngineError as error:
            if engine.device == "cpu":
                raise
            with self._lock:
                if self._engine is engine:
                    self._engine = self._open_cpu()
                    self.note = f"The {engine.device} device failed; scoring goes on with the CPU. ({error})"
            return self._engine.forward(batch)
