# pyright: reportPrivateUsage=false
import asyncio
import time
from collections.abc import AsyncGenerator

import pytest
from aiortc import RTCRtpSender
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport
from aiortc.rtcrtpparameters import (
    RTCRtcpParameters,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
    RTCRtpSendParameters,
)

from roomdeck.core.model import Codec, Kind
from roomdeck.core.publishing.feed import Feed
from roomdeck.core.publishing.sender import FrameSender, SenderFactory
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.track import OutboundTrack, transport_counter
from roomdeck.core.rtp import rtcp
from roomdeck.core.rtp.packet import ExtensionIds, RtpPacket, parse_rtp
from roomdeck.core.webrtc.extensions import AUDIO_LEVEL, MID, TRANSPORT_CC

from .scripted import Sources, frame

IDS = ExtensionIds(transport_sequence=5, audio_level=2, mid=1)
VIEWER = 0x5EE


class Transport(RTCDtlsTransport):
    """Keeps what would be encrypted and sent."""

    def __init__(self) -> None:
        ice = RTCIceTransport(RTCIceGatherer(iceServers=[]))
        super().__init__(ice, [RTCCertificate.generateCertificate()])
        self.sent: asyncio.Queue[bytes] = asyncio.Queue()
        self.times: list[float] = []
        """Of media; reports are not paced."""

    async def _send_rtp(self, data: bytes) -> None:
        if not 192 <= data[1] <= 208:
            self.times.append(time.monotonic())
        self.sent.put_nowait(data)

    async def rtp(self) -> RtpPacket:
        while 192 <= (data := await asyncio.wait_for(self.sent.get(), 30))[1] <= 208:
            pass
        return parse_rtp(data, IDS)

    async def rtcp(self) -> bytes:
        while not 192 <= (data := await asyncio.wait_for(self.sent.get(), 30))[1] <= 208:
            pass
        return data


def parameters(*codecs: RTCRtpCodecParameters) -> RTCRtpSendParameters:
    uris = {MID: 1, AUDIO_LEVEL: 2, TRANSPORT_CC: 5}
    return RTCRtpSendParameters(
        codecs=list(codecs),
        headerExtensions=[RTCRtpHeaderExtensionParameters(id=i, uri=u) for u, i in uris.items()],
        muxId="1",
        rtcp=RTCRtcpParameters(cname="alice"),
    )


def codec(name: str, payload_type: int, rate: int = 90000, **fields: int) -> RTCRtpCodecParameters:
    return RTCRtpCodecParameters(
        mimeType=name, clockRate=rate, payloadType=payload_type, parameters=dict(fields)
    )


VIDEO = parameters(codec("video/VP8", 96), codec("video/rtx", 97, apt=96))
AUDIO = parameters(codec("audio/opus", 111, 48000), codec("audio/red", 63, 48000))


class Stage:
    def __init__(self) -> None:
        self.sources = Sources()
        self.feed = Feed(SourceConfig(name="alice", codec=Codec.VP8), opener=self.sources)
        self.transport = Transport()
        self.counter = transport_counter()
        self.senders: list[FrameSender] = []

    @property
    def source(self):
        return self.sources.opened[0]

    def hear(self, data: bytes) -> None:
        for packet in rtcp.parse_rtcp(data):
            for sender in self.senders:
                sender.receive(packet)

    def sender(self, codec: Codec) -> FrameSender:
        track = OutboundTrack(codec, self.feed, self.counter)
        made = SenderFactory(track, self.transport)
        assert isinstance(made, FrameSender)
        self.senders.append(made)
        return made


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    made = Stage()
    yield made
    for sender in made.senders:
        await sender.stop()
    await made.feed.close()


async def test_tracks_of_others_keep_the_original_sender(stage: Stage) -> None:
    assert isinstance(SenderFactory("video", stage.transport), RTCRtpSender)


