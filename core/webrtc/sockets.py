"""The fast path's own UDP sockets, under aioice, in an event loop of its own.

asyncio wakes up for every datagram and allocates 256 KiB to read it. Here all sockets are
drained together by the `Ticker`; media goes to the connection's tap where it lies in memory,
and all else (STUN, DTLS) to aioice as before.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
import time
from operator import itemgetter
from typing import Any, cast

from aioice import ice
from pylibsrtp import Session

from .agent import TOO_MUCH_WORK, Agent
from .batch import BATCH, Address, Arrival, Batch, prepare
from .guard import enlarge_buffer, granted
from .receiver import MediaReceiver
from .srtp import Tap, make_tap
from .ticker import CALM, HURRY, TICK, Ticker

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Calls per socket and tick: a stream of more than 100 000 packets a second waits for others."""
AT_LAST = 16
"""The same rounds for a socket that is to be closed: 2 MB hold some 8 000 datagrams."""
_FULL = 0.25
"""Share of a buffer that may fill between two ticks: the rest is for what comes all at once."""
_SIZE = itemgetter(0)
"""Of an arrival."""
_DATAGRAM = 1200
"""Bytes of a usual datagram."""
_AMPLE = 800
"""Datagrams that a buffer must hold for long pauses: a 4K key frame, and what comes beside it."""
_SHORT = 0.04
"""Seconds until the next tick where a buffer is smaller."""


class MediaLoop(asyncio.SelectorEventLoop):
    """Makes the sockets of the fast path where aioice asks for one on a local address."""

    def __init__(self) -> None:
        """Prepare the memory that all sockets share."""
        super().__init__()
        self.sockets = Sockets(self)

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        """As the base class, but drained by the ticker; other kinds of endpoint are its own."""
        if len(args) != 1 or options.keys() != {"local_addr"}:
            return await super().create_datagram_endpoint(*args, **options)
        host, port = options["local_addr"]
        found = await self.getaddrinfo(
            host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
        )
        family, kind, protocol_number, _, address = found[0]
        opened = socket.socket(family, kind, protocol_number)
        try:
            opened.setblocking(False)
            opened.bind(address)
            prepare(opened)
            enlarge_buffer(opened)
        except OSError:
            opened.close()
            raise
        protocol = args[0]()
        return MediaSocket(self, opened, protocol), protocol

    def close(self) -> None:
        """Close the loop and what watches the sockets."""
        self.sockets.close()
        super().close()


