"""A session, where a test needs one that says nothing in particular."""

from __future__ import annotations

from pathlib import Path

from roomdeck.core.ipc.worker_messages import Session


def session(output: str | Path = "/out", sidecar: str | Path = "/out/s") -> Session:
    return Session(
        room="lab",
        server="ws://x",
        output=str(output),
        prefix="lab",
        started=1.0,
        began=1.0,
        sidecar=str(sidecar),
    )
