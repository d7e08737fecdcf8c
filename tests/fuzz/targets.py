"""What reads strangers' bytes, good input for it, and the errors that it may raise."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from aioice import Candidate, stun
from aiortc.rtcsctptransport import (
    DataChunk,
    ForwardTsnChunk,
    HeartbeatChunk,
    InitChunk,
    ReconfigChunk,
    SackChunk,
)

from roomdeck.core.config import Family
from roomdeck.core.errors import (
    DecryptError,
    MediaError,
    ProtocolError,
    RecordingError,
    UsageError,
)
from roomdeck.core.model import Codec, Kind
from roomdeck.core.recording import sentlog, sidecar
from roomdeck.core.rtp import bitstream, rtcp
from roomdeck.core.rtp.bitstream.vp9_layers import SinglePictures
from roomdeck.core.rtp.depacketize import depacketizer
from roomdeck.core.rtp.packet import RtpPacket, build_rtp
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver
from roomdeck.core.signaling.channel_messages import parse_channel_message
from roomdeck.core.signaling.messages import PeerMessage, parse_server_message
from roomdeck.core.signaling.peer import open_peer_message
from roomdeck.core.signaling.secrets import Secrets
from roomdeck.core.webrtc.agent import Agent
from roomdeck.core.webrtc.candidates import parse_candidate
from roomdeck.core.webrtc.guard import GuardedProtocol
from roomdeck.core.webrtc.negotiation import Wishes, negotiate
from roomdeck.core.webrtc.receiver import MediaReceiver
from roomdeck.core.webrtc.sdp import parse_offer
from roomdeck.tui.cli.configuration import Setting, configuration

from ..core.webrtc.offers import CHANNEL, audio, offer, video
from ..core.webrtc.test_association import Peer

Read = Callable[[bytes], None]
PAYLOADS = {
    Codec.H264: (
        b"\x78\x00\x04\x67\x42\xc0\x1e\x00\x02\x68\xcb",
        b"\x7c\x85\x88abc",
        b"\x7c\x45xyz",
    ),
    Codec.H265: (b"\x42\x01\x01\x01", b"\x62\x01\x93\xafab", b"\x62\x01\x53cd"),
    Codec.VP8: (b"\x10\x10\x02\x00\x9d\x01\x2a\xa0\x00\x5a\x00ab", b"\x00cd"),
    Codec.VP9: (b"\x88\x82\x49\x83\x42\x00\x09\xf0\x05\x9f", b"\x04abc"),
    Codec.AV1: (
        b"\x18\x0a\x0b\x00\x00\x00\x24\xce\x7f\x0d\xbf\xfd\xaa\x20\x32\x04\x10abc",
        b"\x90abc",
    ),
    Codec.OPUS: (b"\x78abc", b"\xfcabc"),
}
FRAMES = {
    Codec.H264: b"\0\0\0\1\x67\x42\xc0\x1e\xda\x02\x80\xbf\xe5\0\0\0\1\x68\xce\0\0\0\1\x65\x88abc",
    Codec.H265: b"\0\0\0\1\x40\x01abc\0\0\0\1\x42\x01\x01\x01\x60\0\0\0\1\x26\x01\xafabc",
    Codec.VP8: PAYLOADS[Codec.VP8][0][1:],
    Codec.VP9: PAYLOADS[Codec.VP9][0][1:] + b"\xc9\x03\x03\xc9",
    Codec.AV1: b"\x12\x00\x0a\x0b\x00\x00\x00\x24\xce\x7f\x0d\xbf\xfd\xaa\x20\x32\x04\x10abc",
    Codec.OPUS: b"\xffabc",
}


class Target(NamedTuple):
    """Something that reads."""

    seeds: Callable[[], list[bytes]]
    reader: Callable[[], AbstractContextManager[Read]]


def _plain(read: Read) -> Callable[[], AbstractContextManager[Read]]:
    return lambda: contextlib.nullcontext(read)


def _parts(data: bytes) -> list[bytes]:
    """Several packets in one input, with their lengths before them."""
    parts: list[bytes] = []
    while len(data) > 2 and len(parts) < 500:
        size = int.from_bytes(data[:2], "big") % 1500
        parts.append(data[2 : 2 + size])
        data = data[2 + size :]
    return parts


def _joined(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


# ── media ────────────────────────────────────────────────────────────────────────────────

OFFER = offer(video(), audio(), CHANNEL)
AGREEMENT = negotiate(parse_offer(OFFER), Wishes())


def _rtp_seeds() -> list[bytes]:
    payloads = [*PAYLOADS[Codec.VP8], *PAYLOADS[Codec.VP8]]
    packets = [
        RtpPacket(96, n % 2 == 1, n, n // 2 * 3000, 7, payload, transport_sequence=n, mid="1")
        for n, payload in enumerate(payloads)
    ]
    return [_joined(*(build_rtp(packet, AGREEMENT.extensions) for packet in packets))]


def _read_rtp(data: bytes) -> None:
    receiver = MediaReceiver(lambda mid, frames: None, 1_000_000)
    receiver.configure(AGREEMENT, 0.0)
    now = 1.0
    for part in _parts(data):
        now += 0.01
        receiver.receive(part, [(0, len(part), now)])
        receiver.undecryptable(part or b"\x80")
        receiver.rtcp(part, now)
        receiver.tick(now)
    receiver.drain(now + 5)


def _rtcp_seeds() -> list[bytes]:
    report = rtcp.SenderReportPacket(7, 1 << 63, 5, 1, 2, (rtcp.ReportBlock(1),))
    return [
        rtcp.build_sender_report(report) + rtcp.build_receiver_report(1, [rtcp.ReportBlock(7)]),
        rtcp.build_nack(1, 7, [1, 2, 30])[0]
        + rtcp.build_pli(1, 7)
        + rtcp.build_remb(1, 10**6, [7]),
    ]


def _read_rtcp(data: bytes) -> None:
    with contextlib.suppress(MediaError):
        rtcp.parse_rtcp(data)


def _read_payloads(codec: Codec, data: bytes) -> None:
    functions, payloads = depacketizer(codec), _parts(data)
    if not payloads or not all(payloads):
        return
    functions.is_key(payloads)
    functions.starts_frame(payloads[0])
    functions.parameter_sets(payloads)
    with contextlib.suppress(MediaError):
        functions.depacketize(payloads)
    track, number = TrackReceiver(codec.kind, {96: PayloadFormat(codec, nack=True)}, 1), 0
    for number, payload in enumerate(payloads):
        packet = RtpPacket(96, number % 5 == 4, number, number // 5 * 3000, 7, payload)
        track.receive([(packet, number / 100)], [])
        track.feedback(number / 100)
    track.close(number / 100 + 5)


def _read_frame(codec: Codec, data: bytes) -> None:
    for read in (bitstream.frame_size, bitstream.has_picture, bitstream.canonical):
        with contextlib.suppress(MediaError):
            read(codec, data)
    if data:
        bitstream.is_key_frame(codec, data)
        bitstream.unit_key(codec, data)
    bitstream.reorder_depth(codec, data)
    if codec is Codec.VP9 and data:
        SinglePictures().single(data)


# ── the peer ─────────────────────────────────────────────────────────────────────────────


def _sctp_seeds() -> list[bytes]:
    chunks = DataChunk(3), SackChunk(), ForwardTsnChunk(), HeartbeatChunk(), InitChunk()
    chunks[0].tsn, chunks[0].user_data, chunks[0].protocol = 1000, b"hello", 51
    chunks[2].cumulative_tsn, chunks[2].streams = 1001, [(0, 1)]
    chunks[3].params = chunks[4].params = [(1, b"abcd"), (0x8008, b"\xc0\x82")]
    opening = DataChunk(3)
    opening.tsn, opening.protocol = 1001, 50
    opening.user_data = struct.pack("!BBHLHH", 3, 0, 0, 0, 1, 0) + b"x"
    reset = ReconfigChunk()
    reset.params = [(13, bytes(12) + b"\0\1"), (16, bytes(8)), (17, bytes(8))]
    return [bytes(chunk) for chunk in (*chunks, opening, reset)] + [
        bytes(opening) + bytes(chunks[0])
    ]


@contextlib.contextmanager
def _sctp() -> Generator[Read]:
    with asyncio.Runner() as runner:
        # aiortc's own failures in tasks that it starts are nobody's.
        runner.get_loop().set_exception_handler(lambda loop, context: None)

        async def read(data: bytes) -> None:
            peer = await Peer().associated()
            with contextlib.suppress(Exception):  # as around aiortc's own reading
                for part in (data, data[len(data) // 2 :]):
                    await peer.send_body(part)
            await peer.ours.stop()

        yield lambda data: runner.run(read(data))


def _stun_seeds() -> list[bytes]:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, bytes(12))
    request.attributes |= {"USERNAME": "abcd:efgh", "PRIORITY": 5, "ICE-CONTROLLING": 7}
    answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, bytes(12))
    answer.attributes["XOR-MAPPED-ADDRESS"] = ("192.0.2.1", 5)
    request.add_message_integrity(b"x" * 22)
    answer.add_fingerprint()
    return [bytes(request), bytes(answer), b"\x16\xfe\xfd" + bytes(20), b"\x80\x60" + bytes(20)]


@contextlib.contextmanager
def _stun() -> Generator[Read]:
    with asyncio.Runner() as runner:

        async def read(data: bytes) -> None:
            agent = Agent(ice_controlling=False, local_username="abcd", local_password="x" * 22)
            await agent.add_remote_candidate(Candidate("1", 1, "udp", 1, "192.0.2.7", 5, "host"))
            protocol = GuardedProtocol(agent)
            protocol.connection_made(asyncio.DatagramTransport())
            protocol.local_candidate = Candidate("1", 1, "udp", 1, "192.0.2.1", 1, "host")
            for part in (data, *_parts(data)):
                protocol.datagram_received(part, ("192.0.2.7", 5))
                protocol.datagram_received(part, ("192.0.2.8", 5))

        yield lambda data: runner.run(read(data))


def _read_sdp(data: bytes) -> None:
    with contextlib.suppress(MediaError):
        agreement = negotiate(parse_offer(data.decode("utf-8", "replace")), Wishes())
        for line in agreement.candidates:
            parse_candidate(line)


# ── words ────────────────────────────────────────────────────────────────────────────────

SECRETS = Secrets("password")
MESSAGES = [
    {"UUID": "u", "from": "u", "session": "abcde12345", "streamID": "alice",
     "description": {"type": "offer", "sdp": OFFER}},
    {"UUID": "u", "candidates": [{"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"}]},
    {"request": "listing", "list": [{"UUID": "u", "streamID": "alice"}, {"UUID": "v"}]},
    {"request": "videoaddedtoroom", "UUID": "u", "streamID": "alice"},
    {"info": {"label": "Anna", "muted": True}, "ping": 5, "bye": False, "screenStopped": True},
]  # fmt: skip


def _json_seeds() -> list[bytes]:
    return [json.dumps(message).encode() for message in MESSAGES]


def _read_signaling(data: bytes) -> None:
    for family in Family:
        with contextlib.suppress(ProtocolError, DecryptError):
            message = parse_server_message(data, me="me", room_id="room", family=family)
            if isinstance(message, PeerMessage):
                open_peer_message(message, SECRETS)


def _read_channel(data: bytes) -> None:
    with contextlib.suppress(ProtocolError, DecryptError):
        message = parse_channel_message(data)
        if message.peer is not None:
            open_peer_message(message.peer, SECRETS)


KNOWN = {"record": {"server": Setting("server"), "key_frames": Setting("key_frames", float, 0)}}


@contextlib.contextmanager
def _file(read: Callable[[Path], object], *errors: type[Exception]) -> Generator[Read]:
    """Reads what a file has in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"

        def write_and_read(data: bytes) -> None:
            path.write_bytes(data)
            with contextlib.suppress(*errors):
                read(path)

        yield write_and_read


