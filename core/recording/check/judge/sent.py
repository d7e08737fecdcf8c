"""A file against what its publisher says it sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ....model import EndReason
from ..alignment import TOLERABLE
from ..report import Comparison, Finding, What
from ..words import NAMES, at, length
from .alone import END
from .evidence import Evidence, bad, flaw, note

_GONE = (EndReason.BYE, EndReason.VANISHED)
"""Ends after which there is nothing more to record; after others the publisher may go on."""


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Judge a file by a sent log, where there is one."""
    for comparison in evidence.report.comparisons:
        yield from _frames(comparison)
        yield from _times(comparison)
        yield from _end(evidence, comparison)


def _frames(c: Comparison) -> Iterator[Finding]:
    name = NAMES[c.kind]
    if not c.in_file:
        if c.sent:
            yield bad(What.SENT, f"{name}: nothing of what was sent is in the file")
        return
    if c.first is None:
        text = "nothing in the file is in the sent log; is it that of another stream?"
        yield bad(What.SENT, f"{name}: {text}")
        return
    if not c.first_is_key:
        yield bad(What.SENT, f"{name}: the first frame is not a key frame that was sent")
    counts = {
        "sent frames are missing": c.missing,
        "frames differ from what was sent": c.wrong,
        "frames were never sent": c.extra,
    }
    yield from (bad(What.SENT, f"{name}: {n} {what}") for what, n in counts.items() if n)


def _times(c: Comparison) -> Iterator[Finding]:
    jumps = [(time, b - a) for (_, a), (time, b) in pairwise(c.shifts)]
    if not jumps:
        return
    time, seconds = max(jumps, key=lambda jump: abs(jump[1]))
    time += c.shifts[0][1]
    make = flaw if abs(seconds) > TOLERABLE else note
    late = "later" if seconds > 0 else "earlier"
    yield make(
        What.PLACE,
        f"{NAMES[c.kind]}: {len(jumps)} jumps in time that were not sent, the greatest at "
        f"{at(time)}: {length(seconds)} {late} from there on",
        time,
        seconds,
    )


def _end(evidence: Evidence, c: Comparison) -> Iterator[Finding]:
    if c.first is None or c.seconds_at_end <= END:
        return
    reason = evidence.take.reason if evidence.take else EndReason.BYE
    make = flaw if reason in _GONE else note
    yield make(
        What.END,
        f"{NAMES[c.kind]}: {length(c.seconds_at_end)} were sent after the end of the file",
        seconds=c.seconds_at_end,
    )
