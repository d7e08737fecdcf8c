"""Redundant sound with padding, silence, loss and packets out of order."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.redundancy import RedBlock, build_red
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .simulated_network import OPUS, RED, SSRC

FORMATS = {RED: PayloadFormat(red=True), OPUS: PayloadFormat(codec=Codec.OPUS)}
TOC = b"\xf8"
"""One frame of 20 ms, mono (RFC 6716, 3.1)."""
TICKS = 960
OLDEST = 1 << 14
FIRST_SEQUENCE, FIRST_TIME = 65_500, 0xFFFFFFFF - 5000


class Sent(NamedTuple):
    packet: RtpPacket
    at: float
    """Seconds."""
    times: tuple[int, ...]
    """What is in it: ticks since the first one."""


class Moment(NamedTuple):
    pause: int
    """Packets of 20 ms that are left out before it, as in silence."""
    padding: int
    """Packets of padding only that follow it."""
    lost: tuple[bool, ...]
    delay: tuple[float, ...]
    """Of it and its padding."""


# The oldest copy is 0.34 s older than what brings it; after half a second nothing is waited for.
moments = st.builds(
    Moment,
    st.sampled_from([0, 0, 0, 0, 0, 0, 1, 3, 12]),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.tuples(*[st.sampled_from([False, False, True])] * 3),
    st.tuples(*[st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.12])] * 3),
)


def payload(time: int) -> bytes:
    return TOC + time.to_bytes(4, "big")


def send(line: Sequence[Moment], backs: Sequence[int], wire: int) -> list[Sent]:
    """The packets of a sender that repeats those so many before each."""
    sent: list[Sent] = []
    before: list[int] = []
    time, sequence = 0, FIRST_SEQUENCE

    def put(kind: int, data: bytes, times: tuple[int, ...]) -> None:
        nonlocal sequence
        stamp = (FIRST_TIME + time) & 0xFFFFFFFF
        packet = RtpPacket(kind, False, sequence & 0xFFFF, stamp, SSRC, data)
        sent.append(Sent(packet, time / 48000, times))
        sequence += 1

    for number, moment in enumerate(line):
        time += TICKS * (1 + moment.pause) if number else 0
        copies = [before[-back] for back in sorted(backs, reverse=True) if back <= len(before)]
        copies = [copy for copy in copies if time - copy < OLDEST]
        blocks = [RedBlock(OPUS, time - copy, payload(copy)) for copy in copies]
        put(RED, build_red([*blocks, RedBlock(OPUS, 0, payload(time))]), (*copies, time))
        for _ in range(moment.padding):
            put(wire, b"", ())
        before.append(time)
    return sent


def fates(line: Sequence[Moment]) -> list[tuple[bool, float]]:
    return [(moment.lost[n], moment.delay[n]) for moment in line for n in range(1 + moment.padding)]


def receive(arrivals: list[tuple[float, int, RtpPacket]]) -> tuple[TrackReceiver, list[int]]:
    """Feed packets as they arrive, with the clock going on; return the times that come out."""
    track = TrackReceiver(Kind.AUDIO, FORMATS, 1)
    frames: list[EncodedFrame] = []
    heapq.heapify(arrivals)
    now = end = 0.0
    while arrivals or now < end + 2:
        now += 0.02
        while arrivals and arrivals[0][0] <= now:
            end, _, packet = heapq.heappop(arrivals)
            track.receive([(packet, end)], frames)
        frames += track.poll(now)
    frames += track.close(now)
    assert all(frame.data == payload(frame.rtp_time - FIRST_TIME) for frame in frames)
    return track, [frame.rtp_time - FIRST_TIME for frame in frames]


@settings(max_examples=150)
@given(
    line=st.lists(moments, min_size=3, max_size=60),
    backs=st.sets(st.integers(1, 6), max_size=4),
    wire=st.sampled_from([RED, OPUS]),
    twice=st.booleans(),
)
def test_what_came_once_is_there_once(
    line: list[Moment], backs: set[int], wire: int, twice: bool
) -> None:
    sent = send(line, sorted(backs), wire)
    arrivals: list[tuple[float, int, RtpPacket]] = []
    there: set[int] = set()
    for number, (one, (lost, delay)) in enumerate(zip(sent, fates(line), strict=True)):
        lost = lost and number > 0  # the first one begins the track
        if not lost:
            at = one.at + (delay if number else 0)
            there.update(one.times)
            arrivals.append((at, number, one.packet))
            if twice:
                arrivals.append((at + 0.03, number, one.packet))
    track, out = receive(arrivals)
    assert out == sorted(there)
    stats = track.stats
    assert stats.expected == stats.received + stats.recovered + stats.lost


@pytest.mark.parametrize("backs", [(1,), (2,), (1, 2), (3, 1)])
def test_copies_do_not_wait(backs: tuple[int, ...]) -> None:
    """With the packet that has the last of them, everything before it is let out."""
    line = [Moment(0, n % 2, (False,) * 3, (0.0,) * 3) for n in range(20)]
    sent = send(line, backs, OPUS)
    lost = next(n for n, one in enumerate(sent) if one.times[-1:] == (9 * TICKS,))
    track = TrackReceiver(Kind.AUDIO, FORMATS, 1)
    frames: list[EncodedFrame] = []
    out: list[int] = []
    there: set[int] = set()
    for number, one in enumerate(sent):
        if number in (lost, lost + 1):  # and the padding behind it
            continue
        track.receive([(one.packet, one.at)], frames)
        there.update(one.times)
        frames += track.poll(one.at)
        out = [frame.rtp_time - FIRST_TIME for frame in frames]
        waits = 9 * TICKS not in there and one.at > 9 / 50
        assert waits or one.at < 0.1 or out == sorted(there)
    assert len(out) == 20
    assert not any(frame.hole for frame in frames)


def test_padding_that_is_lost_is_no_hole() -> None:
    line = [Moment(0, 1, (False, n == 5, False), (0.0,) * 3) for n in range(10)]
    sent = send(line, [], OPUS)
    arrivals = [
        (one.at, n, one.packet)
        for n, (one, (lost, _)) in enumerate(zip(sent, fates(line), strict=True))
        if not lost
    ]
    track, out = receive(arrivals)
    assert out == [n * TICKS for n in range(10)]
    assert (track.stats.holes, track.stats.lost) == (0, 1)
