"""The three lists of dependencies agree: pyproject.toml, environment.yml and constraints.txt."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]

# Where conda-forge calls a package otherwise than PyPI does.
CONDA_NAMES = {"torch": "pytorch", "cf-xarray": "cf_xarray"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements() -> dict[str, SpecifierSet]:
    """Every package of pyproject.toml, extras included, by its PyPI name."""
    table = project()
    listed = [
        *table["dependencies"],
        *(line for extra in table["optional-dependencies"].values() for line in extra),
    ]
    found: dict[str, SpecifierSet] = {}
    for line in listed:
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) == "isocline":  # an extra that names other extras
            continue
        name = canonicalize_name(requirement.name)
        found[name] = found.get(name, SpecifierSet()) & requirement.specifier
    return found


def environment() -> tuple[dict[str, SpecifierSet], list[str]]:
    """The conda packages of environment.yml by their conda name, and its pip part."""
    conda: dict[str, SpecifierSet] = {}
    pip: list[str] = []
    for entry in yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]:
        if isinstance(entry, dict):
            pip += entry["pip"]
            continue
        name, _, versions = entry.partition(" ")
        assert name not in conda, f"environment.yml lists {name} twice"
        conda[name] = SpecifierSet(versions)
    return conda, pip


def pins() -> dict[str, Version]:
    lines = (
        line.partition("#")[0].strip()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    )
    pinned = (line.split("==") for line in lines if line)
    return {canonicalize_name(name): Version(version) for name, version in pinned}


def test_environment_and_pyproject_name_the_same_packages_with_the_same_ranges() -> None:
    conda, pip = environment()
    from_pip = {
        canonicalize_name(Requirement(line).name) for line in pip if not line.startswith("-")
    }
    expected = {
        CONDA_NAMES.get(name, name): ranges
        for name, ranges in requirements().items()
        if name not in from_pip
    }
    assert {
        name: str(ranges) for name, ranges in conda.items() if name not in {"python", "pip"}
    } == {name: str(ranges) for name, ranges in expected.items()}


def test_the_pip_part_holds_the_project_and_only_packages_of_pyproject() -> None:
    _, pip = environment()
    assert "-e ." in pip
    known = requirements()
    for line in pip:
        if not line.startswith("-"):
            requirement = Requirement(line)
            assert known[canonicalize_name(requirement.name)] == requirement.specifier


def test_the_python_of_the_environment_is_that_of_the_project() -> None:
    conda, _ = environment()
    assert conda["python"] == SpecifierSet(project()["requires-python"])


@pytest.mark.parametrize("name", sorted(requirements()))
def test_each_dependency_is_pinned_within_its_range(name: str) -> None:
    pinned = pins()
    assert name in pinned, f"constraints.txt does not pin {name}; add the version that was tested"
    assert pinned[name] in requirements()[name], (
        f"{name}=={pinned[name]} is outside {requirements()[name]}"
    )


def test_nothing_is_pinned_twice() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]
    assert len(lines) == len(pins())
