"""Names of streams as values of labels. Pure.

They come from strangers, and whoever keeps metrics keeps a row for each value for weeks. So values
are short and readable, no two streams have the same, and few new ones come in an hour.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...budget import Budget
from ...model import StreamSnapshot, StreamState

MOST = 200
"""Streams with metrics of their own; the others are in the sums."""
NEW = 120.0
"""In an hour, beyond the first `MOST`."""
LONGEST = 64


def clean(text: str, longest: int = LONGEST) -> str:
    """Return what can be printed of a text, and so much of it at most."""
    shown = "".join(one if one.isprintable() else "?" for one in text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


class StreamLabels:
    """Which streams have metrics of their own, and what they are called there."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._new = Budget(rate=NEW / 3600, burst=MOST)

    def update(self, streams: Sequence[StreamSnapshot], now: float) -> None:
        """Take in who is there now.

        Args:
            streams: All that are known.
            now: Monotonic seconds.
        """
        here = {one.stream for one in streams}
        self._values = {name: value for name, value in self._values.items() if name in here}
        gone = [one.stream for one in streams if one.state is StreamState.DONE]
        for one in streams:
            if one.stream in self._values or one.state is StreamState.DONE:
                continue
            if len(self._values) >= MOST and not self._forget(gone):
                return
            if not self._new.spend(now):
                return
            self._values[one.stream] = self._value(one.stream)

    def get(self, stream: str) -> str | None:
        """Return what a stream is called; ``None`` where it has no metrics of its own."""
        return self._values.get(stream)

    def _value(self, stream: str) -> str:
        taken = set(self._values.values())
        value, count = clean(stream), 1
        while value in taken:
            count += 1
            value = f"{clean(stream, LONGEST - 5)}~{count}"
        return value

    def _forget(self, gone: list[str]) -> bool:
        """Make room by one that left; whether there was one."""
        while gone:
            if self._values.pop(gone.pop(), None) is not None:
                return True
        return False