async def test_sends_frames_from_a_key_frame_on(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    sender.send_frame(frame(Codec.VP8, 0))
    await sender.send(VIDEO)
    stage.source.put(
        frame(Codec.VP8, 0.04, key=False),
        frame(Codec.VP8, 0.08, data=b"k" * 3000),
        frame(Codec.VP8, 0.12, key=False),
    )
    packets = [await stage.transport.rtp() for _ in range(4)]
    offset = stage.feed.timestamp_offset(Kind.VIDEO)
    assert {(p.timestamp - offset) & 0xFFFFFFFF for p in packets[:3]} == {7200}
    assert [p.marker for p in packets] == [False, False, True, True]
    assert [p.transport_sequence for p in packets] == [1, 2, 3, 4]
    assert {(p.payload_type, p.ssrc, p.mid) for p in packets} == {(96, sender._ssrc, "1")}
    assert sender.stats.frames == 2


async def test_what_was_taken_is_sent_before_it_ends(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    assert sender.send_frame(frame(Codec.VP8, 0, data=b"k" * 30_000))
    await sender.finish()
    await sender.stop()
    packets = [await stage.transport.rtp()]
    while not packets[-1].marker:
        packets.append(await stage.transport.rtp())
    assert len(packets) > 20
    assert not stage.feed.running


async def test_tracks_of_one_connection_share_transport_sequence_numbers(stage: Stage) -> None:
    await stage.sender(Codec.VP8).send(VIDEO)
    await stage.sender(Codec.OPUS).send(AUDIO)
    stage.source.level = 23
    stage.source.put(frame(Codec.VP8, 0), frame(Codec.OPUS, 0), frame(Codec.OPUS, 0.02))
    packets = [await stage.transport.rtp() for _ in range(3)]
    assert sorted(p.transport_sequence or 0 for p in packets) == [1, 2, 3]
    sound = [p for p in packets if p.payload_type == 63]
    assert len(sound) == 2
    assert [packet.audio_level for packet in sound] == [23, 23]


async def test_two_viewers_see_the_same_timestamps(stage: Stage) -> None:
    other = Transport()
    second = FrameSender(OutboundTrack(Codec.VP8, stage.feed, transport_counter()), other)
    stage.senders.append(second)
    await stage.sender(Codec.VP8).send(VIDEO)
    await second.send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0.5))
    one, two = await stage.transport.rtp(), await other.rtp()
    assert one.timestamp == two.timestamp
    assert one.ssrc != two.ssrc


async def test_large_frames_are_paced(stage: Stage) -> None:
    await stage.sender(Codec.VP8).send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0, data=b"x" * 1100 * 100))
    while not (await stage.transport.rtp()).marker:
        pass
    times = stage.transport.times
    assert len(times) > 90
    # Ten at once at most, then a millisecond's pause.
    assert all(later - first >= 0.0009 for first, later in zip(times, times[10:], strict=False))


async def test_answers_nacks_with_retransmissions(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0, data=b"x" * 3000))
    sent = [await stage.transport.rtp() for _ in range(3)]
    lost = [sent[0].sequence, sent[2].sequence, (sent[2].sequence + 9) & 0xFFFF]
    for data in rtcp.build_nack(VIEWER, sender._ssrc, lost):
        stage.hear(data)
    again = [await stage.transport.rtp() for _ in range(2)]
    assert [p.ssrc for p in again] == [sender._rtx_ssrc] * 2
    assert [p.payload_type for p in again] == [97, 97]
    assert [int.from_bytes(p.payload[:2], "big") for p in again] == lost[:2]
    assert [p.payload[2:] for p in again] == [sent[0].payload, sent[2].payload]
    assert [p.transport_sequence for p in again] == [4, 5]
    assert (sender.stats.nacks, sender.stats.retransmitted) == (3, 2)


