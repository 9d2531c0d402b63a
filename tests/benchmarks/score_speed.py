"""How much faster a crop is scored and explained than by the script people write today; prints the ratio of one run.

The script: PIL, torch in its default mode, one crop at a time, pytorch-grad-cam with its backward pass. Both use the
same network and weights; the app scores as many views of a crop as the model folder says, the script one.

    python tests/benchmarks/score_speed.py [CROPS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from sperm_viewer.domain.cell import CellScored
from sperm_viewer.domain.image import CropRef
from sperm_viewer.inference.child import EngineReady, ScoringPlan
from sperm_viewer.inference.model_folders import ModelFolder, find_model
from sperm_viewer.run.pipeline import score
from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell


def main(crops: int) -> None:
    model = find_model("smids")
    with tempfile.TemporaryDirectory() as made:
        files = []
        for number in range(crops):
            rgb = render_cell(typical_cell(list(HeadClass)[number % 4], seed=number)).rgb
            files.append(Path(made) / f"{number}.png")
            Image.fromarray(rgb).save(files[-1])
        by_script = crops / _script(model, files)
        by_app = crops / _app(model, files)
    views = model.spec.preprocessing.views
    print(f"script, 1 view: {by_script:.1f} crops/s; app, {views} views: {by_app:.1f} crops/s")
    print(f"ratio: {by_app / by_script:.1f}")


def _app(model: ModelFolder, files: list[Path]) -> float:
    """Seconds for all files, from the moment the model is loaded (as for the script)."""
    started = 0.0
    for event in score([CropRef("A", file) for file in files], ScoringPlan(model.path, "onnx", "cpu")):
        if isinstance(event, EngineReady):
            started = time.perf_counter()
        assert isinstance(event, CellScored) or not hasattr(event, "reason"), event
    return time.perf_counter() - started


def _script(model: ModelFolder, files: list[Path]) -> float:
    from sperm_viewer.training.load import load_network

    network = load_network(model)
    import torch
    from pytorch_grad_cam import GradCAMPlusPlus
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return self.network(batch)[0]

    logits = Logits().eval()
    cam = GradCAMPlusPlus(model=logits, target_layers=[network.attention])
    size = model.spec.preprocessing.size
    started = time.perf_counter()
    for file in files:
        picture = Image.open(file).convert("RGB").resize((size, size))
        batch = torch.from_numpy((np.asarray(picture, np.float32) / 127.5 - 1).transpose(2, 0, 1)[None].copy())
        with torch.no_grad():
            best = int(logits(batch).argmax())
        cam(batch, [ClassifierOutputTarget(best)])
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
