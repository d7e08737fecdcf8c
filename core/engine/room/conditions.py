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
    unwritable: str = ""
    """Why nothing can be written now; empty where it can."""

    @property
    def can_ask(self) -> bool:
        """Whether it is of use to ask somebody for media."""
        return self.joined_at is not None and not self.unwritable
