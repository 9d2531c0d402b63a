"""ONNX Runtime: the engine that needs no torch; CPU, and whatever graphics card the installed build serves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import EngineError
from sperm_viewer.domain.prediction import Forward

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}

# Warnings of the runtime (a provider that is not compiled in, say) are told in our own words.
onnxruntime.set_default_logger_severity(3)


def devices() -> list[str]:
    """The devices this build of ONNX Runtime can use, best first, the CPU last."""
    present = onnxruntime.get_available_providers()
    return [device for device in ("cuda", "directml", "coreml", "cpu") if PROVIDERS[device] in present]


class OnnxEngine:
    """One session. On the CPU each call runs on its caller's thread alone: several callers side by side are faster
    than several threads in one call, and a result never depends on how many there are.
    """

    name = "onnx"

    def __init__(self, model: Path, device: str = "cpu") -> None:
        if device not in PROVIDERS:
            raise EngineError(f"The ONNX engine knows no device '{device}'. Choose one of: {', '.join(PROVIDERS)}.")
        if device not in devices():
            raise EngineError(
                f"This installation of ONNX Runtime can't use '{device}'. Choose one of: {', '.join(devices())}."
            )
        self._session = _load(model, device)
        if self._session.get_providers()[0] != PROVIDERS[device]:
            # The runtime goes on without a provider that can't start, and would count as one.
            raise EngineError(f"ONNX Runtime could not start '{device}'. Check its driver, or choose the CPU.")
        self.device = device

    def forward(self, batch: FloatArray) -> Forward:
        try:
            logits, features = self._session.run(["logits", "features"], {"batch": batch})
        except Exception as error:
            raise EngineError(
                f"ONNX Runtime failed on '{self.device}' ({error}). Score again, or choose the CPU."
            ) from error
        return Forward(logits, features)


class OnnxGradient:
    """A `fine_heatmap.Gradient`, on the CPU and on its caller's thread."""

    def __init__(self, model: Path) -> None:
        self._session = _load(model, "cpu")
        self._classes = int(self._session.get_inputs()[1].shape[1])

    def __call__(self, batch: FloatArray, best: int) -> FloatArray:
        chosen = np.zeros((1, self._classes), np.float32)
        chosen[0, best] = 1
        try:
            (gradient,) = self._session.run(["gradient"], {"batch": batch, "chosen": chosen})
        except Exception as error:
            raise EngineError(f"ONNX Runtime failed on a fine heatmap ({error}). Use the usual one.") from error
        return np.asarray(gradient, np.float32)


def _load(model: Path, device: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    if device == "directml":
        options.enable_mem_pattern = False
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=[PROVIDERS[device]])
    except Exception as error:
        raise EngineError(
            f"{model}: ONNX Runtime can't load this on '{device}' ({error}). Install the model again."
        ) from error
