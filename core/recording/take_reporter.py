"""What becomes of takes, told in order, and of an end only once the file is on the disk."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from ..errors import RecordingError
from .syncer import Syncer
from .take import error_reason
from .take_events import TakeEnded, TakeEvent, TakeListener

_log = logging.getLogger(__name__)


class TakeReporter:
    """Reports the takes of one stream.

    Args:
        stream: Whose takes; for the log.
        on_event: Called in order; in the thread of the syncer where there is something to wait
            for, else in the one that writes.
        syncer: Looks after the files.
    """

    def __init__(self, stream: str, on_event: TakeListener, syncer: Syncer) -> None:
        self._stream = stream
        self._on_event = on_event
        self._syncer = syncer
        # Each is counted by one thread only: by the one that writes, and by that of the syncer.
        self._asked = 0
        self._answered = 0

    def report(self, event: TakeEvent) -> None:
        """Tell of a take, after all that was to be told before."""
        ended = isinstance(event, TakeEnded)
        if ended or self._asked != self._answered:
            self._asked += 1
            file = Path(event.summary.file) if ended and event.summary.file else None
            self._syncer.finish(file, lambda error: self._answer(event, error))
        else:
            self._tell(event)

    def _answer(self, event: TakeEvent, error: RecordingError | None) -> None:
        if error is not None and not event.summary.error:
            summary = event.summary
            event = TakeEnded(
                msgspec.structs.replace(summary, reason=error_reason(error), error=str(error))
            )
        self._tell(event)
        self._answered += 1

    def _tell(self, event: TakeEvent) -> None:
        # A listener that is gone must not cost a file its proper end.
        try:
            self._on_event(event)
        except Exception:
            _log.exception("reporting a take of %s", self._stream)
