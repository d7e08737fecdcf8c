"""Whether a recording is well, for those who only want to know that. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...model import RoomSnapshot, SignalingState, StreamState

HEARD = 6.0
"""Seconds without a word of the engine, which has one every second, after which it is not well."""


class Health(msgspec.Struct, frozen=True):
    """Whether a recording is well."""

    status: Literal["ok", "failing"]
    reasons: tuple[str, ...] = ()
    """What is wrong, in words."""


def health(snapshot: RoomSnapshot | None, age: float, ending: bool) -> Health:
    """Return how it is.

    Args:
        snapshot: The last one; ``None``: there was none yet.
        age: Seconds since it came.
        ending: The engine was told to end.
    """
    reasons = tuple(_reasons(snapshot, age, ending))
    return Health("failing" if reasons else "ok", reasons)


def _reasons(snapshot: RoomSnapshot | None, age: float, ending: bool) -> list[str]:
    if ending:
        return ["the recording ends"]
    if snapshot is None:
        return ["the engine has said nothing yet"]
    if age > HEARD:
        return [f"the engine has said nothing for {age:.0f} s"]
    reasons: list[str] = []
    if snapshot.link is not SignalingState.JOINED:
        detail = f": {snapshot.link_detail}" if snapshot.link_detail else ""
        reasons.append(f"the room is not joined ({snapshot.link.value}){detail}")
    disk = snapshot.disk
    if disk.full:
        reasons.append(f"the disk is full: {disk.free} bytes are free, {disk.floor} stay so")
    failed = [one for one in snapshot.streams if one.state is StreamState.FAIL]
    if failed:
        reasons.append(f"not recorded by a fault: {', '.join(one.stream for one in failed)}")
    return reasons
