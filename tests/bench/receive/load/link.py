"""One peer connection to one recorder: aiortc as far as ICE and DTLS, and what comes back."""

# A sender is one of aiortc's own parts: it uses the transport as those do.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import uuid

import msgspec
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    rtcdtlstransport,
)
from aiortc.codecs import get_capabilities
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecCapability, RTCRtpSendParameters

from roomdeck.core.model import Codec, Kind
from roomdeck.core.publishing.packets import Sources
from roomdeck.core.rtp import rtcp
from roomdeck.core.signaling.channel_messages import CHANNEL_LABEL, parse_channel_message, pong
from roomdeck.core.webrtc import compat

from .pacer import Stream
from .schedule import Schedule
from .track import Track
from .wire import Wire

CODECS = {Kind.VIDEO: Codec.H264, Kind.AUDIO: Codec.OPUS}
PROFILES = (
    rtcdtlstransport.SRTP_AES128_CM_SHA1_80,
    rtcdtlstransport.SRTP_AEAD_AES_256_GCM,
    rtcdtlstransport.SRTP_AEAD_AES_128_GCM,
)
"""What streams may be encrypted with, in Chromium's order; who is asked for DTLS picks."""
_TIMEOUT = 30.0


class LoopTrack(MediaStreamTrack):
    """Says which kind of media is sent; never read by anybody."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = str(kind)

    async def recv(self) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Nothing to read."""
        raise MediaStreamError


class SilentSender:
    """Stands in for aiortc's RTCRtpSender: takes part in negotiations and sends nothing.

    The names in mixed case and those with one underscore are aiortc's duck type.
    """

    def __init__(self, track: MediaStreamTrack, transport: RTCDtlsTransport) -> None:
        self.track = track
        self.transport = transport
        self.kind = track.kind
        self.started: asyncio.Future[RTCRtpSendParameters] = asyncio.Future()
        sources = Sources.random()
        self._ssrc, self._rtx_ssrc = sources.ssrc, sources.rtx_ssrc
        self._stream_id = str(uuid.uuid4())
        self._track_id = track.id
        self._enabled = True

    @property
    def ssrcs(self) -> tuple[int, int]:
        """Of media and retransmissions."""
        return self._ssrc, self._rtx_ssrc

    def setTransport(self, transport: RTCDtlsTransport) -> None:
        """The section was bundled into another transport."""
        self.transport = transport

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """The connection is up."""
        if not self.started.done():
            self.started.set_result(parameters)

    async def stop(self) -> None:
        """Nothing runs here."""


class Link:
    """The connection of one stream."""

    def __init__(self, name: str, *, channel: bool) -> None:
        """``channel`` opens a data channel too, as publishers in rooms do."""
        compat.install_sender(SilentSender)
        self.name = name
        self._pc = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._senders: dict[Kind, SilentSender] = {}
        self._stream: Stream | None = None
        self._wire: Wire | None = None
        for kind, codec in CODECS.items():
            transceiver = self._pc.addTransceiver(LoopTrack(kind), direction="sendonly")
            transceiver.setCodecPreferences(_preferences(codec))
            sender: object = transceiver.sender
            assert isinstance(sender, SilentSender)
            self._senders[kind] = sender
        if channel:
            self._open_channel()

    async def offer(self) -> str:
        """Return a description with all candidates."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._pc.localDescription.sdp

    async def connect(self, answer: str, schedule: Schedule) -> Stream:
        """Take the answer and wait until media can be sent."""
        await self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(_TIMEOUT):
            parameters = {kind: await sender.started for kind, sender in self._senders.items()}
        transport = self._senders[Kind.VIDEO].transport
        transport._handle_rtcp_data = self._on_rtcp
        wire = self._wire = Wire(transport)
        self._stream = Stream(
            self.name,
            wire,
            {
                kind: Track(
                    wire,
                    CODECS[kind],
                    sender.ssrcs,
                    parameters[kind],
                    schedule.packets[kind],
                    schedule.rtp_length[kind],
                )
                for kind, sender in self._senders.items()
            },
        )
        return self._stream

    async def close(self) -> None:
        """End the connection; the recorder sees it at once."""
        if self._wire is not None:
            self._wire.close()
        await self._pc.close()

    def _open_channel(self) -> None:
        channel = self._pc.createDataChannel(CHANNEL_LABEL)

        @channel.on("message")
        def answer(text: str) -> None:  # pyright: ignore[reportUnusedFunction]
            if (ping := parse_channel_message(text).ping) is not None:
                channel.send(msgspec.json.encode(pong(ping)).decode())

    async def _on_rtcp(self, data: bytes) -> None:
        """Stands in for aiortc's own reading, which drops datagrams with padding."""
        assert self._stream is not None
        kinds = {sender.ssrcs[0]: kind for kind, sender in self._senders.items()}
        for packet in rtcp.parse_rtcp(data):
            match packet:
                case rtcp.Nack(media_ssrc=ssrc) if ssrc in kinds:
                    self._stream.nacks += len(packet.sequences)
                    self._stream.wanted.extend((kinds[ssrc], seq) for seq in packet.sequences)
                case rtcp.ReceiverReportPacket(blocks=blocks):
                    for block in blocks:
                        if block.ssrc in kinds:
                            self._stream.tracks[kinds[block.ssrc]].reported()
                case rtcp.PictureLoss() | rtcp.FullIntraRequest():
                    self._stream.plis += 1
                case _:
                    pass


def _preferences(codec: Codec) -> list[RTCRtpCodecCapability]:
    """One format, the first of its codec, and retransmission for pictures."""
    capabilities = get_capabilities(str(codec.kind)).codecs
    names = [capability.name.lower() for capability in capabilities]
    wanted = (str(codec), "rtx") if codec.kind is Kind.VIDEO else (str(codec),)
    return [capabilities[names.index(name)] for name in wanted]
