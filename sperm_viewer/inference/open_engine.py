"""From 'which engine, which device' to a scorer that can be trusted."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import EngineError, ModelError
from sperm_viewer.domain.prediction import Forward
from sperm_viewer.inference import onnx_engine
from sperm_viewer.inference.engine import Engine
from sperm_viewer.inference.model_folders import ONNX_FILE, ModelFolder
from sperm_viewer.inference.onnx_engine import OnnxEngine
from sperm_viewer.inference.onnx_file import half_array
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE, parse_reference_appearance
from sperm_viewer.inference.preprocess import prepare
from sperm_viewer.inference.scorer import Scorer
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

ENGINES = ("auto", "onnx", "torch")
DEVICES = ("auto", "cpu", "cuda", "directml", "coreml", "mps")
_CLASS_WEIGHTS = "classifier.weight.fp16"
_AGREE = 1e-2
"""How far a device's logits may be from the CPU's; classes don't turn on less, and half precision would show more."""

NetworkLoader = Callable[[ModelFolder], Any]
"""Builds the torch network of a model folder; handed in from above, because this room knows no torch."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`notes` says in words what the user should know: a device that was not trusted, say."""

    scorer: Scorer
    engine: Engine
    notes: tuple[str, ...]


def open_scorer(model: ModelFolder, engine: str, device: str, load_network: NetworkLoader | None) -> Opened:
    """Loads and verifies a model. `auto` takes the best device whose answers agree with the CPU's, and says so.

    Raises ModelError for altered or missing files, EngineError where what was asked for isn't there.
    """
    model.verify(ONNX_FILE, REFERENCE_APPEARANCE_FILE)
    reference = parse_reference_appearance(load_file(model.path / REFERENCE_APPEARANCE_FILE))
    # From the ONNX file, which holds the same numbers: the installed app has no other weights.
    class_weights = half_array((model.path / ONNX_FILE).read_bytes(), _CLASS_WEIGHTS)
    if device != "auto":
        opened = _open(model, engine, device, load_network)
        return Opened(Scorer(model, opened, class_weights, reference), opened, ())
    notes: list[str] = []
    chosen = _best(model, engine, load_network, notes)
    guarded = chosen if chosen.device == "cpu" else FallbackEngine(chosen, lambda: _cpu(model, engine, load_network))
    return Opened(Scorer(model, guarded, class_weights, reference), guarded, tuple(notes))


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
    """An engine that goes on with the CPU once its device fails (out of memory, unplugged), and says so in `note`."""

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
