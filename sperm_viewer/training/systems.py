"""The systems that are compared with each other: each is one recipe, fixed before anything is measured."""

from __future__ import annotations

from dataclasses import replace

from sperm_viewer.core.errors import SpermViewerError
from sperm_viewer.training.network import ARCHITECTURES
from sperm_viewer.training.recipes import RECIPES, Recipe

BEST = "best"
SYSTEMS = (*ARCHITECTURES, BEST)


def system_recipe(system: str, dataset: str) -> Recipe:
    """The recipe of a system on a data set: the plain ones differ in their architecture alone, and use one view.

    Raises SpermViewerError for a system or a data set that isn't known.
    """
    if dataset not in RECIPES:
        raise SpermViewerError(f"There is no recipe for the data set '{dataset}'; there are {', '.join(RECIPES)}.")
    recipe = RECIPES[dataset]
    if system == BEST:
        return recipe
    if system not in ARCHITECTURES:
        raise SpermViewerError(f"There is no system '{system}'; there are {', '.join(SYSTEMS)}.")
    return replace(recipe, architecture=system, preprocessing=replace(recipe.preprocessing, views=1))
