"""What an engine has its attendant do."""

from __future__ import annotations

import msgspec

from ..config import AttendantConfig


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """Goes through a pipe, so that no secret of it shows in a process list."""

    folder: str
    """The room's runtime folder."""
    room: str
    """What the recording is called."""
    output: str
    """Where its files are."""
    sidecar: str
    """Path of its JSON file; also names the session."""
    journal: str = ""
    """Under which id its events are on the disk."""
    token_file: str = ""
    """Path of the token of the cluster on whose nodes it is recorded; empty: on none."""
    config: AttendantConfig


def decode(data: bytes) -> Orders:
    """Return what an engine wrote; it is of the same version."""
    return msgspec.json.decode(data, type=Orders)


def encode(orders: Orders) -> bytes:
    """Return what goes through the pipe."""
    return msgspec.json.encode(orders)