async def test_nacks_of_others_are_not_ours(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    stage.hear(rtcp.build_nack(VIEWER, sender._ssrc ^ 1, [1])[0])
    assert sender.stats.nacks == 0


async def test_picture_loss_asks_the_source_for_a_key_frame(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    stage.hear(rtcp.build_pli(VIEWER, sender._ssrc))
    assert stage.source.key_requests == 1
    fir = bytes.fromhex("84ce0004") + VIEWER.to_bytes(4, "big") + bytes(4)
    stage.hear(fir + sender._ssrc.to_bytes(4, "big") + bytes.fromhex("01000000"))
    assert stage.source.key_requests == 2
    assert sender.stats.plis == 2


async def test_reports_the_clock_of_the_source(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    began = time.monotonic()
    await sender.send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0, data=b"x" * 100))
    report = rtcp.parse_rtcp(await stage.transport.rtcp())[0]
    assert time.monotonic() - began < 0.3
    assert isinstance(report, rtcp.SenderReportPacket)
    assert report.ssrc == sender._ssrc
    assert (report.packets, report.octets > 100) == (1, True)
    # RTP time and wall clock of the report are the same instant of the source.
    wall = report.ntp_64 / (1 << 32) - 2208988800
    offset = stage.feed.timestamp_offset(Kind.VIDEO)
    expected = round((wall - stage.source.started) * 90000) + offset
    assert abs((report.rtp_timestamp - expected + (1 << 31)) % (1 << 32) - (1 << 31)) <= 1
    assert abs(wall - time.time()) < 1


@pytest.mark.parametrize("step", [3618.0, -7172.0])
async def test_a_clock_that_is_set_does_not_move_the_media(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    wall = time.time
    await stage.sender(Codec.VP8).send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0))
    first = rtcp.parse_rtcp(await stage.transport.rtcp())[0]
    monkeypatch.setattr(time, "time", lambda: wall() + step)
    second = rtcp.parse_rtcp(await stage.transport.rtcp())[0]
    assert isinstance(first, rtcp.SenderReportPacket)
    assert isinstance(second, rtcp.SenderReportPacket)
    passed = (second.ntp_64 - first.ntp_64) / (1 << 32)
    assert passed == pytest.approx(1.0, abs=0.5)
    ticks = (second.rtp_timestamp - first.rtp_timestamp) & 0xFFFFFFFF
    assert ticks / 90000 == pytest.approx(passed, abs=0.001)


async def test_reports_about_every_second(stage: Stage) -> None:
    await stage.sender(Codec.VP8).send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0))
    await stage.transport.rtcp()
    first = time.monotonic()
    await stage.transport.rtcp()
    assert time.monotonic() - first == pytest.approx(1.0, abs=0.3)


async def test_keeps_what_receivers_report(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0))
    report = rtcp.parse_rtcp(await stage.transport.rtcp())[0]
    assert isinstance(report, rtcp.SenderReportPacket)
    block = rtcp.ReportBlock(
        ssrc=sender._ssrc,
        fraction_lost=64,
        lost=5,
        jitter=900,
        last_report=report.ntp_64 >> 16 & 0xFFFFFFFF,
        delay=0,
    )
    stage.hear(rtcp.build_receiver_report(VIEWER, [block]))
    stats = sender.stats
    assert (stats.reports, stats.fraction_lost, stats.packets_lost) == (1, 0.25, 5)
    assert stats.jitter == pytest.approx(0.01)
    assert stats.round_trip is not None
    assert 0 <= stats.round_trip < 1


async def test_counts_transport_wide_feedback(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    feedback = bytes.fromhex("8fcd0005") + VIEWER.to_bytes(4, "big")
    feedback += sender._ssrc.to_bytes(4, "big") + bytes.fromhex("0001 0001 000001 00 2001 0400")
    stage.hear(feedback)
    assert (sender.stats.feedback, sender.stats.nacks) == (1, 0)


async def test_a_paused_track_sends_nothing_and_lets_the_source_rest(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0))
    await stage.transport.rtp()
    sender.pause(True)
    assert not stage.feed.running
    sender.pause(False)
    assert stage.feed.running
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stage.sources.opened[1].put(frame(Codec.VP8, 0, key=False), frame(Codec.VP8, 0.04))
    offset = stage.feed.timestamp_offset(Kind.VIDEO)
    packet = await stage.transport.rtp()
    assert (packet.timestamp - offset) & 0xFFFFFFFF == 903_600


async def test_a_changed_ssrc_is_a_new_source_from_a_key_frame(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    stage.source.put(frame(Codec.VP8, 0))
    before = await stage.transport.rtp()
    sender.change_ssrc()
    assert stage.source.key_requests == 1
    stage.source.put(frame(Codec.VP8, 0.04, key=False), frame(Codec.VP8, 0.08))
    after = await stage.transport.rtp()
    assert after.ssrc != before.ssrc
    assert (after.timestamp - before.timestamp) & 0xFFFFFFFF != 7200
    stage.hear(rtcp.build_pli(VIEWER, after.ssrc))
    assert sender.stats.plis == 1
    stage.hear(rtcp.build_pli(VIEWER, before.ssrc))
    assert sender.stats.plis == 1


async def test_stopping_says_bye(stage: Stage) -> None:
    sender = stage.sender(Codec.VP8)
    await sender.send(VIDEO)
    ssrc = sender._ssrc
    await sender.stop()
    assert rtcp.parse_rtcp(await stage.transport.rtcp()) == [rtcp.Bye((ssrc,))]
    assert not stage.feed.running
