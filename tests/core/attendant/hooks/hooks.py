"""What the tests of hooks share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roomdeck.core.attendant.orders import Orders
from roomdeck.core.config import AttendantConfig, Hook
from roomdeck.core.model import Event

from ..fake_engine import JOURNAL


def orders(folder: Path, *hooks: Hook, session: str = "stage") -> Orders:
    return Orders(
        folder=str(folder),
        room="stage",
        output=str(folder),
        sidecar=str(folder / f"{session}.json"),
        journal=JOURNAL,
        config=AttendantConfig(hooks=hooks),
    )


def event(seq: int, type: str = "take.end", stream: str = "alice", **data: Any) -> Event:
    return Event(seq=seq, time=1000.0 + seq, type=type, stream=stream, text="said", data=data)
