"""ICE candidates that come before the offer to which they belong. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST = 250
MOST_OF_ONE = 25
SECONDS = 15.0
"""For so long the offer may come."""


@dataclass(frozen=True, slots=True)
class _Early:
    uuid: str
    session: str | None
    candidates: tuple[dict[str, Any], ...]
    time: float


class EarlyCandidates:
    """Keeps a bounded number of them."""

    def __init__(self) -> None:
        self._kept: list[_Early] = []

    def keep(
        self, uuid: str, session: str | None, candidates: tuple[dict[str, Any], ...], now: float
    ) -> None:
        """Keep what a publisher says of itself, unless it says too much."""
        self._kept = [early for early in self._kept if now - early.time < SECONDS]
        mine = sum(early.uuid == uuid for early in self._kept)
        if mine < MOST_OF_ONE and len(self._kept) < MOST:
            self._kept.append(_Early(uuid, session, candidates, now))

    def pop(self, uuid: str, session: str | None, now: float) -> list[tuple[dict[str, Any], ...]]:
        """Return those for an offer that came now; those for others of its publisher go, too."""
        mine = [early for early in self._kept if early.uuid == uuid]
        self._kept = [early for early in self._kept if early.uuid != uuid]
        return [
            early.candidates
            for early in mine
            if now - early.time < SECONDS and early.session in (None, session)
        ]
