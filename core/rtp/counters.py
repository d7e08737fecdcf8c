"""What a track counts while it runs."""

from __future__ import annotations

from ..model import TrackStats


class Counters:
    """The changing half of `TrackStats`, shared by the parts of one track.

    Always ``expected == received + recovered + lost`` + the packets still waited for.
    """

    __slots__ = (
        "bytes",
        "dropped_frames",
        "duplicates",
        "expected",
        "frames",
        "holes",
        "key_frames",
        "late",
        "lost",
        "malformed",
        "nacks",
        "plis",
        "received",
        "recovered",
        "too_long",
        "undecryptable",
        "unknown",
    )

    def __init__(self) -> None:
        """Start at zero."""
        self.expected = self.received = self.recovered = self.lost = 0
        self.duplicates = self.late = self.malformed = 0
        self.too_long = self.undecryptable = self.unknown = 0
        self.nacks = self.plis = self.bytes = 0
        self.frames = self.key_frames = self.dropped_frames = self.holes = 0

    def follow(self, packets: int, size: int) -> None:
        """So many packets came in order, with so many bytes of payload."""
        self.expected += packets
        self.received += packets
        self.bytes += size

    def snapshot(self, jitter: float) -> TrackStats:
        """The counters as they are now."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return TrackStats(**values, jitter=jitter)
