"""Who says that a stream is theirs. Pure.

Identity is the address that announces a stream, not the id that an offer names: anybody in a room
can offer under anybody's id. One id can be claimed from several addresses, by a guest who came
back under a new one as well as by a stranger.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...ipc.worker_messages import Offer
from .peers import Announcement

MAX_CLAIMS = 1000
"""The oldest are forgotten first; who has a connection is known without."""
_PAGE_SESSION = 10
_PAGE_INSTANCE = 5


@dataclass(slots=True)
class Claim:
    """One address that announced one id."""

    said: Announcement
    at: float
    """When it did so last."""
    asked_at: float = -1e9
    """When it was asked for an offer while somebody else's connection had the name."""
    offer: Offer | None = None
    """Waits until it is known whether the older connection is alive."""


class Claims:
    """All claims, in the order in which they were made last."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, str], Claim] = {}
        self._of_id: dict[str, dict[str, Claim]] = {}
        """The same for each id, by address."""

    def make(self, said: Announcement, now: float) -> Claim:
        """Take note that an address announced an id, also if it did so before."""
        key = said.uuid, said.stream
        claim = self._claims.get(key) or Claim(said, now)
        claim.said, claim.at = said, now
        self._forget(key)
        if len(self._claims) >= MAX_CLAIMS:
            self._forget(next(iter(self._claims)))
        self._claims[key] = claim
        self._of_id.setdefault(said.stream, {})[said.uuid] = claim
        return claim

    def _forget(self, key: tuple[str, str]) -> None:
        if self._claims.pop(key, None) is None:
            return
        uuid, stream = key
        del self._of_id[stream][uuid]
        if not self._of_id[stream]:
            del self._of_id[stream]

    def find(self, uuid: str, stream: str) -> Claim | None:
        """Return the claim of an address to an id; else its last to another one."""
        exact = self._claims.get((uuid, stream))
        of_it = (claim for (who, _), claim in reversed(self._claims.items()) if who == uuid)
        return exact or next(of_it, None)

    def of(self, stream: str) -> list[Claim]:
        """Return the claims to an id, the newest first."""
        return list(reversed(self._of_id.get(stream, {}).values()))

    def waiting(self) -> list[Claim]:
        """Return those whose offers wait, the newest first."""
        return [claim for claim in reversed(self._claims.values()) if claim.offer]

    def drop(self, uuid: str) -> None:
        """Forget an address that is gone."""
        for key in [key for key in self._claims if key[0] == uuid]:
            self._forget(key)

    def clear(self) -> None:
        """Forget all of them: they are about to be listed again."""
        self._claims.clear()
        self._of_id.clear()


def of_page(session: str | None) -> bool:
    """Whether a page made this session: pages ignore requests while they are connected.

    raspberry_ninja has no sessions, and begins anew whenever it is asked (protocol.md §4.1, §4.6).
    """
    return session is not None and len(session) >= _PAGE_SESSION


def same_page(one: str | None, other: str | None) -> bool:
    """Whether one load of a page made both sessions: five characters tell (protocol.md §4.1)."""
    if not of_page(one) or not of_page(other) or one is None or other is None:
        return False
    return one[:_PAGE_INSTANCE] == other[:_PAGE_INSTANCE]
