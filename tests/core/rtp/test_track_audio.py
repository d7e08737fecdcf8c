"""Audio through one track: every packet is a frame, redundancy fills holes."""

from __future__ import annotations

import random

import pytest

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.redundancy import RedBlock, build_red
from roomdeck.core.rtp.rtcp import Nack, parse_rtcp
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .simulated_network import OPUS, RED, SSRC, receive

PCMU, TONES = 0, 126
FORMATS = {
    RED: PayloadFormat(red=True),
    OPUS: PayloadFormat(codec=Codec.OPUS),
    PCMU: PayloadFormat(codec=Codec.PCMU),
    TONES: PayloadFormat(),
}
FIRST = 65533
START = 0xFFFFFFFF - 2000


def payload(number: int) -> bytes:
    return number.to_bytes(4, "big") + b"opus" * (number % 5)


def opus(number: int) -> RtpPacket:
    return RtpPacket(
        OPUS,
        False,
        (FIRST + number) & 0xFFFF,
        (START + 960 * number) & 0xFFFFFFFF,
        SSRC,
        payload(number),
    )


def red(number: int, distance: int = 1) -> RtpPacket:
    copies = [RedBlock(OPUS, 960 * back, payload(number - back)) for back in range(distance, 0, -1)]
    packet = opus(number)
    data = build_red([*copies, RedBlock(OPUS, 0, payload(number))])
    return RtpPacket(RED, False, packet.sequence, packet.timestamp, SSRC, data)


def receiver() -> TrackReceiver:
    return TrackReceiver(Kind.AUDIO, FORMATS, 1)


def feed(track: TrackReceiver, packets: list[RtpPacket], start: float = 0.0) -> list[EncodedFrame]:
    out: list[EncodedFrame] = []
    for index, packet in enumerate(packets):
        out += receive(track, packet, start + index * 0.02)
    return out


def numbers(frames: list[EncodedFrame]) -> list[int]:
    result: list[int] = []
    for frame in frames:
        number = int.from_bytes(frame.data[:4], "big")
        assert frame.data == payload(number)
        assert frame.rtp_time == START + 960 * number
        assert frame.key
        result.append(number)
    return result


def test_every_packet_is_a_frame() -> None:
    track = receiver()
    assert numbers(feed(track, [opus(n) for n in range(20)])) == list(range(20))
    assert track.codec is Codec.OPUS


def test_packets_before_the_first_to_arrive() -> None:
    track = receiver()
    out = [f for n in (2, 0, 1, 3) for f in receive(track, opus(n), 0.0)]
    assert numbers(out + track.poll(0.1)) == [0, 1, 2, 3]


def test_hole_is_given_up_after_half_a_second() -> None:
    track = receiver()
    out = feed(track, [opus(n) for n in range(20) if n != 10])
    assert numbers(out) == list(range(10))
    assert track.feedback(0.4) == []
    out += track.poll(0.71)
    assert numbers(out) == [n for n in range(20) if n != 10]
    assert [f.hole for f in out] == [n == 11 for n in range(20) if n != 10]
    assert (track.stats.lost, track.stats.holes, track.stats.plis) == (1, 1, 0)


@pytest.mark.parametrize("distance", [1, 2])
def test_redundancy_fills_the_hole_in_order(distance: int) -> None:
    track = receiver()
    sent = [red(n, min(n, distance)) for n in range(41)]
    kept = [p for n, p in enumerate(sent) if n % 7 not in range(3, 3 + distance)]
    out = feed(track, kept)
    assert numbers(out) == list(range(41))
    assert not any(f.hole for f in out)
    lost = 41 - len(kept)
    stats = track.stats
    assert (stats.recovered, stats.received, stats.expected) == (lost, 41 - lost, 41)


def test_redundancy_at_5_percent_loss() -> None:
    track, chance = receiver(), random.Random(5)
    sent = [red(n, min(n, 1)) for n in range(3000)]
    out: list[EncodedFrame] = []
    for number, packet in enumerate(sent):
        if chance.random() >= 0.05 or number == 0:
            out += receive(track, packet, number * 0.02)
        out += track.poll(number * 0.02 + 0.01)
    out += track.close(61.0)
    got = numbers(out)
    assert got == sorted(set(got))
    assert len(got) >= 2985
    assert track.stats.lost == 3000 - len(got)


def test_copies_that_are_not_needed_are_no_duplicates() -> None:
    track = receiver()
    feed(track, [red(n, min(n, 1)) for n in range(20)])
    assert (track.stats.duplicates, track.stats.late, track.stats.recovered) == (0, 0, 0)


def test_copies_of_what_was_sent_before_the_first_packet_are_not_taken() -> None:
    track = receiver()
    out = feed(track, [red(n) for n in range(1, 11)])
    assert numbers(out) == list(range(1, 11))
    assert (track.stats.expected, track.stats.recovered) == (10, 0)


def test_malformed_redundancy_costs_one_frame() -> None:
    track = receiver()
    sent = [red(n, 0) for n in range(10)]
    good = sent[4]
    for bad in (b"\xff", build_red([RedBlock(99, 0, b"x")]), build_red([RedBlock(RED, 0, b"x")])):
        sent[4] = RtpPacket(RED, False, good.sequence, good.timestamp, SSRC, bad)
        track = receiver()
        assert numbers(feed(track, sent)) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        assert (track.stats.malformed, track.stats.lost) == (1, 0)


def test_tones_have_sequence_numbers_but_make_no_frames() -> None:
    track = receiver()
    tone = RtpPacket(TONES, False, FIRST + 1, START, SSRC, b"tone")
    out = feed(track, [opus(0), tone, opus(2), opus(3)])
    assert numbers(out + track.poll(0.2)) == [0, 2, 3]
    assert (track.stats.lost, track.stats.malformed) == (0, 0)


def test_nack_where_it_was_negotiated() -> None:
    track = TrackReceiver(Kind.AUDIO, {OPUS: PayloadFormat(Codec.OPUS, nack=True)}, 1)
    out = feed(track, [opus(n) for n in range(20) if n != 10])
    asked = [p for data in track.feedback(0.4) for p in parse_rtcp(data) if isinstance(p, Nack)]
    assert [p.sequences for p in asked] == [(opus(10).sequence,)]
    assert track.poll(1.0) == []
    out += receive(track, opus(10), 1.2)
    assert numbers(out) == list(range(20))


def test_another_clock_rate_is_a_new_epoch() -> None:
    track = receiver()
    feed(track, [opus(n) for n in range(10)])
    packet = RtpPacket(PCMU, False, opus(10).sequence, 160, SSRC, b"u" * 160)
    (frame,) = receive(track, packet, 0.2)
    assert (frame.codec, frame.epoch, frame.rtp_time) == (Codec.PCMU, 1, 160)
