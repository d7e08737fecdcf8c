"""What is wrong with a stream as a whole, whatever is in it."""

from __future__ import annotations

from ....model import AlarmKind, StreamState
from .rule import UNKNOWN, Limit, Rule, Verdict, Wrong
from .views import StreamView

SURE = 10.0
"""Seconds after which it is known of a stream that nothing of it stands still."""
BAND = 0.5
"""Share of the limit down to which loss is not taken for over."""


def stall(view: StreamView, limit: float) -> Verdict:
    """It stands still, as `StallWatch` found."""
    stream = view.stream
    if not stream.stalls:
        began = view.past.began
        return UNKNOWN if began is None or view.now - began < SURE else None
    what = [one.value for one in stream.stalls]
    text = stream.reason or f"stands still: {', '.join(what)}"
    return Wrong(text, stream.stalled, {"what": what[0]})


def failed(view: StreamView, limit: float) -> Verdict:
    """It is to be recorded, and is not; a disk that is full is an alarm of its own."""
    stream = view.stream
    if stream.state is not StreamState.FAIL:
        return None
    if view.disk_full:
        return UNKNOWN
    return Wrong(f"it is not recorded: {stream.reason or 'its file could not be written'}")


def loss(view: StreamView, limit: float) -> Verdict:
    """Packets are lost for good."""
    percent = 100 * view.stream.loss
    if percent < limit:
        return UNKNOWN if percent > limit * BAND else None
    text = (
        f"{percent:.0f} % of the packets are lost for good: the guest's network is bad; a cable "
        "or a lower bit rate helps"
    )
    return Wrong(text, data={"percent": round(percent, 1)})


STANDING: tuple[Rule[StreamView], ...] = (
    Rule(kind=AlarmKind.FAILED, judge=failed, over="it is recorded again", after=5.0, clear=3.0),
    Rule(kind=AlarmKind.STALL, judge=stall, over="it goes on", after=5.0, clear=3.0),
)
RULES: tuple[Rule[StreamView], ...] = (
    Rule(
        kind=AlarmKind.LOSS,
        judge=loss,
        over="no more packets are lost",
        after=15.0,
        clear=60.0,
        limit=Limit(2.0, "%", 0.1, 100.0),
        explained=(AlarmKind.STALL,),
    ),
)
