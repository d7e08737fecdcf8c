"""Publishers as a room knows them: who announced what, and the connections with them. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Announcement:
    """An address that says that a stream is its."""

    uuid: str
    raw_id: str
    stream: str
    """The id without its suffix."""


@dataclass(slots=True)
class PeerState:
    """What a room knows of a connection that a worker holds."""

    name: str
    stream: str
    uuid: str
    session: str | None
    connected: bool = False
    closing: bool = False
    """Its worker was told to say goodbye."""
    doubted_at: float | None = None
    """When its worker was asked whether the publisher is still there, and has not said."""
    alive_at: float = -1e9
    """When its worker last said so."""

    def doubt(self, now: float) -> None:
        """Its worker is asked whether the publisher is still there."""
        self.doubted_at = now

    def lives(self, now: float) -> None:
        """Its worker said so, or said nothing for as long as anybody is to wait for it."""
        self.doubted_at, self.alive_at = None, now
