"""Whose an offer is, and which row it gets. Pure.

An offer is filed under the row of who sent it, whatever id it names. Where the connection of
somebody else has the id, it waits until it is known whether that one is alive.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ipc.worker_messages import Offer
from ...model import EndReason
from .actions import Action
from .admission import Admission
from .claims import Claim, Claims, same_page
from .conditions import Conditions
from .connections import TOO_MANY_OF_ONE, Connections
from .entry import Entry
from .peers import Announcement
from .rows import MAX_UNANNOUNCED, Rows
from .states import Phase

_TOO_MANY_STREAMS = "more than {} streams; further ones are not recorded"
_TOO_MANY_UNANNOUNCED = "too many offers that nobody announced; further ones are refused"
_TOO_MANY_OFFERS = "one guest offers connections all the time; most of them are passed over"


class Offers:
    """Files the offers of a room.

    Args:
        rows: All streams and connections.
        claims: Who announced which id.
        conditions: Whether the server says whose each stream is.
        admission: How many there may be.
        connections: Opens those that are accepted.
    """

    def __init__(
        self,
        rows: Rows,
        claims: Claims,
        conditions: Conditions,
        admission: Admission,
        connections: Connections,
    ) -> None:
        self._rows = rows
        self._claims = claims
        self._conditions = conditions
        self._admission = admission
        self._connections = connections

    def file(
        self,
        said: Announcement | None,
        uuid: str,
        session: str | None,
        sdp: str,
        screen: tuple[int, ...],
        encrypted: bool,
        now: float,
    ) -> list[Action]:
        """A publisher offers a connection, or renegotiates one, through the server.

        Args:
            said: Which stream it says this is, if it says so.
            uuid: Its address.
            session: Of the connection.
            sdp: The offer.
            screen: Which of its media sections are a screen.
            encrypted: How it came.
            now: Monotonic seconds.
        """
        offer = Offer(
            peer="",
            stream="",
            raw_id="",
            uuid=uuid,
            session=session,
            sdp=sdp,
            screen=screen,
            encrypted=encrypted,
        )
        if not self._admission.is_within(uuid, now):
            return [*self._admission.warn(_TOO_MANY_OFFERS, now)]
        known = self._connections.renegotiate(offer, now)
        if known is not None:
            return known
        claim, said = self._claimed(said, uuid, now)
        if said is None:
            return []
        rows = self._rows.of(said.stream)
        entry = self._rows.own(uuid, rows)
        if entry is None and claim is not None:
            entry = self._rows.free(said)
        if entry is not None:
            return self._connections.accept(entry, offer, now)
        if claim is None:
            return self._accept_unannounced(said, offer, now)
        return self._wait(claim, offer, rows, now)

    def settle(self, now: float) -> list[Action]:
        """Open what was offered while it was not known who is alive."""
        actions: list[Action] = []
        for claim in self._claims.waiting():
            offer, rows = claim.offer, self._rows.of(claim.said.stream)
            if offer is None or any(self._connections.is_doubted(entry) for entry in rows):
                continue
            claim.offer = None
            entry = self._rows.own(offer.uuid, rows) or self._rows.free(claim.said)
            if entry is not None:
                actions += self._connections.accept(entry, offer, now)
            else:
                actions += self._accept_beside(claim, offer, now)
        return actions

    def refuse(self, said: Announcement, now: float) -> list[Action]:
        """Say that a stream is not recorded, as there are too many."""
        of_one = self._rows.has_too_many(said.uuid)
        too_many = TOO_MANY_OF_ONE if of_one else _TOO_MANY_STREAMS.format(self._rows.most)
        return [*self._admission.warn(too_many, now)]

    def _claimed(
        self, said: Announcement | None, uuid: str, now: float
    ) -> tuple[Claim | None, Announcement | None]:
        """Find out whose an offer is; without a claim it is not of who announced the id."""
        claim = self._claims.find(uuid, said.stream if said else "")
        if claim is not None:
            return claim, claim.said
        entries = self._rows.entries.values()
        for entry in entries:
            peer = self._rows.peers.get(entry.peer)
            if not entry.parent and uuid in (peer.uuid if peer else "", entry.uuid):
                return None, Announcement(uuid, entry.raw_id, entry.id)
        if said is None:
            # Outside rooms an offer answers a request, even where it does not say which.
            asked = [one for one in entries if one.expected and one.phase is Phase.ASKED]
            if len(asked) != 1:
                return None, None
            said = Announcement(uuid, asked[0].raw_id, asked[0].id)
        return (None if self._conditions.announces else self._claims.make(said, now)), said

    def _wait(self, claim: Claim, offer: Offer, rows: Sequence[Entry], now: float) -> list[Action]:
        """Keep an offer until it is known whether the connections in its way are alive."""
        actions: list[Action] = []
        for entry in rows:
            actions += self._connections.doubt(entry, now)
        claim.offer = offer
        return actions + self.settle(now)

    def _accept_beside(self, claim: Claim, offer: Offer, now: float) -> list[Action]:
        """Somebody gives an id under which somebody else is alive."""
        for entry in self._rows.of(claim.said.stream):
            peer = self._rows.peers.get(entry.peer)
            if peer is not None and same_page(offer.session, peer.session):
                # The very page that we are connected with, after a websocket was cut.
                entry.move(offer.uuid)
                return []
        entry = self._rows.rival(claim.said, announced=True)
        if entry is None:
            return self.refuse(claim.said, now)
        return self._connections.accept(entry, offer, now)

    def _accept_unannounced(self, said: Announcement, offer: Offer, now: float) -> list[Action]:
        """Somebody offers what nobody announced, or somebody else did."""
        others = self._rows.unannounced()
        actions: list[Action] = []
        if len(others) >= MAX_UNANNOUNCED:
            idle = [one for one in others if one.phase is Phase.CONNECTING]
            idle = [one for one in idle if not self._rows.peers[one.peer].closing]
            if not idle:
                return [*self._admission.warn(_TOO_MANY_UNANNOUNCED, now)]
            actions.append(self._connections.close(idle[0].peer, EndReason.VANISHED))
        entry = self._rows.rival(said, announced=False)
        if entry is None:
            return actions + self.refuse(said, now)
        return actions + self._connections.accept(entry, offer, now)
