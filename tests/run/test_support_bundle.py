"""The support bundle says what helps, and names no file and no person."""

from __future__ import annotations

from pathlib import Path

import pytest

from sperm_viewer import __version__
from sperm_viewer.run.support_bundle import hide_names, support_text
from sperm_viewer.system.settings import Settings

_SALT = b"x"


@pytest.mark.parametrize(
    "line",
    [
        "/home/Secret/A 1/img 001.png: can't be read",
        "The file /home/Secret/x",
        "OSError: '/data/Secret Secret/img 1.png'",
        'OSError: "/data/O\'Secret/img.png"',
        "“C:\\Users\\Secret\\slide” already holds something else",
        "D:\\Secret (2)\\session.spermview: damaged",
        "'D:\\\\Secret\\\\a.tif'",
        "\\\\server\\Secret\\a.tif: gone",
        "Secret_01.PNG failed",
        "wrote Secret.xlsx",
        "/known: Secret/a.png: odd",
    ],
)
def test_no_name_of_a_file_or_folder_is_left(line: str) -> None:
    hidden = hide_names(f"before\n{line}\nafter", ["/known: Secret"], _SALT)
    assert "Secret" not in hidden
    assert hidden.startswith("before\n")
    assert hidden.endswith("\nafter")


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-25 01:00:00,123 ERROR sperm_viewer.pipeline: and/or, n/a, 12/49 cells",
        "system: Linux-6.18-x86_64-with-glibc2.36",
        "device 'cuda' can't be used",
    ],
)
def test_what_is_no_name_stays(line: str) -> None:
    assert hide_names(line, [], _SALT) == line


def test_the_apps_own_code_keeps_its_names() -> None:
    line = '  File "/home/Secret/sperm_viewer/session/session.py", line 3, in open'
    assert hide_names(line, [], _SALT) == '  File "…/sperm_viewer/session/session.py", line 3, in open'


def test_one_name_is_one_hash_and_another_salt_gives_another() -> None:
    text = "/a/img.png: odd\n'/b/img.png'\nimg.png"
    hidden = hide_names(text, [], _SALT)
    name = hidden.splitlines()[-1]
    assert hidden.count(name) == 3
    assert name.endswith("].png")
    assert name not in hide_names(text, [], b"y")


def test_it_holds_versions_settings_and_the_end_of_each_log(tmp_path: Path) -> None:
    log = tmp_path / "sperm-viewer.log"
    log.write_text("".join(f"line {number}\n" for number in range(1000)) + "/Secret/img.png: odd\n")
    settings = Settings(theme="dark", recent_folders=("/data/Secret",), layout=("c2VjcmV0",))
    text = support_text(settings, {"device": "cpu"}, [log, tmp_path / "none.log"])
    for expected in (
        f"Sperm Viewer: {__version__}",
        "onnxruntime: ",
        "theme: dark",
        "device: cpu",
        "line 999",
        "There is",
    ):
        assert expected in text
    for hidden in ("Secret", "c2VjcmV0", "line 1\n", str(Path.home())):
        assert hidden not in text
