import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is.
settings.register_profile("roomdeck", deadline=None)
settings.load_profile("roomdeck")


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
