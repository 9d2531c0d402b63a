"""A fine last feature map at little cost: the stages at stride 8, 16 and 32, fused on the cells of the finest one.

A feature pyramid in one step (Lin et al. 2017, arXiv:1612.03144). Coarser stages are interpolated at the very places
where the cells of the finest stage look: TensorFlow's padding puts the cells of each stage elsewhere, so a plain
upsampling would join what was seen at different places.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sperm_viewer.inference.model_spec import FeatureGrid


class FusedStages(nn.Module):
    """From stages, finest first, (batch, channels of the stage, h, w), to (batch, `width`, h, w) of the finest."""

    def __init__(self, stages: Sequence[int], width: int) -> None:
        super().__init__()
        self.sides = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width)) for channels in stages
        )
        self.mix = nn.Sequential(
            nn.SiLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
            nn.BatchNorm2d(width),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )

    def forward(self, stages: Sequence[Tensor], grids: Sequence[FeatureGrid]) -> Tensor:
        """`grids` says where the cells of each stage look."""
        height, width = stages[0].shape[2:]
        fused = self.sides[0](stages[0])
        for side, stage, grid in zip(self.sides[1:], stages[1:], grids[1:], strict=True):
            rows = interpolation(grid, stage.shape[2], grids[0], height, stage.device)
            columns = interpolation(grid, stage.shape[3], grids[0], width, stage.device)
            seen = side(stage)
            # One product instead of two small ones for each channel.
            both = torch.kron(rows, columns).to(seen.dtype)
            fused = fused + (seen.flatten(2) @ both).unflatten(2, (height, width))
        mixed: Tensor = self.mix(fused)
        return mixed


def interpolation(coarse: FeatureGrid, cells: int, fine: FeatureGrid, finer: int, device: torch.device) -> Tensor:
    """Linear interpolation from `cells` cells to `finer` ones, as a matrix (cells, finer); constant beyond the ends."""
    places = fine.first + fine.step * torch.arange(finer, device=device, dtype=torch.float32)
    at = ((places - coarse.first) / coarse.step).clamp(0, cells - 1)
    numbers = torch.arange(cells, device=device, dtype=torch.float32)
    return (1 - (at[None, :] - numbers[:, None]).abs()).clamp(min=0)
