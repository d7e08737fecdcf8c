"""What an address's answer means. Pure."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import msgspec

LONGEST_WAIT = 3600.0
"""Seconds that an address can have us wait."""
_AGAIN = (408, 429)
"""Of those that say that we did something wrong (RFC 9110 15.5.9, RFC 6585 4)."""


class Failure(msgspec.Struct, frozen=True):
    """Why a hook did not take an event."""

    error: str
    again: bool = False
    """Whether it may the next time."""
    wait: float = 0.0
    """Seconds for which it wants to be left alone."""


def failure(status: int, retry_after: str, now: float) -> Failure | None:
    """Return why an address did not take it; ``None``: it did.

    Args:
        status: Of HTTP.
        retry_after: The header's value, or empty (RFC 9110 10.2.3).
        now: Seconds since the Unix epoch.
    """
    if 200 <= status < 300:
        return None
    if status >= 500 or status in _AGAIN:
        return Failure(f"it answered {status}", again=True, wait=_wait(retry_after, now))
    if 300 <= status < 400:
        return Failure(f"it answered {status}, and redirects are not followed")
    return Failure(f"it answered {status}")


def _wait(text: str, now: float) -> float:
    text = text.strip()
    if text.isascii() and text.isdecimal():
        wait = float(text[:9])
    else:
        try:
            wait = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError, IndexError, TypeError):
            return 0.0
    return min(max(wait, 0.0), LONGEST_WAIT)
