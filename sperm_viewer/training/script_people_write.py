"""The script that people write today, to compare with: torch in its default mode, EfficientNet-B0 at 224 px, Pillow,
pytorch-grad-cam with its backward pass, one crop after the other. It reads and explains, and stores nothing.

Its weights are random: they change nothing in the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from sperm_viewer.training.torchvision_shim import declare_missing_operators

declare_missing_operators()

import timm  # noqa: E402
from pytorch_grad_cam import GradCAMPlusPlus  # noqa: E402
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # noqa: E402

_SIZE = 224
_CLASSES = 3


def explain(files: Sequence[Path], reached: Callable[[str], None]) -> None:
    """Class and heatmap of each crop; says when it is `ready`, when the `first` is done, and at the `end`."""
    network = timm.create_model("efficientnet_b0", num_classes=_CLASSES).eval()
    cam = GradCAMPlusPlus(model=network, target_layers=[network.conv_head])
    reached("ready")
    for number, file in enumerate(files):
        picture = Image.open(file).convert("RGB").resize((_SIZE, _SIZE))
        batch = torch.from_numpy((np.asarray(picture, np.float32) / 127.5 - 1).transpose(2, 0, 1)[None].copy())
        with torch.no_grad():
            best = int(network(batch).argmax())
        cam(batch, [ClassifierOutputTarget(best)])
        if not number:
            reached("first")
    reached("end")
