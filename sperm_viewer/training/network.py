"""The networks: EfficientNet (timm) with CBAM, and a plain small CNN to compare with.

All of them end in the same way: a last feature map, its mean over the picture, dropout, one linear layer. That ending
is what lets Grad-CAM++ follow from the forward pass (see `inference/gradcam.py`), so it is not for changing.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_spec import FeatureGrid
from sperm_viewer.training.torchvision_shim import declare_missing_operators

declare_missing_operators()

import timm  # noqa: E402 (torchvision's operators have to be declared before timm imports it)

TRUNKS = {"efficientnetv2-b0": "tf_efficientnetv2_b0", "efficientnet-b0": "efficientnet_b0"}
ARCHITECTURES = ("simple-cnn", *TRUNKS, *(f"{trunk}+cbam" for trunk in TRUNKS))
_TRUNK = "trunk.body."


class ChannelAttention(nn.Module):
    """Which channels matter: a shared two-layer perceptron on mean and maximum (Woo et al. 2018, equation 2)."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.shared = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels // reduction, channels, 1, bias=False),
        )

    def forward(self, features: Tensor) -> Tensor:
        mean = self.shared(features.mean((2, 3), keepdim=True))
        peak = self.shared(features.amax((2, 3), keepdim=True))
        return features * torch.sigmoid(mean + peak)


class SpatialAttention(nn.Module):
    """Where to look: a convolution over mean and maximum of the channels (Woo et al. 2018, equation 3)."""

    def __init__(self, side: int = 7) -> None:
        super().__init__()
        self.look = nn.Conv2d(2, 1, side, padding=side // 2, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        summary = torch.cat([features.mean(1, keepdim=True), features.amax(1, keepdim=True)], dim=1)
        return features * torch.sigmoid(self.look(summary))


class CBAM(nn.Sequential):
    """Convolutional Block Attention Module: channel, then spatial attention (Woo et al. 2018, arXiv:1807.06521)."""

    def __init__(self, channels: int) -> None:
        super().__init__(ChannelAttention(channels), SpatialAttention())


class HeadNetwork(nn.Module):
    """Trunk, attention, mean over the picture, dropout, linear layer.

    `forward` takes (batch, 3, size, size) and returns logits (batch, classes) and the pooled feature map
    (batch, channels, h, w), which is `attention`'s output.
    """

    def __init__(self, trunk: nn.Module, channels: int, classes: int, attention: bool, dropout: float) -> None:
        super().__init__()
        self.trunk = trunk
        self.attention = CBAM(channels) if attention else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        features = self.attention(self.trunk(batch))
        return self.classifier(self.dropout(features.mean((2, 3)))), features


class EfficientNetBackbone(nn.Module):
    """timm's EfficientNet up to its last feature map, stride 32."""

    def __init__(self, name: str, drop_path: float) -> None:
        super().__init__()
        self.body = timm.create_model(name, pretrained=False, num_classes=0, drop_path_rate=drop_path)
        self.channels: int = self.body.num_features

    def forward(self, batch: Tensor) -> Tensor:
        features: Tensor = self.body.forward_features(batch)
        return features


class SimpleCNNBackbone(nn.Sequential):
    """Five blocks of convolution, batch norm, ReLU and max-pooling: what one writes without a pretrained network."""

    channels = 256

    def __init__(self) -> None:
        blocks: list[nn.Module] = []
        before = 3
        for after in (32, 64, 128, 256, 256):
            blocks += [
                nn.Conv2d(before, after, 3, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
            before = after
        super().__init__(*blocks)


def build(architecture: str, classes: int, dropout: float = 0.0, drop_path: float = 0.0) -> HeadNetwork:
    """A network with random weights. Raises ModelError for an architecture that isn't in ARCHITECTURES."""
    if architecture == "simple-cnn":
        return HeadNetwork(SimpleCNNBackbone(), SimpleCNNBackbone.channels, classes, False, dropout)
    name, _, attention = architecture.partition("+")
    if name not in TRUNKS or attention not in ("", "cbam"):
        raise ModelError(f"Unknown architecture '{architecture}'. Choose one of: {', '.join(ARCHITECTURES)}.")
    trunk = EfficientNetBackbone(TRUNKS[name], drop_path)
    return HeadNetwork(trunk, trunk.channels, classes, attention == "cbam", dropout)


def feature_grid(network: HeadNetwork, size: int) -> FeatureGrid:
    """Where the cells of the feature map look in a window of `size` x `size` pixels.

    Each layer that halves the picture, one behind the other, sets its first cell by its kernel and padding. The padding
    of TensorFlow, which the V2 trunk keeps, depends on the size.
    """
    first, step, side = 0.0, 1.0, size
    for module in network.trunk.modules():
        if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
            kernel, padded, after = 2, 0, side // 2
        elif isinstance(module, nn.Conv2d) and module.stride == (2, 2):
            kernel, after = module.kernel_size[0], -(-side // 2)
            same = isinstance(module, timm.layers.Conv2dSame)
            padded = max((after - 1) * 2 + kernel - side, 0) // 2 if same else int(module.padding[0])
        else:
            continue
        first += step * ((kernel - 1) / 2 - padded)
        step, side = 2 * step, after
    return FeatureGrid(first, step)


def load_pretrained(network: HeadNetwork, source: Path) -> None:
    """Starts the trunk from a safetensors file: ImageNet weights under timm's names, or a model folder's weights.

    The classifier (and a model folder's attention) is left out. Raises ModelError where the file doesn't fit the trunk.
    """
    from safetensors.torch import load_file

    trunk = network.trunk
    if not isinstance(trunk, EfficientNetBackbone):
        raise ModelError("Pretrained weights are for EfficientNet trunks; this architecture has none. Leave them away.")
    stored = load_file(source)
    prefix = _TRUNK if any(name.startswith(_TRUNK) for name in stored) else ""
    weights = {
        name.removeprefix(prefix): value.float() if value.is_floating_point() else value
        for name, value in stored.items()
        if name.startswith(prefix) and not name.startswith("classifier.")
    }
    try:
        trunk.body.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise ModelError(
            f"{source}: these weights don't fit the architecture ({str(error)[:200]}). Choose others."
        ) from error


def download_pretrained(network: HeadNetwork, architecture: str) -> None:
    """Starts the trunk from timm's own ImageNet weights, on a machine with a connection."""
    name = TRUNKS[architecture.partition("+")[0]]
    source = timm.create_model(name, pretrained=True, num_classes=0)
    trunk = network.trunk
    assert isinstance(trunk, EfficientNetBackbone)
    trunk.body.load_state_dict(source.state_dict(), strict=True)
