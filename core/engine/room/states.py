"""The states of a stream, and what takes it from one to another. Pure.

A stream has two of them at a time: how far the connection is that carries it (`Phase`), and
whether it is to be recorded (`Wish`). `Entry` keeps both, and changes them by these tables; only
what another decided (an engine before this one, a row of the same id) it takes over as it is.
"""

from __future__ import annotations

from enum import Enum, auto


class Phase(Enum):
    """How far the connection for a stream is."""

    IDLE = auto()
    """None, and none asked for."""
    ASKED = auto()
    """``play`` is sent; the publisher should offer."""
    CONNECTING = auto()
    """A worker has the offer."""
    LIVE = auto()


class Turn(Enum):
    """What happens to the connection for a stream."""

    ASK = auto()
    """``play`` is sent."""
    WITHDRAW = auto()
    """An answer is not expected, or not wanted, any more."""
    OFFER = auto()
    """A worker got an offer; another connection of the stream is replaced."""
    CONNECT = auto()
    """ICE and DTLS are done."""
    CARRY = auto()
    """A connection that is up carries it: that of a camera its screen share."""
    CLOSE = auto()
    """The connection is over, or never came up."""


class Wish(Enum):
    """Whether a stream is to be recorded."""

    WANTED = auto()
    MONITORED = auto()
    """Not for now, but it is to be connected and looked at."""
    STOPPED = auto()
    """Not for now."""
    EXCLUDED = auto()
    """Not at all, by a rule or by hand."""


class Order(Enum):
    """What somebody says about it."""

    START = auto()
    MONITOR = auto()
    """Look at it only."""
    STOP = auto()
    EXCLUDE = auto()
    INCLUDE = auto()
    """Exclude it no more, which does not record it."""


def _after_turn(
    ask: Phase, withdraw: Phase, offer: Phase, connect: Phase, carry: Phase, close: Phase
) -> dict[Turn, Phase]:
    return dict(zip(Turn, (ask, withdraw, offer, connect, carry, close), strict=True))


def _after_order(
    start: Wish, monitor: Wish, stop: Wish, exclude: Wish, include: Wish
) -> dict[Order, Wish]:
    return dict(zip(Order, (start, monitor, stop, exclude, include), strict=True))


_IDLE, _ASKED, _CONNECTING, _LIVE = Phase
_WANTED, _MONITORED, _STOPPED, _EXCLUDED = Wish

# fmt: off
PHASES = {
    #                          ASK          WITHDRAW     OFFER        CONNECT      CARRY  CLOSE
    _IDLE:       _after_turn(_ASKED,      _IDLE,       _CONNECTING, _IDLE,       _LIVE, _IDLE),
    _ASKED:      _after_turn(_ASKED,      _IDLE,       _CONNECTING, _ASKED,      _LIVE, _ASKED),
    _CONNECTING: _after_turn(_CONNECTING, _CONNECTING, _CONNECTING, _LIVE,       _LIVE, _IDLE),
    _LIVE:       _after_turn(_LIVE,       _LIVE,       _CONNECTING, _LIVE,       _LIVE, _IDLE),
}
"""Where the connection for a stream is after each `Turn`. One that stands is not asked for, and
what became of an older one says nothing about who was asked since."""

WISHES = {
    #                         START    MONITOR     STOP       EXCLUDE    INCLUDE
    _WANTED:    _after_order(_WANTED, _MONITORED, _STOPPED,  _EXCLUDED, _WANTED),
    _MONITORED: _after_order(_WANTED, _MONITORED, _STOPPED,  _EXCLUDED, _MONITORED),
    _STOPPED:   _after_order(_WANTED, _MONITORED, _STOPPED,  _EXCLUDED, _STOPPED),
    _EXCLUDED:  _after_order(_WANTED, _EXCLUDED,  _EXCLUDED, _EXCLUDED, _STOPPED),
}
"""Whether a stream is to be recorded after each `Order`."""
# fmt: on
