"""One outgoing peer connection: offers media to one viewer and sends it."""

# aiortc has no public names for the insides of its transports.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import msgspec
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.codecs import get_capabilities
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.rtcdtlstransport import RTCCertificate, generate_certificate
from aiortc.rtcicetransport import RTCIceTransport
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from aiortc.sdp import candidate_from_sdp
from cryptography.hazmat.primitives.asymmetric import rsa

from ..config import IceConfig
from ..errors import IncompatibleError, MediaError
from ..model import Codec, Kind
from ..rtp.rtcp import parse_rtcp
from ..signaling.channel_messages import CHANNEL_LABEL
from ..webrtc import compat
from .feed import Feed
from .impairment import Impairment, Wire
from .sender import FrameSender, SenderFactory
from .track import OutboundTrack, transport_counter

_log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 20.0
"""Seconds for ICE and DTLS together; aiortc itself would wait for ever."""
_CANDIDATE_LIMIT = 100
_CERTIFICATES = "_RTCPeerConnection__certificates"


class LocalOffer(msgspec.Struct, frozen=True):
    """What goes to the viewer."""

    sdp: str
    """Without candidates: a page trickles them."""
    candidates: tuple[dict[str, Any], ...]
    """Ours, as objects of protocol.md §4.3."""


class OutboundHandler(Protocol):
    """Owner of a connection; called on the event loop."""

    def on_channel(self) -> None:
        """The data channel is open."""
        ...

    def on_channel_message(self, text: str) -> None:
        """A text came over the data channel."""
        ...

    def on_connected(self) -> None:
        """ICE and DTLS are through."""
        ...

    def on_gone(self, reason: str) -> None:
        """The connection failed or was closed by the other side; said once."""
        ...


class OutboundConnection:
    """Offers, then sends; everything runs over one bundled transport."""

    def __init__(
        self,
        handler: OutboundHandler,
        *,
        ice: IceConfig,
        rsa_certificate: bool = False,
        impairment: Impairment | None = None,
        name: str = "",
    ) -> None:
        """Prepare a connection.

        Args:
            handler: Hears what happens.
            ice: STUN and TURN servers.
            rsa_certificate: As GStreamer publishers have.
            impairment: What its packets suffer.
            name: Tells connections apart whose impairments shall differ.

        Raises:
            IncompatibleError: aiortc differs from what this was written for.
        """
        compat.install()
        compat.install_sender(SenderFactory)
        self._handler = handler
        self._impairment = impairment
        self._name = name
        self._pc = RTCPeerConnection(_configuration(ice))
        if rsa_certificate:
            _use_rsa(self._pc)
        self._pc.on("connectionstatechange", self._on_state)
        self._counter = transport_counter()
        self._channel: RTCDataChannel | None = None
        self._transport: RTCIceTransport | None = None
        self._wire: Wire | None = None
        self._streams: dict[Feed, str] = {}
        self._senders: list[tuple[Feed, FrameSender]] = []
        self._announced: set[str] = set()
        self._connected = False
        self._gone = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._timeout = loop.call_later(CONNECT_TIMEOUT, self._on_timeout)

    @property
    def connected(self) -> bool:
        """Whether ICE and DTLS came through and nothing ended it since."""
        return self._connected and not self._gone.is_set()

    def senders(self, feed: Feed | None = None, kind: Kind | None = None) -> list[FrameSender]:
        """Senders of a feed and a kind, or of all."""
        return [
            sender
            for owner, sender in self._senders
            if feed in (None, owner) and kind in (None, sender.kind)
        ]

    def add_track(self, codec: Codec, feed: Feed) -> FrameSender:
        """Add a media section to the next offer; tracks of one feed share a MediaStream."""
        track = OutboundTrack(codec, feed, self._counter)
        transceiver: RTCRtpTransceiver = self._pc.addTransceiver(track, direction="sendonly")
        transceiver.setCodecPreferences(_preferences(codec))
        sender: object = transceiver.sender
        if not isinstance(sender, FrameSender):
            raise IncompatibleError("aiortc does not take our sender: rtcpeerconnection changed")
        sender.set_stream_id(self._streams.setdefault(feed, str(uuid.uuid4())))
        self._senders.append((feed, sender))
        return sender

    def section_indexes(self, feed: Feed) -> tuple[int, ...]:
        """Media sections of a feed in the order of the offer, application sections not counted."""
        return tuple(index for index, (owner, _) in enumerate(self._senders) if owner is feed)

    async def offer(self) -> LocalOffer:
        """Make an offer of everything added so far.

        Raises:
            MediaError: The connection is closed, or waits for an answer.
        """
        if self._channel is None:
            self._open_channel()
        try:
            await self._pc.setLocalDescription(await self._pc.createOffer())
        except (InvalidStateError, ValueError) as error:
            raise MediaError(f"no offer can be made: {error}") from error
        return _without_candidates(self._pc.localDescription.sdp)

    async def accept_answer(self, sdp: str) -> None:
        """Take the viewer's answer.

        Raises:
            MediaError: It does not answer the last offer.
        """
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        except (
            *(InternalError, InvalidAccessError, InvalidStateError, OperationError),
            *(ValueError, LookupError, AssertionError, TypeError, AttributeError),
        ) as error:
            # aiortc's parser raises almost anything on descriptions that it does not expect.
            raise MediaError(f"answer refused: {error!r}") from error

    async def add_candidates(self, candidates: Sequence[Mapping[str, Any]]) -> None:
        """Add what can be read of the viewer's candidates; all belong to the one transport."""
        if self._transport is None:
            return
        for item in candidates[:_CANDIDATE_LIMIT]:
            text = str(item.get("candidate", "")).removeprefix("candidate:")
            # Malformed, host names that nobody resolves here, or too late: none of them matters.
            with contextlib.suppress(ValueError, LookupError, AssertionError, ConnectionError):
                candidate = candidate_from_sdp(text)
                if not candidate.ip.endswith(".local"):
                    await self._transport.addRemoteCandidate(candidate)

    def send(self, text: str) -> bool:
        """Say something on the data channel; False if it is not open."""
        if self._channel is None or self._channel.readyState != "open":
            return False
        try:
            self._channel.send(text)
        except (InvalidStateError, ConnectionError):
            return False
        return True

    async def wait_gone(self, seconds: float) -> None:
        """Wait until the other side closed the connection, or so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._gone.wait()

    async def close(self) -> None:
        """Close in order; the other side sees it at once."""
        self._timeout.cancel()
        self._gone.set()
        with contextlib.suppress(ConnectionError):
            await self._pc.close()

    async def vanish(self) -> None:
        """Close without a word, as a pulled cable does."""
        if self._wire is not None:
            self._wire.cut()
        await self.close()

    def _open_channel(self) -> None:
        channel = self._pc.createDataChannel(CHANNEL_LABEL)
        channel.on("open", self._handler.on_channel)
        channel.on("message", self._on_message)
        self._channel = channel
        dtls = channel.transport.transport
        dtls._handle_rtcp_data = self._on_rtcp
        self._transport = dtls.transport
        self._wire = Wire(self._transport, self._impairment, self._name)

    def _on_message(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self._handler.on_channel_message(message)

    async def _on_rtcp(self, data: bytes) -> None:
        """Stands in for aiortc's own reading, which drops datagrams with padding."""
        try:
            packets = parse_rtcp(data)
        except MediaError as error:
            _log.debug("ignored RTCP: %s", error)
            return
        for packet in packets:
            for _, sender in self._senders:
                sender.receive(packet)

    def _on_state(self) -> None:
        state = self._pc.connectionState
        if state == "connected" and not self._connected:
            self._connected = True
            self._timeout.cancel()
            self._handler.on_connected()
        elif state in ("failed", "closed"):
            self._end(f"the connection {state}" if state == "failed" else "the viewer closed it")

    def _on_timeout(self) -> None:
        self._end(f"no connection within {CONNECT_TIMEOUT:.0f} s")

    def _end(self, reason: str) -> None:
        self._timeout.cancel()
        if not self._gone.is_set():
            self._gone.set()
            self._handler.on_gone(reason)


