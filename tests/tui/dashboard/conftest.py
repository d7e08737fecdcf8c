"""What holds for every dashboard that is tested."""

from __future__ import annotations

import math

import pytest


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show one snapshot for as long as a busy machine takes: it is not too old to be believed."""
    monkeypatch.setattr("roomdeck.tui.dashboard.model.room.STALE", math.inf)
