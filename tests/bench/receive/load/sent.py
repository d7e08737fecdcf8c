"""What each stream sent, in the format of ``roomdeck publish --sent``."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from roomdeck.core.model import Kind
from roomdeck.core.recording.sentlog import SentFrame, sent_frame

from .loop import SECONDS, Loop


class SentLogs:
    """The lists of all streams, which send the same frames."""

    def __init__(self, loop: Loop) -> None:
        self._once = {kind: [sent_frame(frame) for frame in loop[kind]] for kind in loop}

    def write(self, path: Path, counts: Mapping[Kind, int]) -> None:
        """Write so many frames of each kind in the order of their times."""
        kinds = (self._sent(kind, count) for kind, count in counts.items())
        frames = heapq.merge(*kinds, key=lambda frame: frame.rtp / frame.codec.clock_rate)
        path.write_bytes(b"".join(msgspec.json.encode(frame) + b"\n" for frame in frames))

    def _sent(self, kind: Kind, count: int) -> Iterator[SentFrame]:
        """The first ``count`` frames, from the loop's begin again where it ends."""
        once = self._once[kind]
        length = SECONDS * once[0].codec.clock_rate
        for index in range(count):
            rounds, place = divmod(index, len(once))
            yield msgspec.structs.replace(once[place], rtp=once[place].rtp + rounds * length)
