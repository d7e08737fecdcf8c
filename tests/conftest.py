# pyright: reportMissingTypeStubs=false

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Programs that tests run by the hundred are compiled once, and so are the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes says how busy the machine is.
settings.register_profile("roomdeck", deadline=None)
settings.load_profile("roomdeck")


RECORDING = "tests/e2e/"
AT_ONCE = 2
"""Tests that record at the same time. They spend their time waiting: more would starve them, and
what a processor has left is for the others."""


class Rows(LoadScopeScheduling):
    """Modules one by one to whoever is free, and those that record in rows of their own."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(RECORDING) and self.collection is not None:
            return f"{RECORDING}{self.collection.index(nodeid) % AT_ONCE}"
        return nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Rows | None:
    return Rows(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(RECORDING))


@pytest.fixture(autouse=True, scope="session")
def state_folder() -> Iterator[None]:
    """What roomdeck keeps for its user is not that of whoever runs the tests."""
    with (
        tempfile.TemporaryDirectory(prefix="roomdeck-state-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_STATE_HOME", folder)
        yield


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short path, whatever runs the tests: sockets in it must fit 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="roomdeck-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
