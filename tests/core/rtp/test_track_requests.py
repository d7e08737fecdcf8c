"""When a track asks for key frames, and what it reports."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec, Kind
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.rtcp import Nack, PictureLoss, ReceiverReportPacket
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .simulated_network import SSRC, VP8, receive, video_receiver
from .video import NTP, every, feed, feedback, flat, numbers, packets, plis, stream


class TestKeyFrameRequests:
    def test_until_the_first_key_frame(self) -> None:
        track = video_receiver()
        assert plis(track, every(0, 1)) == []  # nobody to ask yet
        feed(track, packets(0, 1), 1.0)
        assert plis(track, every(1.0, 2.0)) == pytest.approx(
            [1.1, 1.32, 1.54, 1.76, 1.98], abs=0.05
        )
        feed(track, packets(1, 4, key=True) + packets(2, 7), 2.0)
        assert plis(track, every(2.0, 5.0)) == []
        assert track.stats.plis == 5

    def test_not_while_a_key_frame_arrives(self) -> None:
        track = video_receiver()
        feed(track, packets(0, 1, key=True, count=30)[:20], pace=0.0)
        assert plis(track, every(0.0, 0.9)) == []
        assert plis(track, every(0.9, 1.9)) == pytest.approx([1.0], abs=0.05)

    def test_not_where_parameter_sets_come_first(self) -> None:
        track = TrackReceiver(Kind.VIDEO, {102: PayloadFormat(Codec.H264)}, 1)
        sets = b"\x78" + b"\x00\x04\x67\x42\xc0\x1e" + b"\x00\x02\x68\xcb"
        for sequence, payload in enumerate([sets, b"\x7c\x85\x88" + bytes(30)]):
            receive(track, RtpPacket(102, False, sequence, 0, 1, payload), 0.0)
        assert plis(track, every(0.0, 0.9)) == []

    def test_what_comes_before_a_picture_may_be_late(self) -> None:
        track = TrackReceiver(Kind.VIDEO, {102: PayloadFormat(Codec.H264)}, 1)
        sets = b"\x78" + b"\x00\x04\x67\x42\xc0\x1e" + b"\x00\x02\x68\xcb"
        picture = b"\x7c\x85\x88" + bytes(30)
        receive(track, RtpPacket(102, False, 1, 0, 1, picture), 0.0)
        receive(track, RtpPacket(102, False, 0, 0, 1, sets), 0.05)
        assert plis(track, every(0.06, 0.9)) == []
        assert track.stats.late == 0

    def test_after_a_loss_once_a_second(self) -> None:
        track = video_receiver()
        sent = flat(stream(8))
        out = feed(track, sent[:10] + sent[11:], pace=0.0)
        asked: list[float] = []
        for now in every(0.0, 5.0):
            out += track.poll(now)
            asked += plis(track, [now])
        # 0.4 s: the hole stays open; 1.5 s: it is given up.
        assert asked == pytest.approx([0.4, 1.5, 2.5, 3.5, 4.5], abs=0.08)
        assert numbers(out) == [0, 1, 2]
        feed(track, packets(20, sent[-1].sequence + 1, key=True), 5.0)
        track.poll(5.5)
        assert plis(track, every(5.5, 8.0)) == []

    def test_one_early_request_for_one_hole(self) -> None:
        track = video_receiver()
        sent = flat(stream(8))
        feed(track, sent[:10] + sent[11:], pace=0.0)
        assert plis(track, every(0.0, 1.5)) == pytest.approx([0.4], abs=0.03)

    def test_by_hand(self) -> None:
        track = video_receiver()
        feed(track, flat(stream(3)))
        assert plis(track, [1.0]) == []
        track.request_key_frame()
        assert plis(track, [1.02, 1.5, 2.5]) == [1.02]


class TestReports:
    def test_sender_report_before_the_first_packet(self) -> None:
        track = video_receiver()
        track.sender_report(SSRC, NTP, 0xFFFFFFFF, 0.0)
        assert track.last_report is None
        feed(track, flat(stream(3)), 1.0)
        report = track.last_report
        assert report is not None
        assert (report.ntp, report.rtp_time, report.arrival) == (1_700_000_000, -1, 0.0)

    def test_stats(self) -> None:
        track = video_receiver()
        sent = flat(stream(3))
        first = sent[0]
        sent[0] = RtpPacket(
            VP8, False, first.sequence, first.timestamp, SSRC, first.payload, audio_level=17
        )
        feed(track, [*sent, sent[4]])
        stats = track.stats
        assert stats.bytes == sum(len(p.payload) for p in sent)
        assert stats.duplicates == 1
        assert (track.levels(), track.levels()) == ([17], [])
        assert stats.jitter > 0
        assert track.last_packet_at == pytest.approx(0.09)


def test_all_is_sent_where_a_sender_report_is_newer_than_the_tick() -> None:
    """The system stamps what arrives while a tick is under way."""
    track = video_receiver()
    feed(track, [*packets(0, 1, key=True), *packets(1, 5)], 10.0)
    track.feedback(10.1)
    track.sender_report(SSRC, NTP, 0, 12.001)
    track.request_key_frame()
    sent = {type(packet) for packet in feedback(track, 12.0)}
    assert sent == {Nack, PictureLoss, ReceiverReportPacket}