class Sockets:
    """All media sockets of a loop, and who takes the media of each connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.batch = Batch()
        self._loop = loop
        self._poll = select.epoll()
        self._open: dict[int, MediaSocket] = {}
        self._of: dict[ice.Connection, list[MediaSocket]] = {}
        """Those of each connection."""
        self._pause = CALM
        self._drained = 0.0
        self._taps: dict[ice.Connection, Tap] = {}
        """A tap knows its connection, so that it is let go of by name: with its last socket."""

    def tap(self, connection: ice.Connection, session: Session, media: MediaReceiver) -> None:
        """Decrypt the media packets of a connection and hand them over while it has sockets."""
        if connection in self._of:
            self._taps[connection] = make_tap(session, self.batch, media)
            self._settle()

    def tap_of(self, connection: ice.Connection) -> Tap | None:
        """Who takes the media of a connection; nobody before its keys are known."""
        return self._taps.get(connection)

    def read_out(self, connection: ice.Connection) -> None:
        """Take what still waits for a connection that is to end.

        That is much where this process stood still: a connection that was silent for long by the
        times of its packets may be ended before all of them are read.
        """
        for one in tuple(self._of.get(connection, ())):
            try:
                one.read_out()
            except Exception:
                log.exception("what waited for a connection could not be read")

    def drops(self, connection: ice.Connection) -> int:
        """Datagrams that the system dropped because a buffer of this connection was full."""
        return sum(one.drops for one in self._of.get(connection, ()))

    def add(self, one: MediaSocket) -> None:
        """Drain a socket from now on."""
        if not self._open:
            Ticker.of(self._loop).add(self._drain)
        self._open[one.descriptor] = one
        if one.connection:
            self._of.setdefault(one.connection, []).append(one)
        self._poll.register(one.descriptor, select.EPOLLIN)
        self._settle()

    def remove(self, one: MediaSocket) -> None:
        """Forget a socket that is about to be closed."""
        if self._open.pop(one.descriptor, None) is not None:
            self._poll.unregister(one.descriptor)
            if one.connection:
                self._leave(one, one.connection)
            self._settle()
        if not self._open:
            Ticker.of(self._loop).remove(self._drain)

    def close(self) -> None:
        """Watch no sockets any more."""
        for one in tuple(self._open.values()):
            one.abort()
        self._poll.close()

    def _drain(self, now: float) -> float:
        """Take from every socket what is there; come again before a buffer fills too far."""
        fullest = 0.0
        for descriptor, _ in self._poll.poll(0):
            # What one of them receives may close another.
            if one := self._open.get(descriptor):
                fullest = max(fullest, one.drain(now))
        elapsed, self._drained = now - self._drained, now
        if fullest * self._pause <= _FULL * elapsed:
            return self._pause
        return max(HURRY, _FULL * elapsed / fullest)

    def _leave(self, one: MediaSocket, connection: ice.Connection) -> None:
        rest = self._of[connection]
        rest.remove(one)
        if not rest:
            del self._of[connection]
            self._taps.pop(connection, None)

    def _settle(self) -> None:
        """Be quick while handshakes go back and forth, until every connection has its tap."""
        if not all(one.connection in self._taps for one in self._open.values()):
            self._pause = TICK
        else:
            ample = all(one.room >= _AMPLE for one in self._open.values())
            self._pause = CALM if ample else _SHORT


class MediaSocket(asyncio.DatagramTransport):
    """One socket, in the shape that asyncio's protocols know."""

    def __init__(
        self, loop: MediaLoop, opened: socket.socket, protocol: asyncio.DatagramProtocol
    ) -> None:
        """Take over a bound socket that does not block."""
        super().__init__()
        self.descriptor = opened.fileno()
        self.drops = 0
        """Datagrams that the system dropped because the buffer was full."""
        self.connection = cast(ice.Connection | None, getattr(protocol, "receiver", None))
        self._agent = self.connection if isinstance(self.connection, Agent) else None
        self._loop = loop
        self._sockets = loop.sockets
        self._socket = opened
        self._granted = granted(opened)
        self.room = self._granted / _DATAGRAM
        """Datagrams that fit into the buffer."""
        self._protocol = protocol
        self._arrival = 0.0
        self._closing = False
        protocol.connection_made(self)
        self._sockets.add(self)

    def drain(self, now: float) -> float:
        """Hand on what is there, as far as others need not wait; return how full the buffer was.

        What a peer sends after it had its share of our time waits in the buffer, which the system
        cuts off where it is full.
        """
        meter = self._agent.meter if self._agent else None
        if meter is None:
            return self._drain()
        if meter.is_used_up(now):
            return 0.0
        began = time.thread_time()
        fullness = self._drain()
        meter.add(time.thread_time() - began)
        if self._agent and meter.is_used_up(now):
            self._agent.tell(TOO_MUCH_WORK)
        return fullness

    def read_out(self) -> None:
        """Hand on all that is there."""
        for _ in range(AT_LAST):
            if self._drain() < 1.0:
                break

    def _drain(self) -> float:
        batch, total, size = self._sockets.batch, 0, 0
        for _ in range(AT_ONCE):
            if self._closing:
                break
            try:
                arrivals = batch.receive(self.descriptor)
            except OSError as error:
                self._protocol.error_received(error)
                break
            self.drops = batch.drops or self.drops
            self._hand_on(batch, arrivals)
            total += len(arrivals)
            size += sum(map(_SIZE, arrivals))
            if len(arrivals) < BATCH:
                break
        else:
            return 1.0
        return max(total / self.room, size / self._granted)

    def _hand_on(self, batch: Batch, arrivals: list[Arrival]) -> None:
        tap = self._sockets.tap_of(self.connection) if self.connection else None
        for slot in tap(arrivals) if tap else range(len(arrivals)):
            size, self._arrival = arrivals[slot]
            data = batch.data(slot, size)
            self._protocol.datagram_received(data, batch.address(slot)[:2])

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send now; what the system has no room for is lost, as it could be on the way."""
        if self._closing:
            return
        try:
            self._socket.sendto(data, addr)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._protocol.error_received(error)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Only ``sockname``, and ``arrival`` of the last datagram: options are set already."""
        if name == "arrival":
            return self._arrival
        if name == "sockname" and not self._closing:
            return cast(Address, self._socket.getsockname())
        return default

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._closing

    def close(self) -> None:
        """Give the socket back; the protocol hears of it afterwards."""
        if not self._closing:
            self.abort()
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """Give the socket back at once."""
        self._closing = True
        self._sockets.remove(self)
        self._socket.close()
