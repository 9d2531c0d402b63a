"""Training the detector: targets, resuming, and the network that is exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from sperm_viewer.domain.errors import ModelError
from sperm_viewer.inference.detector_maps import OFFSET_UNIT, network_input
from sperm_viewer.synthetic.composite import Composite, HeadPlace, Sources
from sperm_viewer.synthetic.cutout import cut_debris, draw_cutout
from sperm_viewer.synthetic.render import GREY, HeadClass, render_debris, typical_cell
from sperm_viewer.training.detector_fit import CHECKPOINT, DetectorRecipe, DetectorTraining
from sperm_viewer.training.detector_network import DetectorNetwork, ReadyNetwork, load_imagenet
from sperm_viewer.training.detector_publish import export_detector
from sperm_viewer.training.detector_targets import targets_of

_RECIPE = DetectorRecipe(steps=3, batch=1, size=64, warmup=1)


@pytest.fixture(scope="module")
def sources() -> Sources:
    drawn = [draw_cutout(typical_cell(HeadClass.NORMAL, GREY, seed)) for seed in range(3)]
    debris = [one for seed in range(4) if (one := cut_debris(render_debris(GREY, seed), 45.0)) is not None]
    return Sources(drawn, drawn, debris, [np.ones((80, 80, 3), np.float32)])


def _trained(sources: Sources, folder: Path, steps: int) -> DetectorTraining:
    torch.manual_seed(1)
    training = DetectorTraining(DetectorNetwork(), _RECIPE)
    training.resume(folder)
    while training.step < steps:
        training.advance(sources)
    training.save(folder)
    return training


def test_targets_point_from_each_pixel_to_its_heads_centre() -> None:
    labels = np.zeros((64, 64), np.int32)
    labels[20:40, 26:38] = 1
    place = HeadPlace((31.5, 29.5), 0.0, True, False)
    targets = targets_of(Composite(np.zeros((64, 64, 3), np.uint8), labels, np.zeros((64, 64), np.float32), (place,)))

    assert np.unravel_index(targets.heat[0].argmax(), targets.heat[0].shape) in [(14, 15), (15, 15), (14, 16), (15, 16)]
    ys, xs = np.nonzero(targets.inside[0])
    pointed_x = xs * 2 + 0.5 + targets.offset[0, ys, xs] * OFFSET_UNIT
    pointed_y = ys * 2 + 0.5 + targets.offset[1, ys, xs] * OFFSET_UNIT
    assert pointed_x == pytest.approx(np.full(len(xs), 31.5), abs=1e-4)
    assert pointed_y == pytest.approx(np.full(len(ys), 29.5), abs=1e-4)
    assert not targets.acrosome_known[0][ys, xs].any()
    assert targets.axis[:, 14, 15] == pytest.approx([1, 0])


def test_a_training_that_was_stopped_ends_like_an_unbroken_one(sources: Sources, tmp_path: Path) -> None:
    unbroken = _trained(sources, tmp_path / "unbroken", 3)
    _trained(sources, tmp_path / "broken", 2)
    assert (tmp_path / "broken" / CHECKPOINT).is_file()
    resumed = _trained(sources, tmp_path / "broken", 3)

    for name, value in unbroken.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_the_exported_network_answers_like_the_trained_one_at_any_size(tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = DetectorNetwork().eval()
    export_detector(network, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])

    for shape in ((64, 96), (160, 112)):
        image = network_input(np.random.default_rng(3).integers(0, 255, (*shape, 3), np.uint8))[None]
        (answer,) = session.run(["maps"], {"image": image})
        with torch.no_grad():
            expected = ReadyNetwork(network)(torch.from_numpy(image)).numpy()
        assert answer.shape == (1, 7, shape[0] // 2, shape[1] // 2)
        assert answer == pytest.approx(expected, abs=0.02)


def test_the_encoder_starts_from_imagenet_and_says_what_is_missing(tmp_path: Path) -> None:
    network = DetectorNetwork()
    weights = {name: torch.full_like(value, 0.5) for name, value in network.encoder.state_dict().items()}
    save_file(weights, tmp_path / "whole.safetensors")
    load_imagenet(network, tmp_path / "whole.safetensors")
    assert (network.encoder.conv_stem.weight == 0.5).all()

    del weights["conv_stem.weight"]
    save_file(weights, tmp_path / "less.safetensors")
    with pytest.raises(ModelError, match=r"no weights of EfficientNetV2-B0 \('conv_stem.weight' is missing\)\. Choose"):
        load_imagenet(network, tmp_path / "less.safetensors")
