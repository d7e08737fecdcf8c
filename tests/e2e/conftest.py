from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from .lab import Lab, laboratory


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncGenerator[Lab, None]:
    async with laboratory(tmp_path) as lab:
        yield lab
