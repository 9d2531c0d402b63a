"""The model folders on disk, and the check that their files are those that were published."""

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
GRADIENT_FILE = "gradient.onnx"
"""For the fine heatmap; it refers to the weights in `ONNX_FILE`."""
WEIGHTS_FILE = "weights.safetensors"
CARD_FILE = "CARD.md"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder whose `model.toml` was read; `verify` checks the other files."""

    path: Path
    spec: ModelSpec
    id: ModelId

    def verify(self, *names: str) -> None:
        """Raises ModelError unless each named file is there and has the sha256 that `model.toml` gives."""
        for name in names:
            file, expected = self.path / name, self.spec.files.get(name)
            if expected is None:
                raise ModelError(f"{self.path / SPEC_FILE}: has no sha256 of {name}. Install the model again.")
            _refuse_device(file)
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
    """The model in a folder. Raises ModelError if there is none or its description doesn't fit."""
    file = folder / SPEC_FILE
    _refuse_device(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{folder}: not a model folder ({SPEC_FILE}: {error.strerror}). Choose another.") from error
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ModelError(f"{file}: not a text file. Install the model again.") from error
    spec = parse_spec(text, file)
    return ModelFolder(folder, spec, ModelId(spec.name, hashlib.sha256(raw).hexdigest()))


def _refuse_device(file: Path) -> None:
    """Raises ModelError for a device, a pipe or a link to one, which would be read without end."""
    if file.exists() and not file.is_file():
        raise ModelError(f"{file}: not a file. Install the model again.")


def model_roots() -> tuple[Path, ...]:
    """The folders of models: those shipped with the app first, then the user's own."""
    return paths.resources() / "models", paths.user_models()


def list_models(roots: Iterable[Path] | None = None) -> tuple[list[ModelFolder], list[str]]:
    """The models that can be used, and the error messages of the folders that can't."""
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


def installed_model(model: ModelId) -> ModelFolder | None:
    """The installed folder of that very model, None if it isn't here."""
    return next((folder for folder in list_models()[0] if folder.id == model), None)


def find_model(name: str, roots: Iterable[Path] | None = None) -> ModelFolder:
    """The model of that name, or in the folder of that path. Raises ModelError with a list of the available ones."""
    models, problems = list_models(roots)
    for model in models:
        if model.spec.name == name:
            return model
    if (Path(name) / SPEC_FILE).is_file():
        return open_model(Path(name))
    known = ", ".join(model.spec.name for model in models) or "none"
    raise ModelError("\n".join([f"There is no model named '{name}'. Choose one of: {known}.", *problems]))
