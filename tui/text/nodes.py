"""How the clock of another machine stands, in words. Pure."""

from __future__ import annotations

from ...core.model import NodeClock

_UNKNOWN = "--"


def offset(clock: NodeClock | None) -> str:
    """Return by how much it is ahead, in at most nine cells."""
    if clock is None:
        return _UNKNOWN
    ahead = clock.offset
    if abs(ahead) < 0.9995:
        return f"{1000 * ahead:+.0f} ms"
    return f"{ahead:+.1f} s" if abs(ahead) < 9999 else f"{ahead / 3600:+.0f} h"


def drift(clock: NodeClock | None) -> str:
    """Return by how much it runs fast, in at most seven cells."""
    if clock is None:
        return _UNKNOWN
    # The engine's clock runs faster where that of the node runs slow.
    return f"{-1e6 * clock.drift:+.0f} ppm" if abs(clock.drift) < 9.99e-4 else "much"


def clock_words(clock: NodeClock | None) -> str:
    """Return a sentence about it."""
    if clock is None:
        return "its clock is ours, or is not known yet"
    way = "ahead" if clock.offset >= 0 else "behind"
    runs = "fast" if clock.drift <= 0 else "slow"
    return (
        f"clock {abs(clock.offset):.3f} s {way}, {abs(1e6 * clock.drift):.0f} ppm {runs}; "
        f"times are put right to {1000 * clock.error:.1f} ms"
    )
