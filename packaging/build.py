"""`make bundle`: builds the bundle in `dist/`, packs further models as .zip and, on Linux, a .tar.gz and a .deb.

`packaging/README.md` describes Windows and macOS. Prints the sizes.
"""

from __future__ import annotations

import os
import platform
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from programs import refuse_missing_programs
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).parents[1]
VERSION = runpy.run_path(str(ROOT / "sperm_viewer" / "__init__.py"))["__version__"]
NAME = "sperm-viewer-torch" if os.environ.get("SPERM_VIEWER_TORCH") == "1" else "sperm-viewer"
PACKAGING, BUILD, DIST = ROOT / "packaging", ROOT / "build", ROOT / "dist"
_ICON_SIZES = (48, 128, 256, 512)
_MB = 1_000_000
_VERSION_RESOURCE = """
VSVersionInfo(
  ffi=FixedFileInfo(filevers=({commas}, 0), prodvers=({commas}, 0)),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("FileDescription", "Sperm Viewer"), StringStruct("FileVersion", "{version}"),
      StringStruct("ProductName", "Sperm Viewer"), StringStruct("ProductVersion", "{version}"),
      StringStruct("LegalCopyright", "Apache License 2.0. Research use only."),
    ])]),
    VarFileInfo([VarStruct("Translation", [1033, 1200])]),
  ],
)
"""
_CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: Sperm Viewer
Installed-Size: {kilobytes}
Depends: libc6 (>= {glibc}), libdbus-1-3, libegl1, libfontconfig1, libfreetype6, libgl1, libglib2.0-0, libx11-6,
 libx11-xcb1, fonts-dejavu-core | fonts-liberation | fonts-freefont-ttf
Recommends: shared-mime-info, desktop-file-utils, libcups2
Section: science
Priority: optional
Description: scores sperm heads and shows what the model looked at
 Drop a folder of stained sperm crops on the window: every head is scored, with a
 heatmap beside it. Works offline and sends nothing anywhere. Research use only:
 it explains a classification, it does not diagnose.
"""


def main() -> None:
    refuse_missing_programs()
    draw_icons()
    BUILD.mkdir(exist_ok=True)
    commas = ", ".join(VERSION.split("."))
    (BUILD / "version.txt").write_text(_VERSION_RESOURCE.format(commas=commas, version=VERSION), "utf-8")
    options = ["--noconfirm", "--log-level=WARN", f"--distpath={DIST}", f"--workpath={BUILD}"]
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", *options, PACKAGING / "sperm-viewer.spec"],
        check=True,
        env={**os.environ, "SPERM_VIEWER_VERSION": VERSION},
    )
    bundle = DIST / NAME
    if sys.platform == "linux":
        # Other systems tell console programs from windows; on Linux one program can serve as both.
        command = bundle / "sperm-viewer-cli"
        command.unlink()
        command.symlink_to("sperm-viewer")
    print_size("unpacked", sum(file.lstat().st_size for file in bundle.rglob("*")))
    models = pack_models(bundle)
    print_size(models.name, models.stat().st_size)
    if sys.platform == "linux":
        refuse_missing_libraries(bundle)
        for packed in (pack_tar(bundle), pack_deb(bundle)):
            print_size(packed.name, packed.stat().st_size)


def draw_icons() -> None:
    """The app's icon as PNG; PyInstaller makes .ico and .icns of it."""
    folder = BUILD / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    drawing = QSvgRenderer(QByteArray((ROOT / "resources" / "icons" / "app.svg").read_bytes()))
    for size in _ICON_SIZES:
        picture = QImage(size, size, QImage.Format.Format_ARGB32)
        picture.fill(0)
        painter = QPainter(picture)
        drawing.render(painter, QRectF(0, 0, size, size))
        painter.end()
        picture.save(str(folder / f"app-{size}.png"))


