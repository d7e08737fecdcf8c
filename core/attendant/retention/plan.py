"""Which takes go. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...config import Retention

SANE = 1_700_000_000.0
"""Unix time before which nothing of roomdeck was recorded (2023-11-14): a machine without a clock
of its own begins in 1970, and what it recorded then is not old."""


class Kept(NamedTuple):
    """A take that may go."""

    file: str
    size: int
    ended: float
    """Unix time."""


def to_remove(kept: Sequence[Kept], wish: Retention, now: float, free: int) -> list[Kept]:
    """Return those that are to go, the oldest first.

    Args:
        kept: All that may go.
        wish: What was asked for.
        now: Unix time.
        free: Bytes on their disk.
    """
    gone: list[Kept] = []
    for take in sorted(kept, key=lambda take: take.ended):
        old = wish.keep is not None and take.ended >= SANE and now - take.ended >= wish.keep
        if old or free < wish.keep_free:
            gone.append(take)
            free += take.size
    return gone
