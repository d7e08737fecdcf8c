"""What tests of attendants share."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from .fake_engine import Engine


@pytest.fixture
def folder() -> Iterator[Path]:
    # The path of a socket may not be long.

    with tempfile.TemporaryDirectory(prefix="rd-") as made:
        yield Path(made)


@pytest.fixture
async def engine(folder: Path) -> AsyncIterator[Engine]:
    made = Engine(folder)
    await made.server.open(folder / "engine.sock")
    yield made
    await made.server.close(0)
