"""A bad network on purpose: loss, bursts, delay, reordering and duplicates, repeatable by seed.

Only SRTP and SRTCP suffer. ICE, DTLS and the data channel pass untouched, so that a test of
the media path is not also a test of SCTP.
"""

# What aiortc and aioice send and receive is not to be had by public names.
# pyright: reportPrivateUsage=false
from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec
from aiortc.rtcicetransport import RTCIceTransport

from ..errors import UsageError
from ..tasks import Tasks

_REORDER_DELAY = (0.005, 0.030)
"""Seconds that a reordered packet waits: a few packets to a whole picture."""

_LONGEST_BURST = 10_000.0


class Impairment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to packets between a publisher and its viewers, in both directions."""

    loss: float = 0.0
    """Share of packets lost, 0 to 1."""
    burst: float = 1.0
    """Mean number of packets lost in a row (Gilbert model); 1 loses each by itself."""
    rtt: float = 0.0
    """Round trip in seconds; each direction has half of it."""
    jitter: float = 0.0
    """Seconds by which each packet is late at most, beside the others: 0 to that, at random."""
    reorder: float = 0.0
    """Share of packets that come 5 to 30 ms late."""
    duplicate: float = 0.0
    """Share of packets that come twice."""
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse values that mean nothing.

        Raises:
            UsageError: With the range that is allowed.
        """
        for name in ("loss", "reorder", "duplicate"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise UsageError(f"Impairment {name}: it must be at least 0 and less than 1.")
        if not 1.0 <= self.burst <= _LONGEST_BURST:
            raise UsageError(f"Impairment burst: it must be 1 to {_LONGEST_BURST:.0f} packets.")
        for name in ("rtt", "jitter"):
            if not 0.0 <= getattr(self, name) <= 10.0:
                raise UsageError(f"Impairment {name}: it must be 0 to 10 seconds.")

    @classmethod
    def parse(cls, text: str) -> Impairment:
        """Read ``loss=0.05,rtt=0.05,burst=5``; ``delay`` is one way, half of ``rtt``.

        Raises:
            UsageError: An unknown name or a value out of range.
        """
        values: dict[str, float] = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, _, number = item.partition("=")
            try:
                values[name.strip()] = float(number)
            except ValueError:
                raise UsageError(f"Impairment {item!r}: write it as name=number.") from None
        if "delay" in values:
            values["rtt"] = 2 * values.pop("delay")
        try:
            return msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError as error:
            raise UsageError(f"Impairment {text!r}: {error}.") from None


class Fates:
    """What becomes of each packet of one direction; the same for the same seed and name."""

    def __init__(self, impairment: Impairment, name: str) -> None:
        self._impairment = impairment
        self._random = random.Random(f"{impairment.seed}/{name}")
        self._in_burst = False

    def next(self) -> tuple[float, ...]:
        """Delays in seconds of the copies of the next packet that arrive; empty if it is lost."""
        config = self._impairment
        lost = self._lost(self._random.random())
        # Drawn for lost packets too: packet n then has the same fate whatever came before.
        late, again = self._random.random(), self._random.random()
        extra = self._random.uniform(*_REORDER_DELAY)
        if lost:
            return ()
        delay = config.rtt / 2 + (extra if late < config.reorder else 0.0)
        if config.jitter:
            delay += self._random.uniform(0.0, config.jitter)
        return (delay, delay) if again < config.duplicate else (delay,)

    def _lost(self, draw: float) -> bool:
        config = self._impairment
        if config.burst <= 1.0:
            return draw < config.loss
        leave = 1.0 / config.burst
        enter = config.loss * leave / (1.0 - config.loss)
        self._in_burst = draw >= leave if self._in_burst else draw < enter
        return self._in_burst


class Wire:
    """The datagrams of one connection, on their way through an impairment."""

    def __init__(self, ice: RTCIceTransport, impairment: Impairment | None, name: str) -> None:
        self._ice = ice
        self._cut = False
        self._outgoing = Fates(impairment, f"{name}/out") if impairment else None
        self._incoming = Fates(impairment, f"{name}/in") if impairment else None
        self._sending = Tasks("sending late")
        connection = ice._connection
        self._transmit = connection.send
        self._deliver: Callable[[bytes, int], None] = connection.data_received
        # The only two entries that all datagrams but ICE's own checks pass.
        ice._send = self._send
        connection.data_received = self._receive

    def cut(self) -> None:
        """Let nothing through from now on, as if the cable were pulled."""
        self._cut = True

    async def _send(self, data: bytes) -> None:
        if self._cut:
            return
        if self._outgoing is None or not _is_srtp(data):
            await self._transmit(data)
            return
        for delay in self._outgoing.next():
            if delay:
                asyncio.get_running_loop().call_later(delay, self._send_late, data)
            else:
                await self._transmit(data)

    def _send_late(self, data: bytes) -> None:
        self._sending.spawn(self._send_quietly(data))

    async def _send_quietly(self, data: bytes) -> None:
        try:
            if not self._cut:
                await self._transmit(data)
        except ConnectionError:
            pass  # The connection closed while the packet was on its way.

    def _receive(self, data: bytes, component: int) -> None:
        if self._cut:
            return
        if self._incoming is None or not _is_srtp(data):
            self._deliver(data, component)
            return
        for delay in self._incoming.next():
            if delay:
                loop = asyncio.get_running_loop()
                loop.call_later(delay, self._receive_late, data, component)
            else:
                self._deliver(data, component)

    def _receive_late(self, data: bytes, component: int) -> None:
        if not self._cut:
            self._deliver(data, component)


def _is_srtp(data: bytes) -> bool:
    return bool(data) and 127 < data[0] < 192  # RFC 7983, section 7
