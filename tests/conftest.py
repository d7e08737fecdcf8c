import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short path, whatever runs the tests: sockets in it must fit 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="roomdeck-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
