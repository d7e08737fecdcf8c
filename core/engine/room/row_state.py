"""The word for a stream in the dashboard, from what its worker last reported. Pure."""

from __future__ import annotations

from ...model import StreamState
from .entry import Entry
from .states import Phase, Wish


def row_state(entry: Entry) -> StreamState:
    """Return the word."""
    if entry.saving:
        return StreamState.SAVE
    if entry.failures.why:
        return StreamState.FAIL
    if not entry.viewed:
        return _unwanted(entry)
    if entry.parent and not entry.present:
        return StreamState.DONE
    if entry.phase is Phase.LIVE:
        return _recorded(entry) if entry.recording else _monitored(entry)
    return StreamState.WAIT if entry.due else StreamState.DONE


def _unwanted(entry: Entry) -> StreamState:
    if not (entry.present or entry.due):
        return StreamState.DONE
    return StreamState.SKIP if entry.wish is Wish.EXCLUDED else StreamState.OFF


def _recorded(entry: Entry) -> StreamState:
    status, watch = entry.status, entry.watch
    if status is None or status.take is None:
        return StreamState.IDLE if watch.sends_nothing else StreamState.WAIT
    if watch.standing:
        return StreamState.STALL
    return StreamState.WAIT if watch.pending else StreamState.REC


def _monitored(entry: Entry) -> StreamState:
    if entry.watch.standing:
        return StreamState.STALL
    if entry.watch.sends_nothing:
        return StreamState.IDLE
    came = entry.status is not None and entry.status.media_age is not None
    return StreamState.LIVE if came else StreamState.WAIT