def _configuration_seeds() -> list[bytes]:
    return [b'server = "wss://x"\n[record]\nkey_frames = 5.5\nserver = ["a", "b"]\n']


def _sidecar_seeds() -> list[bytes]:
    info = sidecar.SessionInfo(room="r", server="ws://x", started=1.0)
    return [msgspec.json.encode(sidecar.Sidecar(session=info))]


def _sent_seeds() -> list[bytes]:
    frame = sentlog.SentFrame(Kind.VIDEO, Codec.VP8, 1, True, 5, "ab", 640, 360)
    return [msgspec.json.encode(frame) + b"\n" + msgspec.json.encode(frame) + b"\n"]


TARGETS: dict[str, Target] = {
    "rtp": Target(_rtp_seeds, _plain(_read_rtp)),
    "rtcp": Target(_rtcp_seeds, _plain(_read_rtcp)),
    **{
        f"packets-{codec}": Target(
            lambda payloads=payloads: [_joined(*payloads), _joined(*payloads * 4)],
            _plain(partial(_read_payloads, codec)),
        )
        for codec, payloads in PAYLOADS.items()
    },
    **{
        f"frame-{codec}": Target(lambda frame=frame: [frame], _plain(partial(_read_frame, codec)))
        for codec, frame in FRAMES.items()
    },
    "sctp": Target(_sctp_seeds, _sctp),
    "stun": Target(_stun_seeds, _stun),
    "sdp": Target(lambda: [OFFER.encode()], _plain(_read_sdp)),
    "signaling": Target(_json_seeds, _plain(_read_signaling)),
    "channel": Target(_json_seeds, _plain(_read_channel)),
    "configuration": Target(
        _configuration_seeds,
        lambda: _file(lambda path: configuration(str(path), KNOWN), UsageError),
    ),
    "sidecar": Target(_sidecar_seeds, lambda: _file(sidecar.load, RecordingError)),
    "sent": Target(_sent_seeds, lambda: _file(sentlog.read_sent_log, UsageError)),
}
