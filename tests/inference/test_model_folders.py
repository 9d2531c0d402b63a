"""Only a model whose files are the published ones is used, and never another one in its place."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.model_folders import ONNX_FILE, SPEC_FILE, WEIGHTS_FILE, find_model, list_models, open_model
from sperm_viewer.inference.model_spec import parse_spec, write_spec
from sperm_viewer.inference.open_engine import open_scorer
from sperm_viewer.inference.out_of_distribution import REFERENCE_APPEARANCE_FILE, parse_reference_appearance
from sperm_viewer.training.load import load_network


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "smids"
    shutil.copytree(find_model("smids").path, folder)
    return folder


@pytest.mark.parametrize(
    ("name", "engine"), [(ONNX_FILE, "onnx"), (REFERENCE_APPEARANCE_FILE, "onnx"), (WEIGHTS_FILE, "torch")]
)
def test_an_altered_file_is_refused(copied: Path, name: str, engine: str) -> None:
    with (copied / name).open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00\x01\x02")
    with pytest.raises(ModelError, match="altered"):
        open_scorer(open_model(copied), engine, "cpu", load_network)


@pytest.mark.parametrize(
    ("name", "engine"), [(ONNX_FILE, "onnx"), (REFERENCE_APPEARANCE_FILE, "onnx"), (WEIGHTS_FILE, "torch")]
)
def test_a_missing_file_is_refused(copied: Path, name: str, engine: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ModelError, match=name):
        open_scorer(open_model(copied), engine, "cpu", load_network)


def test_a_description_comes_back_as_it_was_written(tmp_path: Path) -> None:
    spec = find_model("smids").spec
    write_spec(spec, tmp_path / "model.toml")
    assert parse_spec((tmp_path / "model.toml").read_text(), tmp_path) == spec


def test_a_model_says_in_short_how_often_it_is_right_where_that_was_measured() -> None:
    spec = replace(find_model("smids").spec, title="heads", architecture="net", metrics={"accuracy": 0.9153})
    assert spec.in_short == "heads, by net: right on 91.5% in cross-validation"
    assert replace(spec, metrics={"accuracy": "high"}).in_short == "heads, by net"


def test_a_model_is_described_in_plain_words_as_far_as_it_is_known() -> None:
    spec = replace(find_model("smids").spec, metrics={"accuracy": 0.9153})
    assert spec.in_plain_words == "Normal / abnormal / non-sperm, stained like SMIDS; right on 92% of test crops"
    assert replace(spec, metrics={}, data={}).in_plain_words == "Normal / abnormal / non-sperm"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "smids"', "name = ", "not a valid"),
        ("format = 1", "format = 2", "another version"),
        ("temperature = ", "temprature = ", "incomplete"),
        ('normal_class = "normal"', 'normal_class = "perfect"', "perfect"),
        ("\nsize = ", "\nsize = 9", "out of range"),
        ("\ncounts = [", "\ncounts = [[1, 2, 3],", "known_outcomes don't fit"),
        ("repeats = 1", "repeats = 0", "one repeat or more"),
    ],
)
def test_a_broken_description_is_listed_as_a_problem_and_the_rest_still_works(
    copied: Path, old: str, new: str, said: str
) -> None:
    text = (copied / "model.toml").read_text()
    assert old in text
    (copied / "model.toml").write_text(text.replace(old, new, 1))
    shutil.copytree(find_model("hushem").path, copied.parent / "hushem")
    models, problems = list_models([copied.parent])
    assert [model.spec.name for model in models] == ["hushem"]
    assert said in problems[0]
    assert str(copied) in problems[0]


def test_a_name_that_is_not_there_is_refused_and_never_replaced() -> None:
    with pytest.raises(ModelError, match="smids"):
        find_model("smid")


def test_a_models_identity_changes_with_its_description(copied: Path) -> None:
    before = open_model(copied).id
    path = copied / "model.toml"
    path.write_text(path.read_text().replace("refer_below = 0.", "refer_below = 0.1"))
    assert open_model(copied).id != before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("temperature", '"0.65"'),
        ("temperature", "nan"),
        ("temperature", "1e-308"),
        ("unlike_above", "nan"),
        ("unlike_above", "inf"),
        ("refer_below", "nan"),
        ("refer_below", "[0.5]"),
        ("classes", "3"),
    ],
)
def test_a_mistaken_description_is_refused_with_its_file(tmp_path: Path, key: str, value: str) -> None:
    lines = (find_model("smids").path / "model.toml").read_text("utf-8").splitlines()
    edited = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in lines]
    assert edited != lines
    with pytest.raises(ModelError, match="somewhere"):
        parse_spec("\n".join(edited), Path("somewhere"))


def test_a_reference_that_holds_no_numbers_is_refused() -> None:
    model = find_model("smids")
    arrays = load_file(model.path / REFERENCE_APPEARANCE_FILE)
    with pytest.raises(ModelError, match="not numbers"):
        parse_reference_appearance(arrays | {"mean": arrays["mean"] * np.nan})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such devices")
@pytest.mark.parametrize("name", [SPEC_FILE, ONNX_FILE, REFERENCE_APPEARANCE_FILE])
def test_a_link_to_a_device_is_refused_instead_of_read_without_end(copied: Path, name: str) -> None:
    (copied / name).unlink()
    (copied / name).symlink_to("/dev/zero")
    with pytest.raises(ModelError, match="not a file"):
        open_scorer(open_model(copied), "onnx", "cpu", None)
