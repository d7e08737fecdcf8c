"""``--monitor`` and ``--pre-roll``: looking before recording. Pure."""

from __future__ import annotations

from ...core.config import KEY_FRAMES, LONGEST_PRE_ROLL, SHORTEST_PRE_ROLL, RoomConfig
from ...core.errors import UsageError
from ...core.model import Monitor
from ..text.durations import duration


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


def pre_roll(text: str, monitor: Monitor, key_frames: float) -> float:
    """Read how much is held of who is looked at, like ``30s``: seconds; 0 where it is empty or 0.

    Args:
        text: As typed.
        monitor: How streams are looked at.
        key_frames: Seconds between two key frames of one, at most.

    Raises:
        UsageError: It is no duration, or makes no sense with the others.
    """
    seconds = duration(text) if text.strip() else 0.0
    if seconds is None:
        raise UsageError(f"--pre-roll: no duration: {text!r}; write it like 30s or 2m")
    if not seconds:
        return 0.0
    if not SHORTEST_PRE_ROLL <= seconds <= LONGEST_PRE_ROLL:
        raise UsageError(f"--pre-roll: {text} is too short or too long; 1s to 10m can be held")
    if monitor is not Monitor.CONNECTED:
        raise UsageError(
            "--pre-roll holds what is connected and not recorded yet: it needs --monitor, which "
            "connects with everybody and records nothing until r or R"
        )
    if not 0 < key_frames <= max(seconds, KEY_FRAMES):
        often = max(seconds, KEY_FRAMES)
        raise UsageError(
            f"--pre-roll needs a key frame at least every {often:g} s to begin with; leave "
            f"--key-frames {key_frames:g} out"
        )
    return seconds
