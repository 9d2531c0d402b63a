"""One site model for the tests of a process."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from site_crops import CLASSES, COUNT, rgb_of, teach_now, write_index

from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.system import paths
from sperm_viewer.teaching.teach import Taught, TeachRequest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered heads of two classes on four slides, all labelled."""
    made = tmp_path_factory.mktemp("site")
    for number in range(COUNT):
        cv2.imwrite(str(made / f"{number:02d}.png"), rgb_of(number)[..., ::-1])
    write_index(made, [str(CLASSES[number % 2]) for number in range(COUNT)])
    return made


@pytest.fixture(scope="session")
def taught(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Taught:
    # The register of the laboratory is beside the settings, which are the user's until a test begins.
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "settings_file", lambda: home / "settings.json")
        return teach_now(TeachRequest((folder,), "ours", tmp_path_factory.mktemp("models"), find_model("smids")))
