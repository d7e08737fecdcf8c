"""Video through one track: frames, holes and repairs."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.rtcp import Nack
from roomdeck.core.rtp.rtx import wrap_rtx
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .simulated_network import RTX, RTX_SSRC, SSRC, VIDEO_FORMATS, VP8, receive, video_receiver
from .video import feed, feedback, flat, numbers, packets, stream


class TestFrames:
    def test_one_after_the_other(self) -> None:
        track = video_receiver()
        out = feed(track, flat(stream(5)))
        assert numbers(out) == [0, 1, 2, 3]
        assert [f.rtp_time for f in out] == [0, 3000, 6000, 9000]
        assert [f.key for f in out] == [True, False, False, False]
        assert (out[0].width, out[0].height, out[1].width) == (640, 360, 0)
        assert out[0].arrival == pytest.approx(0.02)
        assert not any(f.hole or f.epoch for f in out)
        assert track.stats.frames == 4
        assert track.stats.key_frames == 1

    @pytest.mark.parametrize("late", [0.05, 0.28])
    def test_a_key_frame_that_a_stream_begins_with_may_come_in_disorder(self, late: float) -> None:
        track = video_receiver()
        first, *rest = flat(stream(30))
        before = [packet for n, packet in enumerate(rest, 1) if 0.01 * n < late]
        out = feed(track, before, 0.01)
        out += receive(track, first, late)
        out += feed(track, rest[len(before) :], late + 0.005)
        assert numbers(out) == list(range(29))
        assert track.stats.plis == 0

    def test_last_frame_after_its_marker(self) -> None:
        track = video_receiver()
        out = feed(track, flat(stream(2)))
        assert track.poll(0.2) == []
        assert numbers(out + track.poll(0.26)) == [0, 1]
        assert track.poll(9.0) == []

    def test_a_frame_without_an_end_is_given_up(self) -> None:
        """Its packets follow each other: nothing else would stop it from filling memory."""
        track = video_receiver()
        feed(track, packets(0, 1, key=True), pace=0.0)
        endless = [
            RtpPacket(VP8, False, 4 + n, 3000, SSRC, b"\x10\x11" + bytes(15_990))
            for n in range(1100)
        ]
        feed(track, endless, 0.1, pace=0.0001)
        assert track.stats.malformed == 1
        out = feed(track, [*packets(2, 1104), *packets(3, 1107, key=True)], 1.0, pace=0.0)
        assert numbers(out + track.poll(2.0)) == [3]

    def test_last_frame_without_marker_is_not_complete(self) -> None:
        track = video_receiver()
        out = feed(track, flat(stream(2))[:-1])
        assert numbers(out + track.poll(9.0) + track.close(9.0)) == [0]

    def test_close_lets_the_last_frame_out(self) -> None:
        track = video_receiver()
        out = feed(track, flat(stream(2)))
        assert numbers(out + track.close(0.06)) == [0, 1]

    def test_timestamp_wraps(self) -> None:
        track = video_receiver()
        start = 0xFFFFFFFF - 4000
        sent = [packets(n, 3 * n, key=n == 0, timestamp=start + 3000 * n) for n in range(4)]
        out = feed(track, flat(sent))
        assert [f.rtp_time for f in out] == [start, start + 3000, start + 6000]

    def test_markers_in_the_middle_are_found_out(self) -> None:
        track = video_receiver()
        sent = flat(stream(30, keys=range(30), first=0))
        wrong = [
            RtpPacket(p.payload_type, True, p.sequence, p.timestamp, p.ssrc, p.payload)
            for p in sent
        ]
        out = feed(track, wrong[:31])
        out += track.poll(0.6)
        # A packet is lost after a marker that lies: nothing half may come out.
        out += feed(track, wrong[32:], 0.62)
        out += track.close(4.0)
        assert numbers(out) == [n for n in range(29) if n != 10]

    def test_marker_before_a_hole_is_not_believed_in_haste(self) -> None:
        track = video_receiver()
        sent = flat(stream(2, first=0))
        first = RtpPacket(VP8, True, 0, 0, SSRC, sent[0].payload)
        out = feed(track, [first, *sent[2:]])
        assert track.poll(0.4) == []
        out += receive(track, wrap_rtx(sent[1], RTX, RTX_SSRC, 1), 0.5)
        assert numbers(out) == [0]

    def test_frame_that_goes_on_after_it_was_let_out(self) -> None:
        track = video_receiver()
        frames = stream(5, keys=(0, 3), first=0)
        first, *rest = frames[0]
        feed(track, [RtpPacket(VP8, True, 0, 0, SSRC, first.payload)])
        assert len(track.poll(0.3)) == 1  # nothing tells that it is only a part
        out = feed(track, [*rest, *flat(frames[1:])], 0.3) + track.close(1.0)
        assert numbers(out) == [3]
        assert out[0].hole
        assert track.stats.malformed == 1

    def test_padding_only_packets_make_no_frames(self) -> None:
        track = video_receiver()
        sent = stream(4, first=0)
        padding = RtpPacket(VP8, False, 6, 3000, SSRC, b"")
        later = [packets(2, 7), packets(3, 10)]
        out = feed(track, [*flat(sent[:2]), padding, *flat(later)]) + track.close(1.0)
        assert numbers(out) == [0, 1, 2, 3]
        assert track.stats.lost == 0

    def test_starts_at_a_key_frame(self) -> None:
        track = video_receiver()
        sent = flat(stream(6, keys=(3,)))
        out = feed(track, sent[1:]) + track.close(1.0)
        assert numbers(out) == [3, 4, 5]
        stats = track.stats
        assert (stats.dropped_frames, stats.holes, out[0].hole) == (2, 0, False)

    def test_malformed_frame_is_a_hole(self) -> None:
        track = video_receiver()
        sent = stream(6, keys=(0, 4), first=0)
        bad = sent[2][0]
        sent[2][0] = RtpPacket(VP8, False, bad.sequence, bad.timestamp, SSRC, b"\x90\x80\x80")
        sent[2] = [
            sent[2][0],
            *[
                RtpPacket(VP8, p.marker, p.sequence, p.timestamp, SSRC, b"\x80")
                for p in sent[2][1:]
            ],
        ]
        out = feed(track, flat(sent)) + track.close(1.0)
        assert numbers(out) == [0, 1, 4, 5]
        assert [f.hole for f in out] == [False, False, True, False]
        assert (track.stats.malformed, track.stats.holes, track.stats.dropped_frames) == (1, 1, 1)


class TestLoss:
    def test_repair_by_rtx_whose_ssrc_nobody_announced(self) -> None:
        track = video_receiver()
        sent = flat(stream(5))
        out = feed(track, sent[:4] + sent[5:])
        resent = wrap_rtx(sent[4], RTX, 0xDEAD, 1)
        out += receive(track, resent, 0.3)
        out += receive(track, resent, 0.31)
        assert numbers(out) == [0, 1, 2, 3]
        stats = track.stats
        assert (stats.recovered, stats.received, stats.expected) == (1, 14, 15)
        assert (stats.lost, stats.duplicates, stats.holes) == (0, 0, 0)
        assert out[1].arrival == 0.3

    def test_repair_by_plain_resend(self) -> None:
        track = TrackReceiver(Kind.VIDEO, {VP8: PayloadFormat(Codec.VP8, nack=True)}, 1)
        sent = flat(stream(5))
        out = feed(track, sent[:4] + sent[5:])
        assert [p.sequences for p in feedback(track, 0.3) if isinstance(p, Nack)] == [
            (sent[4].sequence,)
        ]
        out += receive(track, sent[4], 0.4)
        assert numbers(out) == [0, 1, 2, 3]
        assert (track.stats.recovered, track.stats.received, track.stats.nacks) == (1, 14, 1)

    def test_nack_is_not_sent_unless_negotiated(self) -> None:
        track = TrackReceiver(Kind.VIDEO, {VP8: PayloadFormat(Codec.VP8)}, 1)
        sent = flat(stream(5))
        out = feed(track, sent[:4] + sent[5:])
        assert not [p for p in feedback(track, 0.3) if isinstance(p, Nack)]
        out += track.poll(0.6)
        assert track.stats.lost == 1

    @pytest.mark.parametrize("lost", [1, 2, 3, 4, 5, 6, 7])
    @pytest.mark.parametrize("at", [6, 7, 8, 9])
    def test_hole_then_next_key_frame(self, at: int, lost: int) -> None:
        """Also where exactly whole frames are lost, and nothing but numbers tells so."""
        track = video_receiver()
        sent = flat(stream(12, keys=(0, 8)))
        out = feed(track, sent[:at] + sent[at + lost :])
        assert numbers(out) == list(range((at - 1) // 3))  # the rest is held back
        out += track.poll(3.0) + track.close(3.0)
        whole = at // 3
        assert numbers(out) == [*range(whole), 8, 9, 10, 11]
        assert [f.hole for f in out] == [f.key and f.rtp_time > 0 for f in out]
        stats = track.stats
        broken = {n // 3 for n in range(at, at + lost)}
        assert (stats.lost, stats.holes, stats.frames) == (lost, 1, len(out))
        assert stats.dropped_frames == len(set(range(8)) - broken - set(range(whole)))

    def test_without_key_frames_only(self) -> None:
        track = TrackReceiver(Kind.VIDEO, VIDEO_FORMATS, 1, key_frames_only_after_loss=False)
        sent = flat(stream(8))
        out = feed(track, sent[:10] + sent[11:]) + track.close(3.0)
        assert numbers(out) == [0, 1, 2, 4, 5, 6, 7]
        assert [f.hole for f in out] == [False, False, False, True, False, False, False]

    def test_key_frame_without_its_first_packet_is_none(self) -> None:
        track = video_receiver()
        sent = flat(stream(12, keys=(0, 4, 8)))
        out = feed(track, sent[:12] + sent[13:]) + track.close(3.0)
        assert numbers(out) == [0, 1, 2, 3, 8, 9, 10, 11]

    def test_h264_key_frame_needs_its_parameter_sets_after_a_hole(self) -> None:
        track = TrackReceiver(Kind.VIDEO, {102: PayloadFormat(Codec.H264)}, 1)
        sps = bytes.fromhex("6742c01ed900a02ff970110000030001000003003c0f162e48")
        pps, idr, p = bytes.fromhex("68cb83cb20"), b"\x65\x88" + bytes(30), b"\x41\x9a" + bytes(30)
        sequence = 0
        out: list[EncodedFrame] = []
        for number, nals in enumerate([(sps, pps, idr), (p,), (sps, pps, idr), (p,)] * 2):
            for index, nal in enumerate(nals):
                last = index == len(nals) - 1
                packet = RtpPacket(102, last, sequence, 3000 * number, SSRC, nal)
                if sequence != 4:  # the parameter set of the second key frame
                    out += receive(track, packet, sequence / 100)
                sequence += 1
        out += track.close(3.0)
        assert [f.rtp_time // 3000 for f in out] == [0, 1, 4, 5, 6, 7]
        assert [f.hole for f in out] == [False, False, True, False, False, False]

    def test_rtx_of_another_time_is_ignored(self) -> None:
        track = video_receiver()
        sent = flat(stream(5))
        feed(track, sent[:4] + sent[5:])
        p = sent[4]
        foreign = RtpPacket(VP8, False, p.sequence, 0x70000000, SSRC, b"\x10wrong")
        assert receive(track, wrap_rtx(foreign, RTX, RTX_SSRC, 1), 0.3) == []
        assert track.stats.recovered == 0

    def test_probes(self) -> None:
        track = video_receiver()
        receive(track, RtpPacket(RTX, False, 1, 0, RTX_SSRC, b""), 0.0)
        sent = flat(stream(5))
        out = feed(track, sent)
        for packet in sent[:3]:
            out += receive(track, wrap_rtx(packet, RTX, RTX_SSRC, 1), 0.2)
        out += receive(track, RtpPacket(RTX, False, 9, 9, RTX_SSRC, b""), 0.2)
        assert numbers(out) == [0, 1, 2, 3]
        assert (track.stats.duplicates, track.stats.recovered, track.stats.malformed) == (0, 0, 0)
