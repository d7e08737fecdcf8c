"""A connection that is to follow the one that carries a stream. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Succession:
    """How far the way of one stream to another connection is (`moves`)."""

    peer: str = ""
    """The connection that is to carry it, and records already or is about to."""
    at: float = -1e9
    """When it was last asked for, or offered, while it had a connection."""
    asked: int = 0
    """How often it was asked for so since it had to leave its worker."""

    def may_begin(self, now: float, pause: float) -> bool:
        """Whether another connection may be asked for, beside the one that carries it."""
        return not self.peer and now - self.at > pause

    def ask(self, now: float) -> None:
        """Its publisher is asked for another connection."""
        self.asked, self.at = self.asked + 1, now

    def offer(self, peer: str, now: float) -> None:
        """A worker is to connect with its publisher, while another one records it."""
        self.peer, self.at = peer, now

    def lose(self) -> None:
        """That connection came to nothing."""
        self.peer = ""

    def stay(self) -> None:
        """It need not move any more."""
        self.asked = 0

    def complete(self) -> str:
        """The connection that followed carries it alone; return which that is."""
        peer, self.peer = self.peer, ""
        self.asked, self.at = 0, -1e9
        return peer
