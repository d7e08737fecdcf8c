"""The lock files hold what pyproject.toml asks for, exactly."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUN = PROJECT["dependencies"]
DEVELOPMENT = [*RUN, *PROJECT["optional-dependencies"]["dev"]]
CLUSTER = [*RUN, *PROJECT["optional-dependencies"]["cluster"]]


def locked(name: str) -> dict[str, set[str]]:
    """Versions by package; several where they differ by Python or system."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / name).read_text()):
        if not entry.startswith("#"):
            requirement = Requirement(entry.split("\\")[0].strip())
            assert "--hash=sha256:" in entry, requirement
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.lock", RUN),
        ("requirements-dev.lock", DEVELOPMENT),
        ("requirements-cluster.lock", CLUSTER),
    ],
)
def test_the_lock_holds_what_is_asked_for(name: str, wanted: list[str]) -> None:
    versions = locked(name)
    for requirement in map(Requirement, wanted):
        for version in versions[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(version), requirement


@pytest.mark.parametrize("name", ["requirements-dev.lock", "requirements-cluster.lock"])
def test_what_runs_is_what_is_tried(name: str) -> None:
    tried = locked(name)
    assert {name: tried[name] for name in locked("requirements.lock")} == locked(
        "requirements.lock"
    )
