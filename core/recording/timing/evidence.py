"""Deciding where a clock slipped, from delays. Pure functions on `Transit`."""

from __future__ import annotations

from itertools import accumulate, pairwise
from statistics import median

from .transit import Stretch, Transit

SHORT = 1.5
"""Seconds of arrival over which the present delay is taken; also how long a rise has to last."""
_RESTING = 60.0
"""Seconds for which the delay of a track that sends nothing is taken to be what it was."""
NOTICEABLE = 0.1
"""Seconds of a rise in delay that is worth asking what it means."""
SMALL = 0.01
"""Seconds by which a track may be moved without asking since when."""
_CLOSE = 0.005
_UNUSUAL = 3
"""Times the usual distance of frames that is a pause."""


def present(transit: Transit, now: float) -> float | None:
    """Least delay of the last seconds; ``None`` where nothing came, or not for so long yet.

    What comes first after a pause may have been kept back: all of it before a network went, and
    what was queued when it was there again.
    """
    return None if _has_just_resumed(transit, now) else transit.least(now - SHORT)


def _has_just_resumed(transit: Transit, now: float) -> bool:
    """Whether a pause ended in the last seconds that is none between frames that come slowly."""
    pause = transit.pause(now - SHORT)
    if pause <= SHORT:
        return False
    usual = median(two.begin - one.end for one, two in pairwise(transit.stretches()))
    return pause > _UNUSUAL * usual


def known(transit: Transit, now: float) -> float | None:
    """Like `present`; of a track that rests, what its delay was."""
    short = present(transit, now)
    return transit.level if short is None and transit.last > now - _RESTING else short


def at(transit: Transit, when: float) -> float:
    """Least delay around a moment, or of all that is remembered."""
    least = transit.least(when - SHORT, when + 0.2)
    return transit.level if least is None else least


def settled(transit: Transit, delay: float, by: float) -> float:
    """Return what a delay was before a clock went ``by`` astray, if a queue ran empty since."""
    return min(delay, transit.level - min(by, 0.0))


def earlier(transit: Transit, now: float) -> float | None:
    """Least delay of what came before the last seconds."""
    return transit.least_before(now - SHORT)


def rise(transit: Transit, now: float) -> float:
    """By how much the delay is above what it was, in seconds; 0 where that is not known."""
    new, old = present(transit, now), earlier(transit, now)
    return 0.0 if new is None or old is None else new - old


def step(transit: Transit, now: float, by: float) -> Stretch | None:
    """Find where the delay rose at once and stayed, as it does when a clock stood still.

    A queue that runs empty and a link that fills look different: one falls from its height, which
    has to be seen (`lasts`), the other has no edge.

    Returns:
        What came first after it; ``None`` where there is no such place.
    """
    old = earlier(transit, now)
    if old is None or by <= 0:
        return None
    stretches = transit.stretches()
    index = len(stretches)
    while index and stretches[index - 1].least >= old + 0.8 * by:
        index -= 1
    if not 0 < index < len(stretches):
        return None
    before = stretches[index - 1]
    return stretches[index] if before.least <= old + 0.2 * by + 0.03 else None


def lasts(edge: Stretch, now: float) -> bool:
    """Whether a delay that rose there has stayed for long enough."""
    return edge.begin <= now - SHORT


def moves(
    transit: Transit, since: float, begin: int, old: float, by: float
) -> list[tuple[int, float]]:
    """Say how what was written since then is to be moved, where the clock is ``by`` off now.

    Delays tell when it went astray, at once or bit by bit: the least of all that came later, where
    it stood still, and of all that came before, where it ran ahead. Where they do not tell, only
    what is to come is moved.

    Args:
        transit: Of the track.
        since: Arrival of the last frame of which the place is known.
        begin: Written time of that frame.
        old: Delay at that moment, in seconds.
        by: Seconds.

    Returns:
        (written from this time on, seconds later), in order.
    """
    stretches = transit.stretches(since)
    leasts = [stretch.least - old for stretch in stretches]
    bounds = [*accumulate(reversed(leasts), min)][::-1] if by > 0 else [*accumulate(leasts, min)]
    low, high = min(by, 0.0), max(by, 0.0)
    found: list[tuple[int, float]] = []
    for stretch, bound in zip(stretches, bounds, strict=True):
        moved = min(max(bound, low), high)
        if abs(by - moved) < _CLOSE:
            moved = by
        if abs(moved - (found[-1][1] if found else 0.0)) >= _CLOSE:
            found.append((max(stretch.tick, begin), moved))
    return found
