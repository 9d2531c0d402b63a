"""The networks: EfficientNet (timm) with CBAM, with or without a fine last map, and a plain small CNN to compare with.

All of them end in the same way: a last feature map, its mean over the picture, dropout, one linear layer. That ending
is what lets Grad-CAM++ follow from the forward pass (see `inference/gradcam.py`), so it is not for changing.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_spec import FeatureGrid
from sperm_viewer.training.fused import FusedStages
from sperm_viewer.training.onnx_weights import complete, read_weights
from sperm_viewer.training.torchvision_shim import declare_missing_operators

declare_missing_operators()

import timm  # noqa: E402 (torchvision's operators have to be declared before timm imports it)

TRUNKS = {"efficientnetv2-b0": "tf_efficientnetv2_b0", "efficientnet-b0": "efficientnet_b0"}
FUSED = "+fused"
ARCHITECTURES = (
    "simple-cnn",
    *TRUNKS,
    *(f"{trunk}+cbam" for trunk in TRUNKS),
    f"efficientnetv2-b0{FUSED}+cbam",
)
HEATMAP_LAYER = "attention"
_FUSED_STRIDES = (8, 16, 32)
_FUSED_WIDTH = 256
_TRUNK = "trunk.body."
_BEHIND_STAGES = ("conv_head.", "bn2.")


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
    """Trunk, attention, mean over the picture, dropout, linear layer; a trunk of several stages needs `fusion` of them.

    `forward` takes (batch, 3, size, size) and returns logits (batch, classes) and the pooled feature map
    (batch, channels, h, w), which is `attention`'s output.
    """

    def __init__(
        self,
        trunk: nn.Module,
        channels: int,
        classes: int,
        attention: bool,
        dropout: float,
        fusion: FusedStages | None = None,
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.fusion = fusion
        self.attention = CBAM(channels) if attention else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.trunk(batch)
        if self.fusion is not None:
            seen = self.fusion(seen, [feature_grid(self, batch.shape[2], stride) for stride in _FUSED_STRIDES])
        features = self.attention(seen)
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


class EfficientNetStages(nn.Module):
    """timm's EfficientNet without the layer behind its last stage: the last feature map of each of `_FUSED_STRIDES`."""

    def __init__(self, name: str, drop_path: float) -> None:
        super().__init__()
        self.body = timm.create_model(name, pretrained=False, num_classes=0, drop_path_rate=drop_path)
        del self.body.conv_head, self.body.bn2
        last = {info["reduction"]: info for info in self.body.feature_info}
        self.channels = [int(last[stride]["num_chs"]) for stride in _FUSED_STRIDES]
        self._after = [int(last[stride]["stage"]) - 1 for stride in _FUSED_STRIDES]

    def forward(self, batch: Tensor) -> list[Tensor]:
        features = self.body.bn1(self.body.conv_stem(batch))
        stages = []
        for number, stage in enumerate(self.body.blocks):
            features = stage(features)
            if number in self._after:
                stages.append(features)
        return stages


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
    if architecture not in ARCHITECTURES:
        raise ModelError(f"Unknown architecture '{architecture}'. Choose one of: {', '.join(ARCHITECTURES)}.")
    name, _, attention = architecture.partition("+")
    if FUSED in architecture:
        stages = EfficientNetStages(TRUNKS[name], drop_path)
        return HeadNetwork(stages, _FUSED_WIDTH, classes, True, dropout, FusedStages(stages.channels, _FUSED_WIDTH))
    trunk = EfficientNetBackbone(TRUNKS[name], drop_path)
    return HeadNetwork(trunk, trunk.channels, classes, attention == "cbam", dropout)


def feature_grid(network: HeadNetwork, size: int, stride: int | None = None) -> FeatureGrid:
    """Where the cells of the feature map look in a window of `size` x `size` pixels, or those of the stage at `stride`.

    Each layer that halves the picture, one behind the other, sets its first cell by its kernel and padding. The padding
    of TensorFlow, which the V2 trunk keeps, depends on the size.
    """
    first, step, side = 0.0, 1.0, size
    if stride is None and network.fusion is not None:
        stride = min(_FUSED_STRIDES)
    for module in network.trunk.modules():
        if step == stride:
            break
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
    """Starts the trunk from ImageNet weights under timm's names (safetensors), or from a model folder's ONNX file.

    All behind the trunk is left out. Raises ModelError where the file doesn't fit the trunk.
    """
    from safetensors.torch import load_file

    trunk = network.trunk
    if not isinstance(trunk, EfficientNetBackbone | EfficientNetStages):
        raise ModelError("Pretrained weights are for EfficientNet trunks; this architecture has none. Leave them away.")
    if source.suffix == ".onnx":
        stored = read_weights(source)
        weights = {name.removeprefix(_TRUNK): value for name, value in stored.items() if name.startswith(_TRUNK)}
        weights = complete(weights, trunk.body)
    else:
        behind = ("classifier.", *(_BEHIND_STAGES if isinstance(trunk, EfficientNetStages) else ()))
        weights = {name: value for name, value in load_file(source).items() if not name.startswith(behind)}
    try:
        trunk.body.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise ModelError(
            f"{source}: these weights don't fit the architecture ({str(error)[:200]}). Choose others."
        ) from error


def download_pretrained(network: HeadNetwork, architecture: str) -> None:
    """Starts the trunk from timm's own ImageNet weights, on a machine with a connection."""
    name = TRUNKS[architecture.partition("+")[0]]
    source = timm.create_model(name, pretrained=True, num_classes=0).state_dict()
    trunk = network.trunk
    assert isinstance(trunk, EfficientNetBackbone | EfficientNetStages)
    trunk.body.load_state_dict({key: source[key] for key in trunk.body.state_dict()}, strict=True)
