"""``--monitor``: looking before recording. Pure."""

from __future__ import annotations

from ...core.config import RoomConfig
from ...core.errors import UsageError
from ...core.model import Monitor


def monitoring(text: str, where: RoomConfig) -> Monitor:
    """Return what becomes of streams that nobody asked to record.

    Raises:
        UsageError: It is none of the ways, or not one for streams outside rooms.
    """
    kinds = {"": Monitor.OFF, **{one.value: one for one in Monitor}}
    if text not in kinds:
        raise UsageError(
            f"--monitor: no way to look: {text!r}; write --monitor or --monitor=listed"
        )
    if kinds[text] is Monitor.LISTED and not where.room:
        raise UsageError(
            "--monitor=listed needs a room: outside rooms nobody tells who is there; --monitor "
            "connects, and records nothing"
        )
    return kinds[text]