def refuse_missing_libraries(bundle: Path) -> None:
    """A library that this machine lacks would be missing from the bundle without a warning."""
    inside = bundle / "_internal"
    where = os.pathsep.join(str(folder) for folder in (inside, inside / "PySide6" / "Qt" / "lib"))
    missing = set()
    for library in inside.rglob("*.so*"):
        said = subprocess.run(
            ["ldd", library], env={**os.environ, "LD_LIBRARY_PATH": where}, capture_output=True, text=True, check=False
        ).stdout
        missing |= {f"{library.name}: {line.strip()}" for line in said.splitlines() if "not found" in line}
    if missing:
        raise SystemExit("Install these here, and build again:\n" + "\n".join(sorted(missing)))


def pack_models(bundle: Path) -> Path:
    """Packs the model folders that are not in the bundle, with the same files as those in it."""
    packed = DIST / f"sperm-viewer-models-{VERSION}.zip"
    inside = next(bundle.rglob("resources/models"))
    files = {file.relative_to(inside / "smids") for file in (inside / "smids").rglob("*") if file.is_file()}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for folder in sorted((ROOT / "resources" / "models").iterdir()):
            if not (inside / folder.name).exists():
                for file in sorted(files):
                    archive.write(folder / file, f"{folder.name}/{file.as_posix()}")
    return packed


def pack_tar(bundle: Path) -> Path:
    packed = DIST / f"{NAME}-{VERSION}-linux-{platform.machine()}.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(bundle, f"{NAME}-{VERSION}", filter=_as_root)
    # The same format as gzip's, 3 MB smaller.
    subprocess.run(["libdeflate-gzip", "-f", "-12", packed], check=True)
    return packed.with_suffix(".tar.gz")


def pack_deb(bundle: Path) -> Path:
    """Packs the bundle for /opt, with commands, desktop entry, file type and icons in the usual places."""
    root = BUILD / "deb"
    shutil.rmtree(root, ignore_errors=True)
    installed = root / "opt" / NAME
    shutil.copytree(bundle, installed, symlinks=True)
    commands = root / "usr" / "bin"
    commands.mkdir(parents=True)
    for command in ("sperm-viewer", "sperm-viewer-cli"):
        (commands / command).symlink_to(f"/opt/{NAME}/{command}")
    share = root / "usr" / "share"
    placed = {
        PACKAGING / "linux" / "sperm-viewer.desktop": share / "applications",
        PACKAGING / "linux" / "sperm-viewer.xml": share / "mime" / "packages",
    }
    for file, folder in placed.items():
        folder.mkdir(parents=True)
        shutil.copy(file, folder)
    icons = {ROOT / "resources" / "icons" / "app.svg": "scalable"}
    icons |= {BUILD / "icons" / f"app-{size}.png": f"{size}x{size}" for size in _ICON_SIZES}
    for icon, size in icons.items():
        for place, name in (("apps", "sperm-viewer"), ("mimetypes", "application-x-sperm-viewer-session")):
            folder = share / "icons" / "hicolor" / size / place
            folder.mkdir(parents=True)
            shutil.copy(icon, folder / f"{name}{icon.suffix}")
    texts = share / "doc" / NAME
    texts.mkdir(parents=True)
    shutil.copy(bundle / "_internal" / "THIRD-PARTY-NOTICES.txt", texts / "copyright")
    control = _CONTROL.format(
        name=NAME,
        version=VERSION,
        architecture=subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip(),
        kilobytes=sum(file.lstat().st_size for file in root.rglob("*")) // 1024,
        glibc=platform.libc_ver()[1],
    )
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(control, "utf-8")
    packed = DIST / f"{NAME}_{VERSION}_amd64.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, packed], check=True, stdout=subprocess.DEVNULL
    )
    return packed


def print_size(what: str, size: int) -> None:
    print(f"{what}: {size / _MB:.1f} MB", flush=True)


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


if __name__ == "__main__":
    main()
