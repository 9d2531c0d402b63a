"""What is in the bundle is known, listed, locked and licensed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bundled import ROOT

pytestmark = pytest.mark.bundle


@pytest.fixture(scope="module")
def components(bundle: Path) -> dict[str, dict]:
    listed = json.loads((bundle / "_internal" / "sbom.cdx.json").read_text())
    assert listed["bomFormat"] == "CycloneDX"
    return {component["name"].lower().replace("_", "-"): component for component in listed["components"]}


def locked() -> dict[str, str]:
    text = (ROOT / "packaging" / "requirements-bundle.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.M))


def test_the_bill_of_materials_names_what_it_must_with_the_locked_versions(components: dict[str, dict]) -> None:
    assert {"python", "pyside6-essentials", "numpy", "onnxruntime", "opencv-python-headless", "pillow"} <= set(
        components
    )
    for name, version in locked().items():
        if name in components and name not in ("imagecodecs", "tifffile"):
            assert components[name]["version"] == version, name
    assert all(component["purl"] and component["licenses"] for component in components.values())


def test_no_part_is_there_that_the_app_must_do_without(components: dict[str, dict]) -> None:
    assert not {"torch", "timm", "scipy", "matplotlib", "setuptools", "pytest"} & set(components)


def test_every_parts_licence_is_in_the_notices(bundle: Path, components: dict[str, dict]) -> None:
    notices = (bundle / "_internal" / "THIRD-PARTY-NOTICES.txt").read_text()
    for component in components.values():
        assert f"\n{component['name']} {component['version']}\n" in notices
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in notices


def test_the_lock_holds_names_versions_and_hashes_alone() -> None:
    text = (ROOT / "packaging" / "requirements-bundle.txt").read_text()
    assert "://" not in text
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[\w.-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_qts_libraries_lie_open_and_every_link_leads_somewhere(bundle: Path) -> None:
    assert list(bundle.rglob("libQt6Core.so.6"))
    assert not [path for path in bundle.rglob("*") if path.is_symlink() and not path.exists()]
