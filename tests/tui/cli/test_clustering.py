"""The options of `record` about a Ray cluster."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from roomdeck.core.config import ClusterConfig, PlaceRule
from roomdeck.core.errors import UsageError
from roomdeck.tui.cli.clustering import cluster


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("t" * 40)
    file.chmod(0o600)
    return file


def _found(name: str) -> str:
    return name


def _missing(name: str) -> None:
    assert name == "ray"


@pytest.fixture
def with_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", _found)


def test_without_it_nothing_is_asked_for() -> None:
    assert cluster("", "") is None
    with pytest.raises(UsageError, match="of no use"):
        cluster("", "file")


@pytest.mark.usefixtures("with_ray")
@pytest.mark.parametrize("address", ["auto", "box1:6379", "10.0.0.1:6379", "[fd00::1]:6379"])
def test_it_is_known_where_and_by_which_token(address: str, token: Path) -> None:
    wanted = ClusterConfig(address=address, token_file=str(token))
    assert cluster(address, str(token)) == wanted


@pytest.mark.usefixtures("with_ray")
@pytest.mark.parametrize("address", ["box1", "ray://box1:6379", "box1:", "a b:1"])
def test_what_is_no_address_is_refused(address: str, token: Path) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        cluster(address, str(token))


@pytest.mark.usefixtures("with_ray")
def test_without_a_token_nothing_begins(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make one"):
        cluster("auto", str(tmp_path / "none"))


def test_without_ray_it_is_said_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, token: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", _missing)
    with pytest.raises(UsageError, match=r"roomdeck\[cluster\]"):
        cluster("auto", str(token))


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_an_engine_never_loads_it() -> None:
    program = (
        "import sys, roomdeck.core.engine.workers.cluster, roomdeck.core.worker.process; "
        "sys.exit('ray' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.usefixtures("with_ray")
def test_it_is_known_what_goes_where(token: Path) -> None:
    found = cluster("auto", str(token), ["stage-*=rack1", "*=zone=a"])
    assert found is not None
    assert found.place == (PlaceRule("stage-*", "rack1"), PlaceRule("*", "zone=a"))
    for wrong in ("rack1", "=rack1", "a="):
        with pytest.raises(UsageError, match="PATTERN=LABEL"):
            cluster("auto", str(token), [wrong])
    with pytest.raises(UsageError, match="--place is of no use"):
        cluster("", "", ["a=b"])
