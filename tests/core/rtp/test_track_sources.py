"""A track whose SSRC, codec or numbers change."""

from __future__ import annotations

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .simulated_network import SSRC, VIDEO_FORMATS, VP8, receive, video_receiver
from .video import NTP, VP9, feed, flat, numbers, packets, stream


class TestSources:
    def test_new_ssrc_is_a_new_epoch(self) -> None:
        track = video_receiver()
        out = feed(track, flat(stream(3)))
        new = [packets(50 + n, 9 + 3 * n, key=n == 1, ssrc=7, timestamp=3000 * n) for n in range(4)]
        out += feed(track, flat(new), 0.09, pace=0.02)
        out += track.poll(0.6) + track.poll(0.9)
        assert numbers(out) == [0, 1, 2, 51, 52, 53]
        assert [(f.epoch, f.rtp_time) for f in out[2:4]] == [(0, 6000), (1, 3000)]
        assert track.media_ssrc == 7
        assert track.stats.expected == track.stats.received == 21

    def test_foreign_packets_do_not_disturb(self) -> None:
        track = video_receiver()
        sent = flat(stream(10))
        out: list[EncodedFrame] = []
        for index, packet in enumerate(sent):
            out += receive(track, packet, index / 100)
            out += receive(track, RtpPacket(VP8, True, index * 7, 5, 99, b"\x10abc"), index / 100)
        assert numbers(out) == list(range(9))
        assert track.media_ssrc == SSRC

    def test_stragglers_of_the_old_ssrc_do_not_switch_back(self) -> None:
        track = video_receiver()
        old = flat(stream(6))
        feed(track, old[:9])
        new = flat(packets(50 + n, 9 + 3 * n, key=n == 0, ssrc=7) for n in range(8))
        out = feed(track, new, 0.1, pace=0.03)
        out += feed(track, old[9:], 0.9) + track.poll(1.3)
        assert numbers(out)[-8:] == list(range(50, 58))
        assert track.media_ssrc == 7

    def test_codec_change(self) -> None:
        formats = {**VIDEO_FORMATS, VP9: PayloadFormat(Codec.VP9)}
        track = TrackReceiver(Kind.VIDEO, formats, 1)
        feed(track, flat(stream(3, first=0)))
        # RFC 9628 descriptor B=1 E=1; a profile 0 key frame of 16x16, then one that is none.
        key = b"\x0c" + bytes.fromhex("8249834200 00f0 00f6 00".replace(" ", "")) + bytes(20)
        other = b"\x4c" + b"\x86" + bytes(20)
        sent = [
            RtpPacket(VP9, True, 9 + n, 9000 + 3000 * n, SSRC, payload)
            for n, payload in enumerate([other, key, other, other])
        ]
        out = feed(track, sent, 0.1) + track.close(1.0)
        assert [(f.codec, f.key) for f in out] == [
            (Codec.VP8, False),
            (Codec.VP9, True),
            (Codec.VP9, False),
            (Codec.VP9, False),
        ]
        assert not any(f.hole for f in out)
        assert track.codec is Codec.VP9
        assert {f.epoch for f in out} == {0}

    def test_same_ssrc_with_another_clock(self) -> None:
        track = video_receiver()
        out = feed(track, flat(stream(3, first=40000)))
        track.sender_report(SSRC, NTP, 3000, 0.1)
        assert track.last_report is not None
        again = [packets(9 + n, 3 * n, key=n == 0, timestamp=10**9 + 3000 * n) for n in range(3)]
        out += feed(track, flat(again), 0.2) + track.close(1.0)
        assert numbers(out) == [0, 1, 2, 9, 10, 11]
        assert [f.epoch for f in out] == [0, 0, 0, 1, 1, 1]
        assert track.last_report.epoch == 0

    def test_outage_keeps_the_clock(self) -> None:
        track = video_receiver()
        out = feed(track, flat(stream(3)))
        later = flat(packets(1500 + n, 65530 + 4500 + 3 * n, key=n == 0) for n in range(3))
        out += feed(track, later, 50.0) + track.close(60.0)
        assert numbers(out) == [0, 1, 2, 1500, 1501, 1502]
        assert [f.epoch for f in out] == [0] * 6
        assert out[3].hole
        assert track.stats.lost == 4500 - 9

    def test_unknown_payload_types(self) -> None:
        track = video_receiver()
        assert receive(track, RtpPacket(50, True, 1, 1, 1, b"x"), 0.0) == []
        assert track.media_ssrc is None
        sent = flat(stream(2, first=0))
        strange = RtpPacket(50, False, 6, 9, SSRC, b"x")
        out = feed(track, [*sent, strange, *packets(2, 7)]) + track.close(1.0)
        assert numbers(out) == [0, 1, 2]
        assert (track.stats.unknown, track.stats.malformed) == (2, 0)
