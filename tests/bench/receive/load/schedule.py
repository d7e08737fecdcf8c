"""When each packet of the loop leaves: bursts on a grid of 2 ms, as a page's pacer makes them."""

from __future__ import annotations

from typing import NamedTuple

from roomdeck.core.model import EncodedFrame, Kind
from roomdeck.core.publishing.packetize import PacketizerState, packetize

from .loop import SECONDS, Loop

TICK = 0.002
"""Seconds between two bursts."""
DELAY = {Kind.VIDEO: 0.0, Kind.AUDIO: 0.01}
"""Seconds after which each kind begins: a file begins with a key frame, and has no sound of
before it."""
_BURSTS = 5
"""Of one picture, at most."""


class Packet(NamedTuple):
    """A packet of the loop, before it belongs to a stream."""

    kind: Kind
    number: int
    """Counts the packets of its kind from the begin of the loop."""
    rtp_time: int
    """From the begin of the loop."""
    marker: bool
    begins: bool
    """Whether it is the first of its frame."""
    payload: bytes


class Schedule:
    """The loop in packets."""

    def __init__(self, loop: Loop) -> None:
        self.packets = {kind: _packets(frames) for kind, frames in loop.items()}
        """In the order of sending."""
        self.rtp_length = {
            kind: SECONDS * frames[0].codec.clock_rate for kind, frames in loop.items()
        }
        self.ticks: list[list[Packet]] = [[] for _ in range(round(SECONDS / TICK))]
        """What leaves at each tick of the loop."""
        for kind, frames in loop.items():
            self._place(kind, frames)

    def _place(self, kind: Kind, frames: list[EncodedFrame]) -> None:
        by_frame: dict[int, list[Packet]] = {}
        for packet in self.packets[kind]:
            by_frame.setdefault(packet.rtp_time, []).append(packet)
        for frame in frames:
            packets = by_frame[frame.rtp_time]
            first = round((frame.rtp_time / frame.codec.clock_rate + DELAY[kind]) / TICK)
            for index, packet in enumerate(packets):
                self.ticks[(first + _burst(index, len(packets))) % len(self.ticks)].append(packet)


def _burst(index: int, count: int) -> int:
    return index // -(-count // _BURSTS)


def _packets(frames: list[EncodedFrame]) -> list[Packet]:
    packets: list[Packet] = []
    for frame in frames:
        payloads = packetize(frame.codec, frame.data, state=PacketizerState())
        for index, payload in enumerate(payloads):
            packets.append(
                Packet(
                    kind=frame.codec.kind,
                    number=len(packets),
                    rtp_time=frame.rtp_time,
                    marker=frame.codec.kind is Kind.VIDEO and index == len(payloads) - 1,
                    begins=index == 0,
                    payload=payload,
                )
            )
    return packets
