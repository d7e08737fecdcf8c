"""How a recorder gets what came of its stream, at once or later. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..model import EncodedFrame, Kind, PacketCounts, SenderReport
from .recorder import StreamRecorder

FRAME_MEMORY = 256
"""Bytes that a frame takes beside its data."""


def memory_of(frame: EncodedFrame) -> int:
    """Return the bytes that a frame takes."""
    return len(frame.data) + FRAME_MEMORY


class HandOver(NamedTuple):
    """Frames for a recorder, and what was known when they came."""

    frames: Sequence[EncodedFrame]
    reports: Mapping[Kind, SenderReport | None]
    packets: Mapping[Kind, PacketCounts]
    """Totals since the tracks began."""
    now: float
    """Monotonic seconds."""
    wall: float
    """Unix time."""

    @property
    def memory(self) -> int:
        """Bytes that its frames take."""
        return sum(map(memory_of, self.frames))

    def give(self, recorder: StreamRecorder) -> None:
        """Have a recorder write it."""
        if self.frames:
            recorder.write(self.frames, self.reports, self.now, self.wall)
        recorder.poll(self.now, self.wall)
        # Only now: packets of the frames with which a take begins are its own.
        recorder.count(self.packets)
