"""What a bundle is made of: every part with its version and its licence's full text, as notices and as an SBOM.

It starts from the files that were collected, not from what was installed, so that nothing is listed that isn't there,
and a file that belongs to nothing known stops the build.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
_LICENCES = ROOT / "packaging" / "licences"
_COMMON = Path("/usr/share/common-licenses")
_LICENCE_FILE = re.compile(r"licen[cs]e|copying|notice|copyright", re.I)
_LGPL = (_LICENCES / "LGPL-3.0.txt", _LICENCES / "GPL-3.0.txt")
_WITHOUT_TEXT = {
    # Wheels that bring no text of their licence. ICU is Qt's, inside the same wheel.
    "PySide6_Essentials": (*_LGPL, _LICENCES / "ICU.txt"),
    "shiboken6": _LGPL,
    "flatbuffers": (ROOT / "LICENSE",),
}


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    version: str
    licence: str
    purl: PackageURL
    texts: tuple[Path, ...]


def parts_of(sources: Iterable[str]) -> list[Part]:
    """The parts that the collected files are from, in alphabetical order; files of the app itself are none."""
    owners = {
        Path(str(dist.locate_file(file))).resolve(): dist for dist in distributions() for file in dist.files or ()
    }
    python = Path(sysconfig.get_path("stdlib")).resolve().parent
    found: dict[str, Part] = {}
    system: list[Path] = []
    for source in sources:
        file = Path(source).resolve()
        if file in owners:
            part = _of_distribution(owners[file])
            found[part.name] = part
        elif file.is_file() and not file.is_relative_to(ROOT) and not file.is_relative_to(python):
            system.append(file)
    # Python itself, and the program that starts it, are in every bundle.
    for part in (_of_python(), _of_distribution(distribution("pyinstaller")), *_of_system(system)):
        found[part.name] = part
    bare = [part.name for part in found.values() if not part.texts]
    if bare:
        raise SystemExit(f"No licence text for: {', '.join(bare)}. Look at inventory.py.")
    return sorted(found.values(), key=lambda part: part.name.lower())


def write_notices(parts: Sequence[Part], path: Path) -> Path:
    """All licences in full; a text that several parts share stands at the first of them."""
    listed = "".join(f"  {part.name} {part.version}: {part.licence}\n" for part in parts)
    first: dict[str, str] = {}
    texts = ""
    for part in parts:
        texts += f"\n{'=' * 100}\n{part.name} {part.version}\n{part.licence}\n"
        for file in part.texts:
            text = _text(file)
            where = first.setdefault(text, part.name)
            texts += f"{'-' * 100}\n" + (f"{text}\n" if where == part.name else f"The text that stands at {where}.\n")
    path.write_text(
        "Sperm Viewer is under the Apache License 2.0 (see LICENSE). This bundle also holds the following, each under "
        "its own licence.\n\nQt and PySide6 are used under the LGPL 3: their libraries lie as separate files in "
        "_internal/PySide6, where you may put your own builds of them; their sources are at https://code.qt.io. Qt "
        "itself holds parts of others, listed under “Licenses Used in Qt” in its documentation.\n\n" + listed + texts,
        encoding="utf-8",
    )
    return path


def write_sbom(parts: Sequence[Part], name: str, version: str, path: Path) -> Path:
    """A CycloneDX 1.6 bill of materials."""
    bom = Bom()
    bom.metadata.component = Component(
        name=name,
        version=version,
        type=ComponentType.APPLICATION,
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
        bom_ref=name,
    )
    for part in parts:
        component = Component(
            name=part.name,
            version=part.version,
            type=ComponentType.LIBRARY,
            purl=part.purl,
            licenses=[DisjunctiveLicense(name=part.licence)],
            bom_ref=str(part.purl),
        )
        bom.components.add(component)
        bom.register_dependency(bom.metadata.component, [component])
    path.write_text(JsonV1Dot6(bom).output_as_string(indent=1), encoding="utf-8")
    return path


def _of_distribution(dist: Distribution) -> Part:
    texts = _WITHOUT_TEXT.get(dist.name) or tuple(
        Path(str(dist.locate_file(file)))
        for file in dist.files or ()
        if file.suffix not in (".py", ".pyc", ".pyi", ".h", ".so") and _LICENCE_FILE.search(str(file))
    )
    said = dist.metadata.get("License-Expression") or (dist.metadata.get("License") or "").split("\n")[0].strip()
    classified = [
        line.rsplit(":: ", 1)[1] for line in dist.metadata.get_all("Classifier") or () if "License ::" in line
    ]
    licence = said or ", ".join(classified) or "see the text"
    return Part(dist.name, dist.version, licence, PackageURL("pypi", None, dist.name.lower(), dist.version), texts)


def _of_python() -> Part:
    version = sys.version.split()[0]
    found = [Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"]
    texts = tuple(file for file in found if file.is_file())[:1]
    return Part("Python", version, "PSF-2.0", PackageURL("generic", None, "python", version), texts)


def _of_system(files: Sequence[Path]) -> Iterable[Part]:
    """Libraries of the Linux that the bundle is made on; elsewhere there are none."""
    for package in sorted({_package(file) for file in files}) if sys.platform == "linux" else ():
        version = _output("dpkg-query", "-W", "-f", "${Version}", package)
        name = package.split(":")[0]
        copyright_file = Path("/usr/share/doc") / name / "copyright"
        said = copyright_file.read_text("utf-8", "replace")
        named = dict.fromkeys(re.findall(r"^License: (.+)$", said, re.M))
        common = dict.fromkeys(re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", said))
        texts = (copyright_file, *(_COMMON / licence for licence in common if (_COMMON / licence).is_file()))
        licence = ", ".join(named) or "see the text"
        yield Part(name, version, licence, PackageURL("deb", "debian", name, version), texts)


def _package(file: Path) -> str:
    for name in (file, Path("/") / file.relative_to("/usr")) if file.is_relative_to("/usr") else (file,):
        done = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.split(": ")[0]
    raise SystemExit(f"{file}: belongs to no package, so its licence is not known. Look at inventory.py.")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace").strip()
