"""Prints what happens in a room: stdout is data, stderr is narration."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading

from ...core.model import Event, RoomSnapshot
from ..text.format import printable
from .updates import event_json, event_line, snapshot_json, status_line

STATUS_INTERVAL = 30.0
STDOUT = 1
KEPT_LINES = 10_000
"""Lines that wait for a reader; more are dropped."""
PATIENCE = 5.0
"""Seconds that a reader has for the last lines."""


class Printer:
    """Lines for people, or JSON lines for programs, printed by a thread of its own.

    A reader that stalls (ctrl-s, a pager) or goes away (a closed pipe) ends the printing,
    never the recording.

    Args:
        as_json: JSON lines.
        status_interval: Seconds between status lines.
        room: Said in each line, where there are several.
    """

    def __init__(
        self, as_json: bool, status_interval: float = STATUS_INTERVAL, room: str = ""
    ) -> None:
        self._room = room
        self._json = as_json
        self._interval = status_interval
        self._next_status: float | None = None
        self._lines: queue.Queue[str | None] = queue.Queue(KEPT_LINES)
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)

    def __enter__(self) -> Printer:
        """Begin to print."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Print what is left, unless the reader takes too long."""
        self._print(None)
        self._thread.join(PATIENCE)

    def join(self) -> None:
        """Wait until the reader has taken everything, or is gone."""
        self._thread.join()

    def update(self, update: Event | RoomSnapshot) -> None:
        """Print what came: an event, or now and then a snapshot."""
        if isinstance(update, Event):
            self.event(update)
        else:
            self.snapshot(update)

    def event(self, event: Event) -> None:
        """Print an event."""
        self._print(event_json(event, self._room) if self._json else self._line(event_line(event)))

    def snapshot(self, snapshot: RoomSnapshot) -> None:
        """Print a status line when one is due."""
        if self._next_status is None:
            self._next_status = snapshot.elapsed + self._interval
        if snapshot.elapsed >= self._next_status:
            self._next_status = snapshot.elapsed + self._interval
            self._print(
                snapshot_json(snapshot) if self._json else self._line(status_line(snapshot))
            )

    def _line(self, text: str) -> str:
        return printable(f"{self._room}  {text}" if self._room else text)

    def _print(self, line: str | None) -> None:
        with contextlib.suppress(queue.Full):  # nobody has read for hours
            self._lines.put_nowait(line)

    def _run(self) -> None:
        # Not through sys.stdout, whose lock would be held by a write that never ends when
        # the process wants to leave.
        with contextlib.suppress(OSError):
            while (line := self._lines.get()) is not None:
                _write_all(STDOUT, f"{line}\n".encode())


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def say(text: str) -> None:
    """Print to stdout, if there still is one."""
    try:
        print(printable(text), flush=True)
    except (OSError, ValueError):  # gone, full, or closed
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  stands in for stdout until the end


def narrate(text: str) -> None:
    """Say something to the person at the terminal."""
    with contextlib.suppress(OSError, ValueError):
        print(printable(text), file=sys.stderr, flush=True)
