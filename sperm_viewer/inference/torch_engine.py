"""torch: the engine for CUDA and Apple graphics cards, and for comparing with; needs the `torch` extra."""

from __future__ import annotations

import torch

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import EngineError
from sperm_viewer.domain.prediction import Forward


def devices() -> list[str]:
    """The devices torch can use here, best first, the CPU last."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [device for device, there in present.items() if there]


class TorchEngine:
    """Runs a network in float32; `network` maps a batch to logits and the pooled feature map."""

    name = "torch"

    def __init__(self, network: torch.nn.Module, device: str) -> None:
        if device not in devices():
            raise EngineError(f"torch can't use '{device}' here. Choose one of: {', '.join(devices())}.")
        if device == "cpu":
            # As with the ONNX engine: several callers side by side, each on its own thread.
            torch.set_num_threads(1)
        # TensorFloat-32 would cost the third decimal.
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        self.device = device
        self._network = network.eval().to(device)

    @torch.inference_mode()
    def forward(self, batch: FloatArray) -> Forward:
        try:
            logits, features = self._network(torch.from_numpy(batch).to(self.device))
            return Forward(logits.float().cpu().numpy(), features.float().cpu().numpy())
        except RuntimeError as error:
            raise EngineError(f"torch failed on '{self.device}' ({error}). Score again, or choose the CPU.") from error
