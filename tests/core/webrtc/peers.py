"""In-process publishers, and an owner of connections that remembers what it was told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import pylibsrtp
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription

from roomdeck.core.config import IceConfig
from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.packet import ExtensionIds, RtpPacket, build_rtp
from roomdeck.core.webrtc.connection import (
    Answer,
    Connection,
    ConnectionState,
    TrackInfo,
)
from roomdeck.core.webrtc.description import Section
from roomdeck.core.webrtc.sdp import parse_offer

PATIENCE = 10.0


async def eventually(condition: Callable[[], Any]) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - things of aiortc that announce nothing
            await asyncio.sleep(0.005)


async def opened(owner: Owner, peer: Peer) -> None:
    """Wait until the data channel is open at both ends; at that of the publisher it is last."""
    await eventually(lambda: owner.channels)
    await eventually(lambda: peer.channel is not None and peer.channel.readyState == "open")


def member(owner: object, name: str) -> Any:
    """A private attribute of somebody else."""
    return getattr(owner, name)


class Owner:
    """A `ConnectionHandler` that remembers everything."""

    def __init__(self) -> None:
        self.states: list[tuple[ConnectionState, str]] = []
        self.channels = 0
        self.messages: list[str] = []
        self.excesses: list[str] = []
        self.tracks: list[TrackInfo] = []
        self.frames: dict[str, list[EncodedFrame]] = {}

    def on_state(self, state: ConnectionState, reason: str) -> None:
        self.states.append((state, reason))

    def on_channel(self) -> None:
        self.channels += 1

    def on_channel_message(self, text: str) -> None:
        self.messages.append(text)

    def on_excess(self, text: str) -> None:
        self.excesses.append(text)

    def on_tracks(self, tracks: Sequence[TrackInfo]) -> None:
        self.tracks = list(tracks)

    def on_frames(self, mid: str, frames: Sequence[EncodedFrame]) -> None:
        self.frames.setdefault(mid, []).extend(frames)

    def mid(self, kind: Kind, number: int = 0) -> str:
        return [track.mid for track in self.tracks if track.kind is kind][number]


class Source:
    """One track of a publisher that sends packets made by hand."""

    def __init__(self, peer: Peer, section: Section, ssrc: int) -> None:
        self.peer = peer
        self.mid = section.mid
        self.ssrc = ssrc
        self.payload_type = list(section.formats)[-1 if section.kind == "audio" else 0]
        self.ids = ExtensionIds(
            mid=section.extensions.get("urn:ietf:params:rtp-hdrext:sdes:mid", 0),
            transport_sequence=next(
                (n for uri, n in section.extensions.items() if "transport-wide" in uri), 0
            ),
        )
        self.sequence = 1000
        self.timestamp = 90000

    def packet(self, payload: bytes, *, mid: str | None = None) -> bytes:
        self.sequence += 1
        self.timestamp += 3000
        self.peer.transport_sequence += 1
        packet = RtpPacket(
            payload_type=self.payload_type,
            marker=True,
            sequence=self.sequence & 0xFFFF,
            timestamp=self.timestamp & 0xFFFFFFFF,
            ssrc=self.ssrc,
            payload=payload,
            transport_sequence=self.peer.transport_sequence & 0xFFFF,
            mid=mid,
        )
        return build_rtp(packet, self.ids)

    async def send(self, payload: bytes, *, mid: str | None = None) -> None:
        await self.peer.send(self.packet(payload, mid=mid))


def vp8(number: int, *, key: bool = False) -> bytes:
    """A frame of VP8 in one packet: descriptor, header, and a number to know it by."""
    header = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00" if key else b"\x01\x02\x00"
    return b"\x10" + header + number.to_bytes(4, "big")


class Peer:
    """A publisher on aiortc's own peer connection."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel: RTCDataChannel | None = None
        self.messages: list[str] = []
        self.rtcp: list[bytes] = []
        self.transport_sequence = 0
        self.answer = ""

    def open_channel(self, label: str = "sendChannel") -> RTCDataChannel:
        channel = self.pc.createDataChannel(label)
        channel.on("message", self.messages.append)
        self.channel = self.channel or channel
        return channel

    async def offer(
        self, connection: Connection, change: Callable[[str], str] = lambda text: text
    ) -> Answer:
        """One round of offer and answer."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        answer = await connection.accept_offer(change(self.pc.localDescription.sdp))
        self.answer = answer.sdp
        await self.pc.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        return answer

    @property
    def dtls(self) -> Any:
        sctp = self.pc.sctp
        return sctp.transport if sctp else self.pc.getSenders()[0].transport

    @property
    def ice_connection(self) -> Any:
        return member(self.dtls.transport, "_connection")

    async def connected(self, owner: Owner) -> None:
        """Until both ends are, and RTCP is watched."""
        await eventually(lambda: owner.states and self.dtls.state == "connected")
        self.dtls._handle_rtcp_data = self._remember

    async def _remember(self, data: bytes) -> None:
        self.rtcp.append(data)

    async def send(self, data: bytes) -> None:
        await self.dtls._send_rtp(data)

    def allow_large_packets(self) -> None:
        """Give pylibsrtp's buffer, 1500 bytes, the size of the largest UDP datagram."""
        session = member(self.dtls, "_tx_srtp")
        session._cdata = member(pylibsrtp, "ffi").new("char[]", 1 << 16)
        session._buffer = member(pylibsrtp, "ffi").buffer(session._cdata)

    def source(self, number: int) -> Source:
        """Of the media section with this number in the answer."""
        section = parse_offer(self.answer).sections[number]
        local = parse_offer(self.pc.localDescription.sdp).sections[number]
        return Source(self, section, local.ssrcs[0])


@contextlib.asynccontextmanager
async def linked(
    *kinds: str, channel: bool = True, **options: Any
) -> AsyncGenerator[tuple[Connection, Owner, Peer], None]:
    """A publisher that offers this media at once, connected to a recorder that prefers VP8."""
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), codec=Codec.VP8, **options)
    try:
        if channel:
            peer.open_channel()
        for kind in kinds:
            peer.pc.addTransceiver(kind, "sendonly")
        await peer.offer(connection)
        await peer.connected(owner)
        yield connection, owner, peer
    finally:
        await connection.close()
        await peer.pc.close()
