"""How `sperm-viewer score` reads its options."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from sperm_viewer.domain.prediction import HeatmapKind

STOP_AT_HELP = (
    "Score a slide no further once it has this many sperm; a field that was begun counts as a whole. Fields then come "
    "in an order that their content decides."
)


class ScoreCommand(TyperCommand):
    """`--heatmaps` may stand alone: what follows it is its value only where it names one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        following = [*args[1:], ""]
        for place, word in enumerate(args):
            if word == "--heatmaps" and following[place] not in list(HeatmapKind):
                args[place] = f"--heatmaps={HeatmapKind.COARSE}"
        return super().parse_args(ctx, args)
