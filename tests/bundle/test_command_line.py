"""The built command line, without Python: it starts, tests itself, and gives the bytes of a run from source."""

from __future__ import annotations

import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from bundled import from_source
from odd_files import write_odd_folder
from rendered_slide import write_rendered_slide

from sperm_viewer import __version__

pytestmark = pytest.mark.bundle


def run(bundle: Path, bare: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [bundle / "sperm-viewer-cli", *map(str, arguments)]
    return subprocess.run(command, env=bare, capture_output=True, text=True, check=False)


def test_help_and_version_are_told(bundle: Path, bare: dict[str, str]) -> None:
    for attempt in ("first", "second"):
        begun = time.monotonic()
        helped = run(bundle, bare, "--help")
        print(f"\nTo --help, {attempt} time: {time.monotonic() - begun:.2f} s (target 1 s)")  # noqa: T201
    assert "score" in helped.stdout
    assert run(bundle, bare, "--version").stdout.strip() == f"sperm-viewer {__version__}"


def test_it_passes_its_own_test(bundle: Path, bare: dict[str, str]) -> None:
    done = run(bundle, bare, "self-test")
    assert done.returncode == 0, done.stderr
    assert "Self-test passed." in done.stdout
    assert not done.stderr


def test_the_demo_gives_the_sources_bytes(bundle: Path, bare: dict[str, str], tmp_path: Path) -> None:
    slide = tmp_path / "demo"
    assert run(bundle, bare, "demo", slide).returncode == 0
    for model in ("smids", "hushem"):
        built, source = tmp_path / f"built-{model}", tmp_path / f"source-{model}"
        done = run(bundle, bare, "score", slide, "--model", model, "--out", built, "--heatmaps")
        assert done.returncode == 0, done.stderr
        from_source("score", slide, "--model", model, "--out", source, "--heatmaps", home=bare["HOME"])
        files = sorted(path.relative_to(source) for path in source.rglob("*.*") if path.suffix in (".csv", ".png"))
        assert len(files) == 65
        for file in files:
            assert (built / file).read_bytes() == (source / file).read_bytes(), file


def test_every_kind_of_file_ends_as_it_does_from_source(bundle: Path, bare: dict[str, str], tmp_path: Path) -> None:
    """Where a decoder is missing from the bundle, this fails."""
    (tmp_path / "odd").mkdir()
    write_odd_folder(tmp_path / "odd")
    assert run(bundle, bare, "score", tmp_path / "odd", "--out", tmp_path / "built").returncode == 0
    from_source("score", tmp_path / "odd", "--out", tmp_path / "source", home=bare["HOME"])
    assert (tmp_path / "built" / "cells.csv").read_bytes() == (tmp_path / "source" / "cells.csv").read_bytes()


def test_it_scores_where_there_are_no_standard_streams(bundle: Path, bare: dict[str, str], tmp_path: Path) -> None:
    """As in a program with a window on Windows: stdout and stderr are None."""
    slide = write_rendered_slide(tmp_path / "slide")
    command = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", bundle / "sperm-viewer"]
    done = subprocess.run([*command, "score", slide, "--out", tmp_path / "out"], env=bare, check=False)
    assert done.returncode == 0
    assert (tmp_path / "out" / "cells.csv").exists()


def test_what_the_bundle_lacks_is_said_in_words(bundle: Path, bare: dict[str, str], tmp_path: Path) -> None:
    slide = write_rendered_slide(tmp_path / "slide")
    for arguments in (
        ["train", slide, "--name", "x"],
        ["score", slide, "--engine", "torch", "--out", tmp_path / "out"],
    ):
        done = run(bundle, bare, *arguments)
        assert done.returncode == 1
        assert "part of this installation" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_model_that_was_packed_apart_scores_where_it_is_unpacked(
    bundle: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle.parent / f"sperm-viewer-models-{__version__}.zip") as packed:
        packed.extractall(Path(bare["HOME"]) / ".local" / "share" / "Sperm Viewer" / "models")
    slide = write_rendered_slide(tmp_path / "slide")
    done = run(bundle, bare, "score", slide, "--model", "hushem-b0", "--out", tmp_path / "built")
    assert done.returncode == 0, done.stderr
    from_source("score", slide, "--model", "hushem-b0", "--out", tmp_path / "source", home=bare["HOME"])
    assert (tmp_path / "built" / "cells.csv").read_bytes() == (tmp_path / "source" / "cells.csv").read_bytes()
