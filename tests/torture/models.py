"""Model folders that were damaged or made up: each scores a crop, or is refused in words."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from PIL import Image
from safetensors.numpy import load_file, save_file
from torture.bench import Case, Limits, Part

SCORED, REFUSED = "scored", "refused"
_FILES = ("model.onnx", "weights.safetensors", "likeness.safetensors")
_WILD: tuple[Any, ...] = (
    *(0, -1, 2**40, 0.0, -0.5, 1e-308, 1e308, float("nan"), float("inf"), "", "0.65", "../x", True, [], ["a"], {}),
    *([[]], [1, 2, 3], {"a": 1}, "x" * 100_000, "\x1b[2J", "é"),
)


def score_with_it(case: Case) -> tuple[str, str]:
    """Scores a crop in a child process, as the app does, and lists the models with this one among them."""
    from sperm_viewer.domain.cell import CellScored
    from sperm_viewer.domain.errors import SpermViewerError
    from sperm_viewer.domain.image import ImageRef
    from sperm_viewer.inference.child import ScoringPlan
    from sperm_viewer.inference.model_folders import list_models, open_model
    from sperm_viewer.run.pipeline import score

    list_models([case.path.parent])
    try:
        open_model(case.path)
        for event in score([ImageRef("A", _crop(case.path.parent))], ScoringPlan(case.path, "onnx", "cpu", threads=1)):
            if isinstance(event, tuple):
                (cell,) = event
                if isinstance(cell, CellScored):
                    return SCORED if np.isfinite(cell.prediction.probabilities).all() else "not a number", ""
                return REFUSED if "unexpected" not in cell.reason else "unexpected", cell.reason
    except SpermViewerError as error:
        # An ONNX file that ends the process is one that somebody made so: nothing but its child ends.
        return REFUSED, str(error)
    return "nothing", ""


def _crop(folder: Path) -> Path:
    from sperm_viewer.synthetic.render import HeadClass, render_cell, typical_cell

    file = folder / "crop.png"
    Image.fromarray(render_cell(typical_cell(HeadClass.NORMAL)).rgb).save(file)
    return file


@cache
def _shipped() -> Path:
    from sperm_viewer.inference.model_folders import find_model

    return find_model("smids").path


def make(seed: int, number: int, folder: Path) -> Case:
    """A copy of the model `smids` with a change."""
    chance = random.Random(f"models {seed} {number}")
    model = folder / "smids"
    model.mkdir()
    for file in _shipped().iterdir():
        if file.is_file():
            shutil.copyfile(file, model / file.name)
    group = chance.choice(list(_WAYS))
    return Case(group, _WAYS[group](model, chance), model)


def _bytes(model: Path, chance: random.Random) -> str:
    file = model / chance.choice(("model.toml", *_FILES))
    content = bytearray(file.read_bytes())
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content[: chance.randrange(len(content))] if chance.random() < 0.3 else content)
    return file.name


def _forged_bytes(model: Path, chance: random.Random) -> str:
    file = model / chance.choice(_FILES)
    content = bytearray(file.read_bytes())
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(min(len(content), 4000))] = chance.randrange(256)
    file.write_bytes(content)
    return _signed(model, file.name)


def _description(model: Path, chance: random.Random) -> str:
    file = model / "model.toml"
    said = tomllib.loads(file.read_text("utf-8"))
    part = said
    key = chance.choice(list(part))
    while isinstance(part[key], dict) and part[key] and chance.random() < 0.8:
        part = part[key]
        key = chance.choice(list(part))
    value = chance.choice(_WILD)
    if chance.random() < 0.15:
        del part[key]
    else:
        part[key] = value
    file.write_text(tomli_w.dumps(said), "utf-8")
    return f"{key} = {str(value)[:30]!r}"


def _tensors(model: Path, chance: random.Random) -> str:
    name = chance.choice(_FILES[1:])
    arrays = load_file(model / name)
    key = chance.choice(list(arrays)) if chance.random() < 0.5 else list(arrays)[-1]
    key = "classifier.weight" if "classifier.weight" in arrays and chance.random() < 0.7 else key
    change = chance.choice(list(_CHANGES))
    arrays[key] = _CHANGES[change](arrays[key])
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, model / name)
    return f"{_signed(model, name)}: {key} {change}"


_CHANGES: dict[str, Callable[[Any], Any]] = {
    "not a number": lambda array: np.full_like(array, np.nan),
    "infinite": lambda array: np.full_like(array, np.inf),
    "huge": lambda array: array * np.float32(1e30),
    "cut": lambda array: array[:1],
    "without a value": lambda array: array[:0],
    "flat": lambda array: array.reshape(-1),
    "turned": lambda array: array.T,
    "of whole numbers": lambda array: array.astype(np.int64),
    "zero": lambda array: np.zeros_like(array),
}


def _odd_file(model: Path, chance: random.Random) -> str:
    file = model / chance.choice(("model.toml", *_FILES, "gradient.onnx"))
    file.unlink(missing_ok=True)
    way = chance.choice(("a pipe", "a link to a device", "a folder", "empty", "a link to itself", "gone"))
    if way == "a pipe":
        os.mkfifo(file)
    elif way == "a link to a device":
        file.symlink_to("/dev/zero")
    elif way == "a folder":
        file.mkdir()
    elif way == "empty":
        file.touch()
    elif way == "a link to itself":
        file.symlink_to(file.name)
    return f"{file.name} is {way}"


def _signed(model: Path, name: str) -> str:
    """Puts the file's new sha256 into the description, as somebody would who hides a change."""
    description = model / "model.toml"
    found = hashlib.sha256((model / name).read_bytes()).hexdigest()
    text = re.sub(rf'("?{re.escape(name)}"? = ")[0-9a-f]{{64}}', rf"\g<1>{found}", description.read_text("utf-8"))
    description.write_text(text, "utf-8")
    return name


_WAYS: dict[str, Callable[[Path, random.Random], str]] = {
    "bytes": _bytes,
    "bytes, with new hashes": _forged_bytes,
    "description": _description,
    "tensors, with new hashes": _tensors,
    "odd files": _odd_file,
}
MODELS = Part("models", 200, make, score_with_it, (SCORED, REFUSED), Limits(seconds=20.0))
