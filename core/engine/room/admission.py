"""How many connections may be asked of us, by one address and by all. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable

from ...budget import Budget
from .actions import Note
from .peers import PeerState
from .throttle import Throttle

MAX_OF_ONE = 16
"""Streams of one address: a machine with several cameras may publish all of them over one line."""
MAX_CONNECTING = 128
"""Connections that are not up yet; each holds sockets and a certificate for up to 20 s."""
OFFERS = 1.0, 32.0
"""Offers of one address in a second and at once. Each costs a worker some milliseconds."""
_MAX_ADDRESSES = 1000
_PAUSE = 10.0
"""Seconds between two warnings of the same limit."""


class Admission:
    """Decides who has to wait or to go where there are too many offers."""

    def __init__(self) -> None:
        self._budgets: OrderedDict[str, Budget] = OrderedDict()
        self._warned = Throttle(_PAUSE)

    def is_within(self, uuid: str, now: float) -> bool:
        """Whether an offer of this address is one of as many as anybody sends; counts it."""
        budget = self._budgets.pop(uuid, None) or Budget(*OFFERS)
        self._budgets[uuid] = budget
        if len(self._budgets) > _MAX_ADDRESSES:
            self._budgets.popitem(last=False)
        return budget.spend(now)

    def warn(self, limit: str, now: float) -> list[Note]:
        """Say that a limit is reached, now and then: a flood goes on for a while."""
        return [Note.warning(limit)] if self._warned.may_say(limit, now) else []


def superfluous(peers: Iterable[PeerState], uuid: str) -> tuple[PeerState | None, bool]:
    """Return whose connection makes place for one of this address, if one has to.

    Those that are up stay. Of the others the oldest goes, of this address where it has too many,
    else of who waits for most of them: a guest with one does not suffer from a flood.

    Returns:
        The connection, and whether there is place at all.
    """
    open_ones = [peer for peer in peers if not peer.closing]
    mine = [peer for peer in open_ones if peer.uuid == uuid]
    if len(mine) >= MAX_OF_ONE:
        waiting = next((peer for peer in mine if not peer.connected), None)
        return waiting, waiting is not None
    connecting = [peer for peer in open_ones if not peer.connected]
    if len(connecting) < MAX_CONNECTING:
        return None, True
    ((busiest, _),) = Counter(peer.uuid for peer in connecting).most_common(1)
    return next(peer for peer in connecting if peer.uuid == busiest), True