@cache
def _rsa_certificate() -> RTCCertificate:
    key: Any = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return RTCCertificate(key=key, cert=generate_certificate(key))


def _use_rsa(connection: RTCPeerConnection) -> None:
    """There is no option for it: aiortc makes one certificate in its constructor."""
    if not hasattr(connection, _CERTIFICATES):
        raise IncompatibleError("aiortc keeps its certificate elsewhere: rtcpeerconnection changed")
    setattr(connection, _CERTIFICATES, [_rsa_certificate()])


def _configuration(ice: IceConfig) -> RTCConfiguration:
    servers: list[RTCIceServer] = []
    if ice.stun:
        servers.append(RTCIceServer(urls=ice.stun))
    if ice.turn is not None:
        turn = ice.turn
        servers.append(
            RTCIceServer(urls=turn.url, username=turn.username, credential=turn.password)
        )
    return RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


def _preferences(codec: Codec) -> list[RTCRtpCodecCapability]:
    """The source's codec with its retransmission; for Opus with redundancy, Opus first."""
    capabilities = get_capabilities(str(codec.kind)).codecs
    companions = ("red",) if codec is Codec.OPUS else ("rtx",)
    names = [c.name.lower() for c in capabilities]
    chosen = [capabilities[names.index(str(codec))]]
    return chosen + [capabilities[names.index(name)] for name in companions if name in names]


def _without_candidates(sdp: str) -> LocalOffer:
    lines = sdp.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    found = dict.fromkeys(line[2:].strip() for line in lines if line.startswith("a=candidate:"))
    mid = next((line[6:].strip() for line in lines if line.startswith("a=mid:")), "0")
    candidates = tuple({"candidate": text, "sdpMid": mid, "sdpMLineIndex": 0} for text in found)
    return LocalOffer("".join(kept), candidates)
