"""What engines before this one told of a session. Pure."""

from __future__ import annotations

from ...ipc.journal_file import Kept
from ...model import Event, EventType, TakeSummary
from .standing import Standing


class Past:
    """Knows what need not be told again of takes and connections.

    Args:
        kept: What is on the disk of it; where nothing is, all that goes on counts as told.
        began: When the session did, monotonic seconds.
    """

    def __init__(self, kept: Kept, began: float) -> None:
        self._known = bool(kept.id)
        self._began = began
        self._ends = [event for event in kept.events if event.type == EventType.TAKE_END]
        standing = Standing(kept.events)
        self.alarms = standing.alarms(began)
        """Those that have begun."""
        self.stalls = standing.stalls(began)
        """What stands still."""
        self.files = standing.files()
        """Those of takes whose begin was told alone."""
        self.mending = standing.mending()
        """Files of which was told that they are being put right."""
        self.here = standing.here()
        """Streams of which was told that they are there."""
        self.connected = standing.connected(began)
        """Streams of which was told that they have a connection, and since when."""

    def told_connect(self, stream: str) -> bool:
        """Whether it was told that a stream has a connection."""
        return not self._known or stream in self.connected

    def told_start(self, take: TakeSummary, at: float = 0.0) -> bool:
        """Whether the begin of a take was told, which ended at a monotonic time if it did."""
        known = not (self._known and take.file) or take.file in self.files
        return known or self.told_end(take, at)

    def told_end(self, take: TakeSummary, at: float) -> bool:
        """Whether the end of a take was told that ended at a monotonic time."""
        return any(self._is_of(event, take, at) for event in self._ends)

    def _is_of(self, event: Event, take: TakeSummary, at: float) -> bool:
        # What has no file could not begin, and may have happened more than once.
        same = event.stream == take.stream and event.data.get("file") == take.file
        return same and (bool(take.file) or self._began + event.elapsed >= at)
