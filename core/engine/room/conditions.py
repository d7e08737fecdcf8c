"""What holds for a whole room at the moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Conditions:
    """Whether anybody can be asked for anything."""

    joined_at: float | None = None
    """When the websocket came into the room; ``None`` while there is none."""
    announces: bool = False
    """Whether the server says whose each stream is, as routed ones do of a room. Others pass
    on what peers say, so that an offer is an announcement too."""
    rejoined_at: float = -1e9
    """When it was left to have another address, under which streams are had once more."""
    unwritable: str = ""
    """Why nothing can be written now; empty where it can."""

    def can_ask(self, recorded: bool) -> bool:
        """Whether it is of use to ask for media that is recorded, or only looked at."""
        return self.joined_at is not None and not (recorded and self.unwritable)
