"""What is said of models, engines and devices."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
from messages.stage import Stage, broken, said

from sperm_viewer.domain.image import CropRef
from sperm_viewer.inference import child, onnx_engine, self_test
from sperm_viewer.inference.child import ScoringPlan
from sperm_viewer.inference.model_folders import GRADIENT_FILE, ONNX_FILE, SPEC_FILE, find_model, open_model
from sperm_viewer.inference.onnx_engine import OnnxEngine, OnnxGradient
from sperm_viewer.inference.onnx_file import half_array
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.out_of_distribution import parse_reference_appearance
from sperm_viewer.run.pipeline import score
from sperm_viewer.system import paths


def messages(stage: Stage) -> Iterator[str]:
    folder = stage.empty("models") / "smids"
    shutil.copytree(find_model("smids").path, folder, ignore=shutil.ignore_patterns("evaluation"))
    yield from _folders(folder)
    yield from _descriptions(folder)
    yield from _engines(folder)
    yield from _self_test(stage)
    yield from _children(stage)


def _folders(folder: Path) -> Iterator[str]:
    model = open_model(folder)
    yield said(find_model, "nothing")
    yield said(open_model, folder / "none")
    yield said(model.verify, "none.onnx")
    (folder / ONNX_FILE).rename(folder / "moved")
    yield said(model.verify, ONNX_FILE)
    (folder / ONNX_FILE).write_bytes(b"altered")
    yield said(model.verify, ONNX_FILE)
    (folder / "moved").replace(folder / ONNX_FILE)
    yield said(parse_reference_appearance, {"mean": np.zeros(3, np.float32)})
    for content in (b"", b"\x3a", b"\x07" * 40):
        yield said(half_array, content, "classifier.weight.fp16")


def _descriptions(folder: Path) -> Iterator[str]:
    file = folder / SPEC_FILE
    whole = file.read_bytes()
    for old, new in (
        (b'name = "smids"', b"name = "),
        (b"format = 1", b"format = 999"),
        (b"temperature = ", b"temprature = "),
        (b'normal_class = "normal"', b'normal_class = "perfect"'),
        (b"name", b"\xff\xfe"),
    ):
        assert old in whole
        file.write_bytes(whole.replace(old, new, 1))
        yield said(open_model, folder)
    file.write_bytes(whole)


def _engines(folder: Path) -> Iterator[str]:
    yield said(OnnxEngine, folder / ONNX_FILE, "abacus")
    yield said(OnnxEngine, folder / ONNX_FILE, "coreml")
    yield said(OnnxEngine, folder / SPEC_FILE)
    yield said(OnnxEngine(folder / ONNX_FILE).forward, np.zeros((1, 1), np.float32))
    yield said(OnnxGradient(folder / GRADIENT_FILE), np.zeros((1, 1), np.float32), 0)
    with broken() as patch:
        # A provider that is there and can't start: the runtime goes on with the CPU.
        patch.setitem(onnx_engine.PROVIDERS, "cuda", "CUDAExecutionProvider")
        patch.setattr(onnx_engine, "devices", lambda: ["cuda", "cpu"])
        patch.setattr(onnx_engine, "_load", lambda path, device: onnxruntime.InferenceSession(path))
        yield said(OnnxEngine, folder / ONNX_FILE, "cuda")
    yield said(open_scorer, open_model(folder), "torch", "cpu", None)
    yield said(replace(open_model(folder), path=folder / "none").verify, ONNX_FILE)


def _self_test(stage: Stage) -> Iterator[str]:
    resources = stage.empty("resources")
    with broken() as patch:
        patch.setattr(paths, "resources", lambda: resources)
        yield said(lambda: list(self_test.self_test()))
        (resources / "self-test.csv").write_text("model,model_sha256,crop,class,probability\n")
        yield said(lambda: list(self_test.self_test()))
        shutil.copytree(find_model("smids", [stage.folder / "models"]).path, resources / "models" / "smids")
        yield said(lambda: list(self_test.self_test()))


def _children(stage: Stage) -> Iterator[str]:
    plan = ScoringPlan(find_model("smids").path)
    with broken() as patch:
        patch.setattr(child, "_serve", _dies)
        yield said(lambda: list(score([CropRef("A", stage.folder / "a.png")], plan)))


def _dies(*_: object) -> None:
    raise SystemExit(1)
