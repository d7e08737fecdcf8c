"""The frozen picture of a room that clients see. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...model import Kind, StreamSnapshot, StreamState
from .entry import Entry
from .rates import RateMeters, Rates
from .row_state import row_state
from .stalls import SENDS_NOTHING, without_headers
from .states import Phase


def stream_snapshots(
    entries: Mapping[str, Entry], meters: RateMeters, workers: Mapping[str, int]
) -> tuple[StreamSnapshot, ...]:
    """Return the rows of all streams.

    Args:
        entries: What the state machine knows, by stream.
        meters: Rates of those whose workers are heard; the others are forgotten.
        workers: Number of the worker that holds each connection.
    """
    heard = {name for name, entry in entries.items() if entry.status and not entry.silent}
    rates = meters.rates(heard)
    return tuple(
        stream_snapshot(entry, rates.get(name, Rates()), workers) for name, entry in entries.items()
    )


def stream_snapshot(entry: Entry, rates: Rates, workers: Mapping[str, int]) -> StreamSnapshot:
    """Return one row.

    Args:
        entry: What the state machine knows.
        rates: Its means over the last seconds.
        workers: Number of the worker that holds each connection.
    """
    status = entry.status
    take = status.take if status else None
    tracks = status.tracks if status else {}
    video, audio = tracks.get(Kind.VIDEO), tracks.get(Kind.AUDIO)
    state = row_state(entry)
    return StreamSnapshot(
        stream=entry.stream,
        label=entry.label,
        state=state,
        reason=_reason(entry, state),
        wanted=entry.recording,
        video=take.video if take else status.video if status else None,
        audio=take.audio if take else status.audio if status else None,
        fps=rates.fps,
        bitrate=rates.bitrate,
        loss=rates.loss,
        jitter=video.jitter if video else audio.jitter if audio else 0.0,
        round_trip=status.round_trip if status else None,
        sound=status.sound if status and not entry.silent else None,
        picture=status.picture if status else None,
        muted=entry.muted,
        camera_off=entry.camera_off,
        screen=entry.shows_screen,
        here=entry.here,
        away=entry.away,
        held=status.held if status else None,
        file=take.file if take else entry.last_take.file if entry.last_take else "",
        bytes=take.bytes if take else 0,
        seconds=take.seconds if take else 0.0,
        last_bytes=entry.last_take.bytes if entry.last_take else 0,
        last_seconds=entry.last_take.seconds if entry.last_take else 0.0,
        takes=entry.takes,
        worker=workers.get(entry.peer),
        tracks=tracks,
        ages=status.ages if status else {},
        stalls=tuple(entry.watch.standing),
        stalled=entry.watch.lasts,
        media_age=status.media_age if status else None,
        growth_age=status.growth_age if status else None,
        drops=status.drops if status else 0,
        malformed=status.malformed if status else 0,
        unrouted=status.unrouted if status else 0,
    )


_COMES = (StreamState.REC, StreamState.STALL, StreamState.WAIT, StreamState.LIVE)


def _reason(entry: Entry, state: StreamState) -> str:
    headless = entry.status.headless if entry.status else None
    if headless and state in _COMES:
        return without_headers(headless)
    match state:
        case StreamState.FAIL:
            return entry.failures.why
        case StreamState.SKIP | StreamState.OFF:
            return entry.refusal
        case StreamState.STALL:
            return entry.watch.why
        case StreamState.LIVE:
            return "not recorded; r records it"
        case StreamState.IDLE:
            return SENDS_NOTHING
        case StreamState.WAIT:
            return _waiting(entry)
        case _:
            return entry.why


def _waiting(entry: Entry) -> str:
    match entry.phase:
        case Phase.IDLE:
            return "not connected"
        case Phase.ASKED:
            return "asked for; no offer yet"
        case Phase.CONNECTING:
            return "connecting"
        case Phase.LIVE:
            if entry.recording and entry.status and not entry.status.wanted:
                return "connected; its file is about to begin"
            return entry.watch.why or entry.watch.pending or "connected; nothing comes yet"
