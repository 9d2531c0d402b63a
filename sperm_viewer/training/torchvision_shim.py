"""Makes `import torchvision` (so timm too) work where its compiled operators can't load.

The Linux wheel of torchvision is built for CUDA; beside a CPU build of torch its operators don't load, and the import
stops at `operator torchvision::nms does not exist`. Declaring the schemas it misses cures that; nothing here calls
those operators. Where the operators load, nothing is declared.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

_MISSING = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_kept: list[torch.library.Library] = []


def declare_missing_operators() -> None:
    """Call before the first import of torchvision or timm; safe to call again."""
    if _kept or hasattr(torch.ops.torchvision, "nms") or _operators_load():
        return
    library = torch.library.Library("torchvision", "DEF")
    for schema in _MISSING:
        library.define(schema)
    # A Library withdraws its schemas when it is collected.
    _kept.append(library)


def _operators_load() -> bool:
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        return True
    for library in Path(found.origin).parent.glob("_C*"):
        try:
            torch.ops.load_library(str(library))
        except OSError:
            return False
    return True
