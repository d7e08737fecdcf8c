"""What the dashboard remembers of the streams: figures of the last minutes, last takes. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from ....core.model import Event, EventType, RoomSnapshot, StreamSnapshot, StreamState

KEPT = 300
"""Seconds of figures, at one sample a second."""
KEPT_TAKES = 2000
CALM = 10.0
"""Seconds for which a stream that fell back keeps its place among the others."""
_RANKS = (
    (StreamState.REC, StreamState.STALL, StreamState.FAIL, StreamState.SAVE),
    (StreamState.WAIT, StreamState.LIVE, StreamState.IDLE),
    (StreamState.OFF, StreamState.SKIP),
    (StreamState.DONE,),
)
"""What is recorded, what waits, what is not wanted, what is over."""
_RANK = {state: rank for rank, states in enumerate(_RANKS) for state in states}


class Sample(msgspec.Struct, frozen=True, gc=False):
    """The figures of one stream at one moment."""

    elapsed: float
    """Seconds since the session began, of the snapshot."""
    bitrate: float
    """Bits per second."""
    loss: float
    """0 to 1."""
    jitter: float
    """Seconds."""
    round_trip: float | None
    """Seconds."""


class LastTake(msgspec.Struct, frozen=True, gc=False):
    """A take that has ended, as its event told."""

    stream: str
    file: str
    bytes: int
    seconds: float
    reason: str
    error: str
    elapsed: float
    """Seconds from the start of the session to its end."""


class History:
    """Samples and states of each stream, fed with snapshots and events."""

    def __init__(self, seconds: int = KEPT) -> None:
        self._seconds = seconds
        self._samples: dict[str, deque[Sample]] = {}
        self._states: dict[str, tuple[StreamState, float]] = {}
        self._ranks: dict[str, int] = {}
        self._last: dict[str, LastTake] = {}
        self.takes: deque[LastTake] = deque(maxlen=KEPT_TAKES)
        """Takes that ended, in order."""

    def add(self, snapshot: RoomSnapshot) -> None:
        """Take a snapshot; at most one sample a second is kept."""
        for stream in snapshot.streams:
            self._add_stream(stream, snapshot.elapsed)
        for gone in self._samples.keys() - {stream.stream for stream in snapshot.streams}:
            del self._samples[gone]
            self._states.pop(gone, None)
            self._ranks.pop(gone, None)

    def note(self, event: Event) -> None:
        """Take an event: the end of a take is remembered."""
        if event.type != EventType.TAKE_END:
            return
        data = event.data
        take = LastTake(
            stream=event.stream,
            file=str(data.get("file", "")),
            bytes=int(data.get("bytes", 0)),
            seconds=float(data.get("seconds", 0.0)),
            reason=str(data.get("reason") or ""),
            error=str(data.get("error") or ""),
            elapsed=event.elapsed,
        )
        self._last[event.stream] = take
        self.takes.append(take)

    def samples(self, stream: str) -> Sequence[Sample]:
        """Return what is kept of a stream, oldest first."""
        return self._samples.get(stream, ())

    def series(
        self, stream: str, figure: Callable[[Sample], float | None], seconds: int, now: float
    ) -> list[float | None]:
        """Return one figure second by second, oldest first.

        Args:
            stream: Whose.
            figure: Takes it out of a sample.
            seconds: Length of the list.
            now: Its last second, in seconds since the session began; the snapshot's.

        Returns:
            ``None`` where there was no sample.
        """
        found: list[float | None] = [None] * seconds
        for sample in reversed(self.samples(stream)):
            at = seconds - 1 - round(now - sample.elapsed)
            if at < 0:
                break
            if at < seconds:
                found[at] = figure(sample)
        return found

    def since(self, stream: str) -> float | None:
        """Return when a stream was first seen in its present state: seconds since the start."""
        known = self._states.get(stream)
        return known[1] if known else None

    def rank(self, stream: str) -> int:
        """Return where a stream stands among the others, the first at 0.

        It rises at once, and falls when it has been in a lower state for some seconds: a row that
        is lost for a moment does not jump away under the cursor and back.
        """
        return self._ranks.get(stream, 0)

    def last_take(self, stream: str) -> LastTake | None:
        """Return the last take of a stream that ended."""
        return self._last.get(stream)

    def _began(self, stream: StreamSnapshot, elapsed: float, first: bool) -> float:
        """Return since when a state is; who left before we came, left with its last take."""
        last = self._last.get(stream.stream)
        return last.elapsed if first and last and stream.state is StreamState.DONE else elapsed

    def _add_stream(self, stream: StreamSnapshot, elapsed: float) -> None:
        known = self._states.get(stream.stream)
        if known is None or known[0] is not stream.state:
            since = self._began(stream, elapsed, known is None)
            self._states[stream.stream] = (stream.state, since)
        since, rank = self._states[stream.stream][1], _RANK[stream.state]
        stands = self._ranks.get(stream.stream, rank)
        if rank <= stands or elapsed - since >= CALM:
            stands = rank
        self._ranks[stream.stream] = stands
        samples = self._samples.setdefault(stream.stream, deque(maxlen=self._seconds))
        if samples and elapsed - samples[-1].elapsed < 0.9:
            return
        samples.append(
            Sample(
                elapsed=elapsed,
                bitrate=stream.bitrate,
                loss=stream.loss,
                jitter=stream.jitter,
                round_trip=stream.round_trip,
            )
        )
