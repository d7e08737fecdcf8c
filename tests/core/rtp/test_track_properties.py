"""Any order, any loss, any packet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.rtcp import parse_rtcp
from roomdeck.core.rtp.rtx import wrap_rtx
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .simulated_network import RTX, RTX_SSRC, VIDEO_FORMATS, VP8, receive, video_receiver
from .video import VP9, feed, flat, numbers, stream


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[list[RtpPacket]], list[RtpPacket], set[int]]:
    """Frames sent, packets as they arrive, indices of those that never do."""
    count = draw(st.integers(2, 12))
    keys = draw(st.sets(st.integers(1, count - 1)))
    first = draw(st.sampled_from([0, 1, 65500, 65530, 65535]))
    frames = stream(count, {0, *keys}, first)
    sent = flat(frames)
    lost = draw(st.sets(st.integers(1, len(sent) - 1), max_size=6))
    kept = [p for n, p in enumerate(sent) if n not in lost]
    order = draw(st.permutations(kept[1:]))
    again = draw(st.lists(st.sampled_from(kept), max_size=5))
    return frames, [kept[0], *order, *again], lost


@given(journeys(), st.booleans())
def test_any_order_loss_and_duplicates(
    journey: tuple[list[list[RtpPacket]], list[RtpPacket], set[int]], repair: bool
) -> None:
    frames, arriving, lost = journey
    track = video_receiver()
    out = feed(track, arriving, pace=0.001)
    sent = flat(frames)
    for index in lost if repair else ():
        out += receive(track, wrap_rtx(sent[index], RTX, RTX_SSRC, index), 0.3)
    out += track.close(3.0)
    got = numbers(out)
    assert got == sorted(set(got))
    stats = track.stats
    assert stats.expected == stats.received + stats.recovered + stats.lost
    if repair or not lost:
        assert got == list(range(len(frames)))
        assert (stats.lost, stats.holes) == (0, 0)
    else:
        whole = {n for n in range(len(frames)) if not lost & {3 * n, 3 * n + 1, 3 * n + 2}}
        assert set(got) <= whole
        decodable, good = set[int](), True
        for n in range(len(frames)):
            good = n in whole and (good or n in keys_of(frames))
            decodable |= {n} if good else set()
        assert got == sorted(decodable)


def keys_of(frames: list[list[RtpPacket]]) -> set[int]:
    return {n for n, frame in enumerate(frames) if not frame[0].payload[1] & 1}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([VP8, RTX, VP9, 50]),
            st.booleans(),
            st.integers(0, 0xFFFF) | st.integers(0, 20),
            st.integers(0, 0xFFFFFFFF) | st.integers(0, 20),
            st.integers(1, 3),
            st.binary(max_size=12),
            st.sampled_from([0.0, 0.01, 0.3, 2.0]),
        ),
        max_size=50,
    )
)
def test_any_packets(steps: list[tuple[int, bool, int, int, int, bytes, float]]) -> None:
    formats = {**VIDEO_FORMATS, VP9: PayloadFormat(Codec.VP9)}
    track = TrackReceiver(Kind.VIDEO, formats, 1)
    now = 0.0
    frames: list[EncodedFrame] = []
    for payload_type, marker, sequence, timestamp, ssrc, payload, wait in steps:
        now += wait
        packet = RtpPacket(payload_type, marker, sequence, timestamp, ssrc, payload)
        frames += receive(track, packet, now)
        track.sender_report(ssrc, timestamp << 32, timestamp, now)
        frames += track.poll(now)
        for data in track.feedback(now):
            assert parse_rtcp(data)
    frames += track.close(now)
    stats = track.stats
    assert stats.frames == len(frames)
    assert stats.expected == stats.received + stats.recovered + stats.lost
