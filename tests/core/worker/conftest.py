"""What the tests of peers share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from roomdeck.core.model import EndReason
from roomdeck.core.worker.connections import peer
from roomdeck.core.worker.files import writer

from .fakes import FakeConnection
from .serving import Served


@pytest.fixture
async def served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncGenerator[Served, None]:
    """A peer; its parameter, where there is one, holds other settings, and what is ``offered``."""
    param = dict(getattr(request, "param", {}))
    offered = param.pop("offered", {})
    monkeypatch.setattr(peer, "Connection", FakeConnection)
    monkeypatch.setattr(writer, "FLUSH_INTERVAL", 0.0)
    served = Served(tmp_path, param, **offered)
    yield served
    await served.peer.close(EndReason.SHUTDOWN)
    served.writer.close()
