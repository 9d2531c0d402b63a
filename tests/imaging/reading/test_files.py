"""What opening a file promises: whatever a path holds, it is opened or refused in words, at once."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from image_bytes import drawn_crop, pillow_bytes
from PIL import Image

from sperm_viewer.domain.errors import ImageRefusedError
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.imaging.reading import files, refusals
from sperm_viewer.imaging.reading.read import read_bytes, read_image

PIXELS = drawn_crop()
IMAGE = Image.fromarray(PIXELS)


def reason_of(path: Path) -> str:
    with pytest.raises(ImageRefusedError) as refused:
        read_bytes(path)
    return str(refused.value)


def test_a_file_that_vanished_or_never_was_is_refused(tmp_path: Path) -> None:
    assert "no longer there" in reason_of(tmp_path / "gone.png")
    (tmp_path / "file").write_bytes(b"x")
    assert "no longer there" in reason_of(tmp_path / "file" / "gone.png")
    assert "no longer there" in reason_of(Path("nul\0in the name.png"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "folder" in reason_of(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert "empty" in reason_of(tmp_path / "empty.png")


def test_a_file_that_may_not_be_opened_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "private.png"
    path.write_bytes(pillow_bytes(IMAGE, "PNG"))
    monkeypatch.setattr("sperm_viewer.imaging.reading.files.os.open", denied)
    assert "permission" in reason_of(path)


def test_a_drive_that_fails_while_it_is_read_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.FileIO):
        def read(self, *_: object) -> NoReturn:
            raise OSError(5, "Input/output error")

    path = tmp_path / "on a bad drive.png"
    path.write_bytes(pillow_bytes(IMAGE, "PNG"))
    monkeypatch.setattr(files, "open_file", lambda path: Failing(path))
    assert "Input/output error" in reason_of(path)


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.tif"
    path.touch()
    os.truncate(path, refusals.MAX_FILE_BYTES + 1)
    begun = time.monotonic()
    assert "over 512 MB" in reason_of(path)
    assert time.monotonic() - begun < 0.2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    reasons: list[str] = []
    asking = threading.Thread(
        target=lambda: reasons.extend(map(reason_of, (tmp_path / "pipe.png", Path("/dev/zero")))), daemon=True
    )
    asking.start()
    asking.join(5)
    assert ["pipe or a device" in text for text in reasons] == [True, True]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_is_followed_and_one_that_leads_to_itself_refused(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(pillow_bytes(IMAGE, "PNG"))
    (tmp_path / "link.png").symlink_to("real.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert read_bytes(tmp_path / "link.png") == (tmp_path / "real.png").read_bytes()
    assert "leads back to itself" in reason_of(tmp_path / "loop.png")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes such paths with a prefix")
def test_a_path_longer_than_the_system_takes_is_refused(tmp_path: Path) -> None:
    assert "path is too long" in reason_of(tmp_path / ("a" * 300 + ".png"))


def test_a_path_of_more_than_260_characters_is_read(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 120) / ("b" * 120) / ("c" * 120)
    Path(files.system_path(folder)).mkdir(parents=True)
    path = folder / "crop.png"
    Path(files.system_path(path)).write_bytes(pillow_bytes(IMAGE, "PNG"))
    assert np.array_equal(read_image(ImageRef("slide", path)).rgb, PIXELS)


def test_long_windows_paths_get_the_prefix_that_windows_wants() -> None:
    assert files.prefixed(r"C:\slides\a.png") == r"\\?\C:\slides\a.png"
    assert files.prefixed(r"\\server\share\a.png") == r"\\?\UNC\server\share\a.png"
    assert files.prefixed(r"\\?\C:\slides\a.png") == r"\\?\C:\slides\a.png"
