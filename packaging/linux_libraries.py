"""Linux: which libraries go into the bundle, and what takes the place of those that are linked but never called.

OpenCV reads and writes video with FFmpeg and AVIF images with libavif, and solves equations with OpenBLAS; all of these
have to be there or `import cv2` fails, though the app only filters, warps and measures pixels. They weigh 84 MB, and
the OpenSSL 1.1.1 that FFmpeg brings has been without care since 2023. A stand-in ends the process where it is called,
so that nothing can be computed wrongly; the bundle's tests compare with the whole libraries, byte for byte.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

_MODULE = "cv2.abi3.so"
_FOLDER = "opencv_python_headless.libs"
_REPLACED = ("libavcodec", "libavformat", "libavutil", "libswscale", "libavif", "libopenblas")
_KEPT = ("libpng",)
_SYMBOL = re.compile(
    r"(?P<kind>FUNC|OBJECT|TLS)\s+(GLOBAL|WEAK)\s+DEFAULT\s+(?P<place>\w+) (?P<name>\w+)(@@?(?P<version>\w+))?"
)
_DATA = re.compile(r"(?P<at>\w+)\s+(?P<size>\w+) OBJECT\s+GLOBAL\s+DEFAULT\s+\d+ (?P<name>icudt\d+_dat)")
_RODATA = re.compile(r"\.rodata\s+PROGBITS\s+(?P<at>\w+) (?P<offset>\w+)")
_ICU_KEPT = re.compile(r"coll/.+|(root|res_index|pool)\.res")
_SYSTEMS = (
    *("libX11.", "libX11-xcb.", "libcups.", "libdbus-1.", "libfontconfig.", "libfreetype."),
    *("libglib-2.0.", "libgthread-2.0."),
)
"""What a desktop has, and should be its own: fonts, messages, the display, and printers where there are any."""

Entry = tuple[str, str, str]
"""As in PyInstaller's tables: where the file goes, where it is, what kind it is."""


def replace(binaries: Sequence[Entry], folder: Path) -> list[Entry]:
    """The table with stand-ins, which are made in `folder`, and without the libraries that only the replaced needed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    module = next((source for _, source, _ in binaries if Path(source).name == _MODULE), None)
    if module is None:
        raise SystemExit(f"{_MODULE} is not among the collected files: look at stand_ins.py.")
    needed = _needed(Path(module))
    made = []
    for target, source, kind in binaries:
        name = Path(target).name
        if Path(target).parent.name != _FOLDER or name.startswith(_KEPT):
            made.append((target, source, kind))
        elif name in needed and name.startswith(_REPLACED):
            made.append((target, str(_stand_in(Path(source), Path(module), folder / name)), kind))
    return made


def strip_python(binaries: Sequence[Entry], folder: Path) -> list[Entry]:
    """The table with Python's own libraries freed of their debugging symbols: 17 MB. Those of wheels are left alone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = []
    for target, source, kind in binaries:
        if Path(target).name.startswith("libpython"):
            stripped = folder / Path(target).name
            subprocess.run(["strip", "--strip-unneeded", "-o", stripped, source], check=True)
            source = str(stripped)
        made.append((target, source, kind))
    return made


def without_orphans(binaries: Sequence[Entry]) -> list[Entry]:
    """The table without libraries that are the desktop's, and without what nothing in it needs now."""
    at_top = {entry[0]: entry for entry in binaries if "/" not in entry[0] and not entry[0].startswith(_SYSTEMS)}
    kept = [entry for entry in binaries if "/" in entry[0] or entry[0].startswith("libpython")]
    for _, source, _ in kept:
        # It grows as it is walked: what a needed library needs is needed too.
        kept += [at_top.pop(name) for name in _needed(Path(source)) & at_top.keys()]
    return kept


def _needed(library: Path) -> set[str]:
    return set(re.findall(r"NEEDED.*\[(.+)\]", _readelf("-d", library)))


def _stand_in(original: Path, module: Path, made: Path) -> Path:
    """A library of the original's name and versions, with those of its functions that the module asks for."""
    offered = {found["name"] for found in _symbols(original) if found["place"] != "UND"}
    asked = [found for found in _symbols(module) if found["place"] == "UND" and found["name"] in offered]
    if any(found["kind"] != "FUNC" for found in asked):
        raise SystemExit(f"{original.name} now holds data that OpenCV reads: no stand-in is possible.")
    source, script = made.with_suffix(".c"), made.with_suffix(".map")
    source.write_text("".join(f"void {found['name']}(void) {{ __builtin_trap(); }}\n" for found in asked))
    versions = sorted({found["version"] or "" for found in asked})
    script.write_text("".join(f"{version} {{ global: *; }};\n" for version in versions))
    command = ["cc", "-shared", "-nostdlib", "-fPIC", "-O1", "-s", f"-Wl,-soname,{original.name}"]
    subprocess.run([*command, f"-Wl,--version-script={script}", "-o", made, source], check=True)
    return made


def _symbols(library: Path) -> Iterator[re.Match[str]]:
    return _SYMBOL.finditer(_readelf("--dyn-syms", library))


def _readelf(what: str, library: Path) -> str:
    return subprocess.run(["readelf", "-W", what, library], check=True, capture_output=True, text=True).stdout


def lighten_icu(binaries: Sequence[Entry], folder: Path) -> list[Entry]:
    """The table with ICU's data cut to what Qt asks it for, the order of names in each language: 28 of 32 MB are
    translations, time zones and encodings, for which Qt has tables of its own.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return [
        (target, str(_light(Path(source), folder)) if Path(target).name.startswith("libicudata.") else source, kind)
        for target, source, kind in binaries
    ]


def _light(original: Path, folder: Path) -> Path:
    symbol = next(found for found in _DATA.finditer(_readelf("--dyn-syms", original)))
    section = next(found for found in _RODATA.finditer(_readelf("-S", original)))
    start = int(symbol["at"], 16) - int(section["at"], 16) + int(section["offset"], 16)
    # ICU takes the name of the file for that of the data.
    light = folder / f"{symbol['name'].removesuffix('_dat')}l.dat"
    whole = folder / "whole" / light.name
    whole.parent.mkdir()
    whole.write_bytes(original.read_bytes()[start : start + int(symbol["size"], 0)])
    listed = subprocess.run(["icupkg", "-l", whole], check=True, capture_output=True, text=True).stdout.split()
    dropped = folder / "dropped.txt"
    dropped.write_text("\n".join(item for item in listed if not _ICU_KEPT.fullmatch(item)))
    subprocess.run(["icupkg", "-r", dropped, whole, light], check=True)
    assembler, made = folder / "data.s", folder / original.name
    name = symbol["name"]
    assembler.write_text(
        f'.section .rodata\n.balign 16\n.globl {name}\n.type {name}, @object\n{name}: .incbin "{light}"\n'
        f".size {name}, . - {name}\n.section .note.GNU-stack\n"
    )
    subprocess.run(["cc", "-shared", "-nostdlib", f"-Wl,-soname,{original.name}", "-o", made, assembler], check=True)
    return made
