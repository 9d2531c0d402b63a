"""The detector's network: the first stages of EfficientNetV2-B0, some context, and a decoder back to half size."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.detector_maps import CHANNELS

_ENCODER = "encoder."
_EPSILON = 1e-3
"""Of the batch norms, as in TensorFlow."""


class _SameConv(nn.Conv2d):
    """A convolution of 3 x 3 with TensorFlow's padding: with a stride of 2, below and to the right only."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__(before, after, 3, stride, padding=0 if stride == 2 else 1, bias=False)

    def forward(self, batch: Tensor) -> Tensor:
        return super().forward(functional.pad(batch, (0, 1, 0, 1)) if self.stride == (2, 2) else batch)


class _ConvBlock(nn.Module):
    """Stage 0 of EfficientNetV2-B0, under timm's names."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv = _SameConv(before, after)
        self.bn1 = nn.BatchNorm2d(after, _EPSILON)

    def forward(self, batch: Tensor) -> Tensor:
        return functional.silu(self.bn1(self.conv(batch)))


class _FusedBlock(nn.Module):
    """A fused inverted bottleneck (Tan and Le 2021, arXiv:2104.00298), under timm's names."""

    def __init__(self, before: int, inner: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.conv_exp = _SameConv(before, inner, stride)
        self.bn1 = nn.BatchNorm2d(inner, _EPSILON)
        self.conv_pwl = nn.Conv2d(inner, after, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after, _EPSILON)
        self.adds = stride == 1 and before == after

    def forward(self, batch: Tensor) -> Tensor:
        found: Tensor = self.bn2(self.conv_pwl(functional.silu(self.bn1(self.conv_exp(batch)))))
        return batch + found if self.adds else found


class Encoder(nn.Module):
    """Stem and stages 0 to 2 of EfficientNetV2-B0: feature maps at a half, a quarter and an eighth of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = _SameConv(3, 32, 2)
        self.bn1 = nn.BatchNorm2d(32, _EPSILON)
        self.blocks = nn.Sequential(
            nn.Sequential(_ConvBlock(32, 16)),
            nn.Sequential(_FusedBlock(16, 64, 32, 2), _FusedBlock(32, 128, 32)),
            nn.Sequential(_FusedBlock(32, 128, 48, 2), _FusedBlock(48, 192, 48)),
        )

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        half = self.blocks[0](functional.silu(self.bn1(self.conv_stem(batch))))
        quarter = self.blocks[1](half)
        return half, quarter, self.blocks[2](quarter)


def _conv(before: int, after: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(after), nn.SiLU()
    )


class _Context(nn.Module):
    """What lies around: residual convolutions at a sixteenth of the size, the field of view widened by dilation."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.enter = _conv(before, width, 2)
        self.layers = nn.ModuleList([_conv(width, width, dilation=d) for d in (1, 2, 1, 2)])

    def forward(self, batch: Tensor) -> Tensor:
        found: Tensor = self.enter(batch)
        for layer in self.layers:
            found = found + layer(found)
        return found


class _Up(nn.Module):
    """Doubles the size of a map and joins it with the encoder's map of that size."""

    def __init__(self, before: int, beside: int, after: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(before, after, 1)
        self.join = _conv(after + beside, after)

    def forward(self, batch: Tensor, beside: Tensor) -> Tensor:
        doubled = functional.interpolate(self.narrow(batch), scale_factor=2.0, mode="bilinear", align_corners=False)
        joined: Tensor = self.join(torch.cat([doubled, beside], dim=1))
        return joined


class DetectorNetwork(nn.Module):
    """`forward` takes (batch, 3, height, width), normalised to -1..1, sides multiples of 16, and returns logits and
    vectors (batch, 7, height / 2, width / 2): heat, head, acrosome (logits), axis (2), offset (2)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.context = _Context(48, 96)
        self.to_eighth = _Up(96, 48, 64)
        self.to_quarter = _Up(64, 32, 40)
        self.to_half = _Up(40, 16, 24)
        self.answer = nn.Conv2d(24, CHANNELS, 1)
        # Centres are rare: the network starts from a low probability.
        self.answer.bias = nn.Parameter(torch.tensor([-3.0] + [0.0] * (CHANNELS - 1)))

    def forward(self, batch: Tensor) -> Tensor:
        half, quarter, eighth = self.encoder(batch)
        found = self.to_eighth(self.context(eighth), eighth)
        answer: Tensor = self.answer(self.to_half(self.to_quarter(found, quarter), half))
        return answer


class ReadyNetwork(nn.Module):
    """The network as it is exported: probabilities in place of logits."""

    def __init__(self, network: DetectorNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Tensor) -> Tensor:
        answer = self.network(batch)
        return torch.cat([torch.sigmoid(answer[:, :3]), answer[:, 3:]], dim=1)


def load_imagenet(network: DetectorNetwork, source: Path) -> None:
    """Starts the encoder from ImageNet weights of EfficientNetV2-B0 under timm's names (safetensors).

    Raises ModelError where the file lacks one of them.
    """
    from safetensors.torch import load_file

    stored = load_file(source)
    wanted = network.encoder.state_dict()
    missing = [name for name in wanted if name not in stored and not name.endswith("num_batches_tracked")]
    if missing:
        raise ModelError(f"{source}: no weights of EfficientNetV2-B0 ('{missing[0]}' is missing). Choose others.")
    weights = {name: stored[name].float() if name in stored else value for name, value in wanted.items()}
    network.encoder.load_state_dict(weights)
