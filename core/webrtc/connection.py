"""One receiving connection, from the first offer until its sockets are given back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiortc import RTCIceCandidate

from ..config import IceConfig, Sound
from ..errors import MediaError
from ..model import Codec
from ..tasks import Tasks
from . import background, compat
from .answerer import Answerer
from .candidates import parse_candidate
from .data_channel import MessageChannel
from .interface import Answer, ConnectionHandler, ConnectionState, TrackInfo
from .negotiation import Agreement, Wishes
from .presence import gives_sign
from .reception import Reception
from .sdp import MAX_CANDIDATES
from .servers import ice_servers
from .transport import MediaTransport

__all__ = ["Answer", "Connection", "ConnectionHandler", "ConnectionState", "TrackInfo"]

log = logging.getLogger(__name__)

CLOSE_TIMEOUT = 2.0
"""Seconds for goodbyes; sockets are given back by then."""
_FINAL = (ConnectionState.FAILED, ConnectionState.CLOSED)


class Connection:
    """Negotiates with one publisher, opens the path to it and closes it in the end.

    The owner passes offers and candidates in, sends the answers on, and calls `close` in the
    end, whatever state was reported before. State and tracks go to its handler, as do frames.
    """

    def __init__(
        self,
        handler: ConnectionHandler,
        *,
        ice: IceConfig,
        codec: Codec | None = None,
        audio: bool = True,
        video: bool = True,
        sound: Sound | None = None,
        connect_timeout: float = 20.0,
        max_bitrate: int = 4_000_000,
    ) -> None:
        """Prepare a connection; sockets are opened by the first offer.

        Args:
            handler: Who is told.
            ice: STUN and TURN servers; no others are ever used.
            codec: Preferred video codec.
            audio: Whether to receive sound.
            video: Whether to receive pictures.
            sound: What to ask for in it; nothing by default.
            connect_timeout: Seconds from the first answer until ICE and DTLS must be done.
            max_bitrate: Bits per second announced to senders without transport-wide feedback.

        Raises:
            UsageError: A STUN or TURN URL cannot be used.
            IncompatibleError: See `compat.selfcheck`.
        """
        compat.install()
        self._handler = handler
        self._servers = ice_servers(ice)
        self._answerer = Answerer(Wishes(codec, audio, video, sound or Sound()))
        self._connect_timeout = connect_timeout
        self._state = ConnectionState.CONNECTING
        self.media = Reception(handler, max_bitrate, self._fail)
        """What comes over it."""
        self._transport: MediaTransport | None = None
        self._channel: MessageChannel | None = None
        self._early_candidates: list[RTCIceCandidate] = []
        self._tasks = Tasks("a task of the connection")
        self._negotiating = asyncio.Lock()
        self._closing: asyncio.Future[None] | None = None

    @property
    def state(self) -> ConnectionState:
        """Where it stands."""
        return self._state

    @property
    def round_trip(self) -> float | None:
        """Seconds, from the last ICE check; ``None`` before the first."""
        check = self._transport.last_check if self._transport else None
        return check.round_trip if check else None

    @property
    def heard_at(self) -> float | None:
        """When the publisher last gave a sign of life: media, reports, or an answer to a check.

        Monotonic seconds; ``None`` before the first.
        """
        check = self._transport.last_check if self._transport else None
        times = (self.media.heard_at, check and check.arrived)
        return max([time for time in times if time], default=None)

    async def is_there(self) -> bool:
        """Ask the publisher for a sign of life; takes up to some 1.5 s where there is none."""
        transport = self._transport
        if transport is None or self._state is not ConnectionState.CONNECTED:
            return False
        return await gives_sign(lambda: self.heard_at or 0.0, transport.check)

    @property
    def drops(self) -> int:
        """Datagrams that the system dropped because a receive buffer was full."""
        return self._transport.drops if self._transport else 0

    @property
    def malformed(self) -> int:
        """Packets that could not be read."""
        return self.media.receiver.malformed

    @property
    def unrouted(self) -> int:
        """Packets that belong to no track."""
        return self.media.receiver.unrouted

    async def accept_offer(self, sdp: str) -> Answer:
        """Answer the first offer, or a later one of the same session.

        Raises:
            MediaError: It is malformed, or cannot be met on this connection.
        """
        async with self._negotiating:
            agreement = self._answerer.judge(sdp)
            transport = await self._open()
            first, self._answerer.agreement = self._answerer.agreement is None, agreement
            await self.add_candidates(agreement.candidates)
            while self._early_candidates:
                await transport.add_candidate(self._early_candidates.pop())
            self.media.receiver.configure(agreement, time.monotonic())
            if first:
                self._tasks.spawn(self._connect(transport, agreement))
            elif self._state is ConnectionState.CONNECTED:
                await self._open_channel()
            infos = [track.info for track in agreement.tracks if track.sending]
            answer = self._answerer.answer(agreement, transport.local(agreement.transport))
        self._handler.on_tracks(infos)
        return answer

    async def _open(self) -> MediaTransport:
        if self._state in _FINAL:
            raise MediaError("the connection is closed")
        if self._transport is None:
            background.watch(asyncio.get_running_loop())
            self._transport = MediaTransport(self._servers, self.media.receiver, self._exceeds)
            self._transport.dtls.on("statechange", self._dtls_changed)
            try:
                await self._transport.gather()
            except MediaError as error:
                self._fail(str(error))
                raise
            if self._closing:
                raise MediaError("the connection is closed")
        return self._transport

    async def add_candidates(self, candidates: Sequence[Mapping[str, Any] | str]) -> None:
        """Try more addresses of the publisher; those that cannot be used are ignored.

        They may come before the first offer (protocol.md §4.5).
        """
        parsed = map(parse_candidate, candidates[:MAX_CANDIDATES])
        usable = [candidate for candidate in parsed if candidate]
        if self._transport is None:
            self._early_candidates += usable[: MAX_CANDIDATES - len(self._early_candidates)]
        elif self._state not in _FINAL:
            for candidate in usable:
                await self._transport.add_candidate(candidate)

    async def _connect(self, transport: MediaTransport, agreement: Agreement) -> None:
        try:
            within = self._connect_timeout
            await transport.connect(agreement.transport, agreement.ice_lite, within)
        except ConnectionError as error:
            self._fail(str(error))
        except Exception as error:
            log.warning("connecting failed", exc_info=True)
            self._fail(f"connecting failed: {error!r}")
        else:
            await self._connected(transport)

    async def _connected(self, transport: MediaTransport) -> None:
        if transport.dtls.state != "connected":
            return
        self.media.start(transport.send)
        self._enter(ConnectionState.CONNECTED, "")
        await self._open_channel()

    async def _open_channel(self) -> None:
        """Start the data channel's association where the offer has a section for it."""
        agreement = self._answerer.agreement
        section = agreement.channel if agreement else None
        if self._channel is not None or section is None or self._transport is None:
            return
        self._channel = MessageChannel(
            self._transport,
            section,
            lambda: self._call(self._handler.on_channel),
            lambda text: self._call(lambda: self._handler.on_channel_message(text)),
        )
        with contextlib.suppress(ConnectionError):
            await self._channel.start()

    def _dtls_changed(self) -> None:
        transport = self._transport
        if transport is None or transport.dtls.state != "closed":
            return
        if transport.dtls.path_lost:
            self._fail("the network path to the publisher was lost")
        else:
            self._enter(ConnectionState.CLOSED, "the publisher closed the connection")

    def _fail(self, reason: str) -> None:
        self._enter(ConnectionState.FAILED, reason)

    def _enter(self, state: ConnectionState, reason: str) -> None:
        if self._state not in _FINAL:
            self._state = state
            self._call(lambda: self._handler.on_state(state, reason))

    def _exceeds(self, text: str) -> None:
        self._call(lambda: self._handler.on_excess(text))

    def _call(self, tell: Callable[[], None]) -> None:
        """Call the owner from within aiortc, where its fault would be taken for the peer's."""
        try:
            tell()
        except Exception:
            log.exception("the owner of a connection failed")

    def send(self, text: str) -> bool:
        """Send a message over the data channel; false where it is not open."""
        return self._channel.send(text) if self._channel else False

    async def close(self, drain: bool = True) -> None:
        """End it, and give all sockets back; further calls wait for the first.

        Args:
            drain: Deliver the frames that are complete but were waiting for others.
        """
        if self._closing is not None:
            await asyncio.shield(self._closing)
            return
        self._closing = asyncio.get_running_loop().create_future()
        try:
            await self._shut(drain)
        finally:
            self._closing.set_result(None)

    async def _shut(self, drain: bool) -> None:
        self.media.stop()
        self._tasks.cancel()
        await self._tasks.join()
        if drain:
            if self._transport is not None:
                self._transport.read_out()
            self.media.receiver.drain(time.monotonic())
        self._enter(ConnectionState.CLOSED, "closed by us")
        # An offer being answered opens sockets: they must be known before they can be closed.
        async with self._negotiating:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._say_goodbye()
            except Exception:
                log.debug("a connection did not close in order", exc_info=True)

    async def _say_goodbye(self) -> None:
        if self._channel is not None:
            await self._channel.close()
        if self._transport is not None:
            await self._transport.close()
