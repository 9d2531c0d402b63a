"""Model folders on disk: which there are, and proof that their files are the ones they were published with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.domain.prediction import ModelId
from sperm_viewer.inference.model_spec import ModelSpec, parse_spec
from sperm_viewer.system import paths

SPEC_FILE = "model.toml"
ONNX_FILE = "model.onnx"
"""The network and its weights, which stand nowhere else."""
GRADIENT_FILE = "gradient.onnx"
"""What the fine heatmap needs; its weights are those in `ONNX_FILE`, which it points into."""
CARD_FILE = "CARD.md"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder whose `model.toml` was read; `verify` has yet to look at the other files."""

    path: Path
    spec: ModelSpec
    id: ModelId

    def verify(self, *names: str) -> None:
        """Raises ModelError unless each named file is there and has the sha256 that `model.toml` gives."""
        for name in names:
            file, expected = self.path / name, self.spec.files.get(name)
            if expected is None:
                raise ModelError(f"{self.path / SPEC_FILE}: says nothing of {name}. Install the model again.")
            try:
                with file.open("rb") as opened:
                    found = hashlib.file_digest(opened, "sha256").hexdigest()
            except OSError as error:
                raise ModelError(f"{file}: can't be read ({error.strerror}). Install the model again.") from error
            if found != expected:
                raise ModelError(
                    f"{file}: altered since the model was published (its sha256 differs), so it isn't used. Install "
                    "the model again."
                )


def open_model(folder: Path) -> ModelFolder:
    """The model in a folder. Raises ModelError where there is none or its description doesn't fit."""
    file = folder / SPEC_FILE
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{folder}: no model folder ({SPEC_FILE}: {error.strerror}). Choose another.") from error
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ModelError(f"{file}: not a text file. Install the model again.") from error
    spec = parse_spec(text, file)
    return ModelFolder(folder, spec, ModelId(spec.name, hashlib.sha256(raw).hexdigest()))


def model_roots() -> tuple[Path, ...]:
    """Where models are looked for: those shipped with the app first, then the user's own."""
    return paths.resources() / "models", paths.user_models()


def list_models(roots: Iterable[Path] | None = None) -> tuple[list[ModelFolder], list[str]]:
    """The models that can be used, and in words what is wrong with the folders that can't."""
    models: list[ModelFolder] = []
    problems: list[str] = []
    for root in model_roots() if roots is None else roots:
        for folder in sorted(root.glob("*")) if root.is_dir() else ():
            if not (folder / SPEC_FILE).is_file():
                continue
            try:
                model = open_model(folder)
            except ModelError as error:
                problems.append(str(error))
                continue
            if any(known.spec.name == model.spec.name for known in models):
                problems.append(f"{folder}: a model named '{model.spec.name}' is there already; this one isn't used.")
            else:
                models.append(model)
    return models, problems


def find_model(name: str, roots: Iterable[Path] | None = None) -> ModelFolder:
    """The model of that name, or in the folder of that path. Raises ModelError, listing those there are."""
    models, problems = list_models(roots)
    for model in models:
        if model.spec.name == name:
            return model
    if (Path(name) / SPEC_FILE).is_file():
        return open_model(Path(name))
    known = ", ".join(model.spec.name for model in models) or "none"
    raise ModelError("\n".join([f"There is no model named '{name}'. Choose one of: {known}.", *problems]))
