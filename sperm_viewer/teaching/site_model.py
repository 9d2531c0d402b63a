"""The model folder of a site model: the backbone's files with another linear layer, and what describes it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from sperm_viewer.domain.arrays import FloatArray
from sperm_viewer.domain.errors import SpermViewerError
from sperm_viewer.inference.model_folders import (
    CARD_FILE,
    GRADIENT_FILE,
    ONNX_FILE,
    SPEC_FILE,
    WEIGHTS_FILE,
    ModelFolder,
    list_models,
)
from sperm_viewer.inference.model_spec import ModelSpec, write_spec
from sperm_viewer.inference.onnx_layer import gradient_with_layer, with_layer
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE, ReferenceAppearance
from sperm_viewer.system.atomic_write import replacing
from sperm_viewer.teaching.locked_set import Contents

TEACHING_FILE = "teaching.json"
_FORBIDDEN = set('/\\:*?"<>|')
TAUGHT_FILE = "taught.safetensors"
"""What tells the cells that were taught from, so that they are found in a locked set."""
_HASHED = (WEIGHTS_FILE, ONNX_FILE, GRADIENT_FILE, REFERENCE_APPEARANCE_FILE, CARD_FILE, TAUGHT_FILE)
"""Not `teaching.json`: a comparison adds to it, and the model stays the same."""


@dataclass(frozen=True, slots=True)
class SiteModel:
    """All that a site model's folder holds besides its backbone.

    `weights` (classes, channels) and `bias` (classes,) float32 are the layer behind the pooled features; `teaching` is
    the content of `teaching.json`. `taught` and `slides` are the cells with a label, and the slides that they are of.
    """

    spec: ModelSpec
    weights: FloatArray
    bias: FloatArray
    reference: ReferenceAppearance
    card: str
    teaching: Mapping[str, object]
    taught: Contents
    slides: tuple[str, ...]


def half_weights(weights: FloatArray, bias: FloatArray, middle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The layer as float16 weights hold it, the bias so that features in the `middle` (channels,) get the same logits.

    Both float32: the weights of every model folder are rounded to float16.
    """
    rounded = weights.astype(np.float16).astype(np.float32)
    apart = (weights.astype(np.float64) - rounded) @ middle.astype(np.float64)
    return rounded, (bias + apart).astype(np.float32)


def refuse_name(name: str) -> None:
    """Raises SpermViewerError for a name that no folder can have, and for that of an installed model."""
    if not name.strip(" .") or name != name.strip() or _FORBIDDEN & set(name):
        raise SpermViewerError(f"'{name}' can't be the name of a folder. Choose another name.")
    if any(model.spec.name == name for model in list_models()[0]):
        raise SpermViewerError(f"There is a model named '{name}' already, and it isn't replaced. Choose another name.")


def refuse_taken(folder: Path) -> None:
    """Raises SpermViewerError where there is a model, or anything but the note of a teaching that came to nothing."""
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    if names - {TEACHING_FILE} or (folder.exists() and not folder.is_dir()):
        raise SpermViewerError(f"{folder}: is there already, and isn't replaced. Choose another name.")


def write_teaching(folder: Path, teaching: Mapping[str, object]) -> None:
    """The folder with `teaching.json` alone: of a teaching that came to nothing."""
    refuse_taken(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TEACHING_FILE).write_text(_json(teaching), "utf-8")
    except OSError as error:
        raise SpermViewerError(f"{folder}: can't be written ({error.strerror}). Choose another --out.") from error


def write_site_model(backbone: ModelFolder, model: SiteModel, folder: Path) -> None:
    """Writes the model folder, whole or not at all. Raises SpermViewerError where it can't be written."""
    refuse_taken(folder)
    backbone.verify(ONNX_FILE, WEIGHTS_FILE, GRADIENT_FILE)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as made:
            partial = Path(made) / folder.name
            partial.mkdir()
            _fill(backbone, model, partial)
            if folder.exists():
                shutil.rmtree(folder)
            partial.rename(folder)
    except OSError as error:
        raise SpermViewerError(f"{folder}: can't be written ({error.strerror}). Choose another --out.") from error


def _fill(backbone: ModelFolder, model: SiteModel, folder: Path) -> None:
    old, gradient = (backbone.path / ONNX_FILE).read_bytes(), (backbone.path / GRADIENT_FILE).read_bytes()
    new = with_layer(old, model.weights, model.bias)
    (folder / ONNX_FILE).write_bytes(new)
    (folder / GRADIENT_FILE).write_bytes(gradient_with_layer(gradient, old, new, model.weights, model.bias))
    tensors = load_file(backbone.path / WEIGHTS_FILE)
    tensors["classifier.weight"] = model.weights.astype(tensors["classifier.weight"].dtype)
    tensors["classifier.bias"] = model.bias
    save_file(tensors, folder / WEIGHTS_FILE)
    save_file(model.reference.arrays(), folder / REFERENCE_APPEARANCE_FILE)
    (folder / CARD_FILE).write_text(model.card, "utf-8")
    (folder / TEACHING_FILE).write_text(_json(model.teaching), "utf-8")
    told = {"cells": "\n".join(model.taught.keys), "slides": "\n".join(model.slides)}
    save_file({"prints": model.taught.prints.astype(np.float16)}, folder / TAUGHT_FILE, told)
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _HASHED}
    write_spec(replace(model.spec, files=files), folder / SPEC_FILE)
    for file in folder.iterdir():
        # safetensors writes files that only their owner can read.
        file.chmod(0o644)


def read_taught(model: ModelFolder) -> tuple[Contents, frozenset[str]]:
    """The cells that a site model was taught from, and their slides. Raises ModelError where the file was altered."""
    model.verify(TAUGHT_FILE)
    with safe_open(model.path / TAUGHT_FILE, "numpy") as stored:
        told = stored.metadata() or {}
        prints = np.asarray(stored.get_tensor("prints"), np.float32)
    keys, slides = (tuple(part for part in told.get(name, "").split("\n") if part) for name in ("cells", "slides"))
    return Contents(keys, prints), frozenset(slides)


def note_comparison(folder: Path, promoted: bool, why: Sequence[str]) -> None:
    """Adds to `teaching.json` what a comparison came to. Raises SpermViewerError where it can't be written."""
    file = folder / TEACHING_FILE
    content = json.loads(file.read_text("utf-8"))
    with replacing(file) as opened:
        opened.write(_json({**content, "promoted": promoted, "comparison": " ".join(why)}).encode())


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
