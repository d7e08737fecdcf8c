"""Packets of numbered video frames, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable

from roomdeck.core.model import EncodedFrame
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.rtcp import PictureLoss, RtcpPacket, parse_rtcp
from roomdeck.core.rtp.track import TrackReceiver

from .simulated_network import SSRC, VP8, receive, vp8_frame, vp8_payloads

VP9 = 98
NTP = (2208988800 + 1_700_000_000) << 32


def packets(
    number: int,
    sequence: int,
    *,
    key: bool = False,
    count: int = 3,
    ssrc: int = SSRC,
    timestamp: int | None = None,
) -> list[RtpPacket]:
    """One frame in ``count`` packets."""
    payloads = vp8_payloads(
        vp8_frame(number, key, 100 * count - 14 if key else 100 * count - 7), 100
    )
    assert len(payloads) == count
    return [
        RtpPacket(
            VP8,
            index == count - 1,
            (sequence + index) & 0xFFFF,
            (3000 * number if timestamp is None else timestamp) & 0xFFFFFFFF,
            ssrc,
            payload,
        )
        for index, payload in enumerate(payloads)
    ]


def stream(frames: int, keys: Iterable[int] = (0,), first: int = 65530) -> list[list[RtpPacket]]:
    keys = set(keys)
    return [packets(n, first + 3 * n, key=n in keys) for n in range(frames)]


def flat(frames: Iterable[list[RtpPacket]]) -> list[RtpPacket]:
    return [packet for frame in frames for packet in frame]


def feed(
    track: TrackReceiver, sent: Iterable[RtpPacket], start: float = 0.0, pace: float = 0.01
) -> list[EncodedFrame]:
    out: list[EncodedFrame] = []
    for index, packet in enumerate(sent):
        out += receive(track, packet, start + pace * index)
    return out


def numbers(frames: Iterable[EncodedFrame]) -> list[int]:
    """Which frames these are; their bytes must be right."""
    result: list[int] = []
    for frame in frames:
        start = 10 if frame.key else 3
        number = int.from_bytes(frame.data[start : start + 4], "big")
        assert frame.data == vp8_frame(number, frame.key, len(frame.data) - start - 4)
        result.append(number)
    return result


def feedback(track: TrackReceiver, now: float) -> list[RtcpPacket]:
    return [packet for data in track.feedback(now) for packet in parse_rtcp(data)]


def plis(track: TrackReceiver, times: Iterable[float]) -> list[float]:
    return [now for now in times if any(isinstance(p, PictureLoss) for p in feedback(track, now))]


def every(start: float, end: float, step: float = 0.02) -> list[float]:
    return [start + step * n for n in range(round((end - start) / step))]
