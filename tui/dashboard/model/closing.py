"""How far the files are after everything was told to stop. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from ....core.model import Event, EventLevel, EventType, RoomSnapshot, StreamSnapshot, StreamState
from ...text.words import name_of, recordings


class FileState(StrEnum):
    """How far one file is."""

    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"

    @property
    def like(self) -> StreamState:
        """The state of a stream that has the same sign."""
        return _LIKE[self]


_LIKE = {
    FileState.CLOSING: StreamState.SAVE,
    FileState.CLOSED: StreamState.DONE,
    FileState.FAILED: StreamState.FAIL,
}


_STATES: dict[str, FileState] = {
    EventType.TAKE_END: FileState.CLOSED,
    EventType.TAKE_MENDING: FileState.CLOSING,
    EventType.TAKE_MENDED: FileState.CLOSED,
    EventType.TAKE_UNMENDED: FileState.CLOSED,
}
"""What an event makes of the file that it names."""


class FileLine(msgspec.Struct, frozen=True):
    """One file."""

    file: str
    name: str
    bytes: int
    seconds: float
    state: FileState = FileState.CLOSING


class ClosingFiles:
    """The files that were open when everything was told to stop.

    Args:
        streams: As of the last snapshot.
    """

    def __init__(self, streams: Iterable[StreamSnapshot]) -> None:
        self._lines: dict[str, FileLine] = {}
        self._names: dict[str, str] = {}
        self._watch(streams)

    @property
    def lines(self) -> tuple[FileLine, ...]:
        """The files in the order of their rows."""
        return tuple(self._lines.values())

    @property
    def done(self) -> int:
        """Files that are closed, well or badly."""
        return sum(line.state is not FileState.CLOSING for line in self.lines)

    @property
    def left(self) -> int:
        """Files that are still open."""
        return len(self._lines) - self.done

    def follow(self, snapshot: RoomSnapshot) -> None:
        """Take a newer snapshot: sizes, and files that were opened in the last moment."""
        self._watch(snapshot.streams)

    def note(self, event: Event) -> None:
        """Take an event: the end of a take closes its file, unless that is put right first."""
        state = _STATES.get(event.type)
        if state is None:
            return
        data = event.data
        file = str(data.get("file", ""))
        known = self._lines.get(file)
        self._lines[file] = FileLine(
            file=file,
            name=self._names.get(event.stream, event.stream),
            bytes=int(data.get("bytes") or 0),
            seconds=float(data.get("seconds") or (known.seconds if known else 0.0)),
            state=FileState.FAILED if event.level is EventLevel.ERROR else state,
        )

    def _watch(self, streams: Iterable[StreamSnapshot]) -> None:
        for stream in recordings(streams):
            self._names[stream.stream] = name_of(stream)
            known = self._lines.get(stream.file)
            if known is None or known.state is FileState.CLOSING:
                self._lines[stream.file] = FileLine(
                    stream.file, name_of(stream), stream.bytes, stream.seconds
                )
