"""Prints what happens in a room: stdout is data, stderr is narration."""

from __future__ import annotations

import contextlib
import os
import sys

from ..core.model import Event, RoomSnapshot
from .lines import event_json, event_line, snapshot_json, status_line

STATUS_INTERVAL = 30.0


class Printer:
    """Lines for people, or JSON lines for programs.

    A reader that goes away (a closed pipe) ends the printing, never the recording.
    """

    def __init__(self, as_json: bool, status_interval: float = STATUS_INTERVAL) -> None:
        self._json = as_json
        self._interval = status_interval
        self._next_status: float | None = None

    def event(self, event: Event) -> None:
        """Print an event."""
        self._print(event_json(event) if self._json else event_line(event))

    def snapshot(self, snapshot: RoomSnapshot) -> None:
        """Print a status line when one is due."""
        if self._next_status is None:
            self._next_status = snapshot.time + self._interval
        if snapshot.time >= self._next_status:
            self._next_status = snapshot.time + self._interval
            self._print(snapshot_json(snapshot) if self._json else status_line(snapshot))

    def _print(self, line: str) -> None:
        say(line)


def say(text: str) -> None:
    """Print to stdout, if there still is one."""
    try:
        print(text, flush=True)
    except (OSError, ValueError):  # gone, full, or closed
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  stands in for stdout until the end


def narrate(text: str) -> None:
    """Say something to the person at the terminal."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
