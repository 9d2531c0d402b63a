"""What an engine is: a batch of prepared views in, logits and the pooled feature map out."""

from __future__ import annotations

from typing import Protocol

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.prediction import Forward


class Engine(Protocol):
    """One loaded network on one device; `forward` may be called from several threads at once."""

    @property
    def name(self) -> str:
        """`onnx` or `torch`."""
        ...

    @property
    def device(self) -> str:
        """`cpu`, `cuda`, `directml`, `coreml` or `mps`."""
        ...

    def forward(self, batch: FloatArray) -> Forward:
        """Runs a batch, float32 (views, 3, size, size). Raises EngineError where the device fails."""
        ...
