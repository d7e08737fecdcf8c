"""Saying that nobody is there: a wrong password looks just like it. Pure."""

from __future__ import annotations

from .actions import Action, Note
from .conditions import Conditions
from .rows import Rows

EMPTY_AFTER = 20.0
"""Seconds after which a room in which nobody sends is worth a word."""
EMPTY_AGAIN = 180.0
"""Seconds between two of those words."""
_EVERYBODY_LEFT = "nobody is sending in this room any more"
_NOT_ANY_MORE = "nobody publishes {} any more; asked for until somebody does"
_NOBODY_CAME = (
    "nobody is sending in this room; a wrong password or salt looks just like this: "
    "it leads to another, empty room"
)
_NOT_YET = (
    "nobody publishes {} yet; a wrong password or salt looks just like this: it makes other ids"
)


class Emptiness:
    """Knows for how long nobody has been there."""

    def __init__(self, rows: Rows, conditions: Conditions) -> None:
        self._rows = rows
        self._conditions = conditions
        self._here_at = -1e9
        """When somebody was last known to be there."""
        self._said_at = -1e9

    def tick(self, now: float) -> list[Action]:
        """Say it when it is time to; about once a second."""
        if any(entry.here for entry in self._rows.entries.values()):
            self._here_at = now
        if self._conditions.joined_at is None:
            return []
        since = max(self._conditions.joined_at, self._here_at)
        if now < max(since + EMPTY_AFTER, self._said_at + EMPTY_AGAIN):
            return []
        self._said_at = now
        return [Note.warning(self._nobody(), data={"seconds": round(now - since)})]

    def _nobody(self) -> str:
        """Return in words that nobody is here."""
        entries = self._rows.entries
        if not entries:
            return _NOBODY_CAME
        streams = ", ".join(name for name, entry in entries.items() if entry.expected)
        if not streams:
            return _EVERYBODY_LEFT
        came = any(entry.takes for entry in entries.values())
        return (_NOT_ANY_MORE if came else _NOT_YET).format(streams)
