"""How long to wait before trying again; pure."""

from __future__ import annotations

import msgspec

_MOST_DOUBLINGS = 32


class Backoff(msgspec.Struct, frozen=True):
    """Delays between attempts to reconnect, in seconds."""

    first: float = 5.0
    """As long as the page waits (protocol.md §1.1)."""
    limit: float = 20.0
    """Nobody who comes is recorded until then, however long the network was gone; pages ask ever
    again after 5 s."""
    factor: float = 2.0
    jitter: float = 0.2
    """Share by which a delay grows at most, so that many clients do not come back at once."""
    refused: float = 30.0
    """At least so long after the server said that it cannot take us now (protocol.md §1.5)."""

    def delay(self, attempt: int, chance: float) -> float:
        """Return the delay before another attempt.

        Args:
            attempt: Failures so far since the last success, from 0.
            chance: Random, 0 to 1.
        """
        delay = self.first * self.factor ** min(attempt, _MOST_DOUBLINGS)
        return min(delay, self.limit) * (1 + self.jitter * chance)


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for a server's word, in seconds."""

    connect: float = 10.0
    """For the websocket to open."""
    detect: float = 2.5
    """For a listing, before a server is taken for one of the fan-out family."""
    listing: float = 10.0
    """For a listing of a server that is known to be routed."""
    retry: float = 5.0
    """Before we repeat what the server refused because an old connection of ours lives on."""
