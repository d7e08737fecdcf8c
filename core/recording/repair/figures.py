"""What a file really holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from av.error import FFmpegError

from ...errors import RecordingError
from ...model import Codec, Kind
from ...rtp.bitstream import frame_size
from ...rtp.bitstream.sound import TICKS, channels
from ..check.demux import CODECS
from ..container.formats import area
from ..lengths import length_size, start_codes
from ..reading import open_media


class Figures:
    """Of one track; seconds as the container has them."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.frames = 0
        self.first = self.end = 0.0
        self.channels = 0
        self.size = self.largest = (0, 0)
        """Pixels of the last key frame, and most."""
        self._last: float | None = None

    def add(self, data: bytes, time: float, key: bool) -> None:
        """Count a frame."""
        if not self.frames:
            self.first = time
        self.frames += 1
        if self.codec.kind is Kind.AUDIO:
            ticks = TICKS[self.codec](data)
            self.end = max(self.end, time + ticks / self.codec.clock_rate)
            self.channels = max(self.channels, channels(self.codec, data))
            return
        # How long a picture is shown nobody says: as long as the one before it.
        usual = 1 / 30 if self._last is None else min(max(time - self._last, 0.0), 1.0)
        self.end, self._last = max(self.end, time + usual), time
        if key and (size := frame_size(self.codec, data)):
            self.size = size
            self.largest = max(self.largest, size, key=area)


class Held(NamedTuple):
    """What a file holds; there is at least one frame."""

    tracks: Mapping[Kind, Figures]

    def seconds(self, starts: Mapping[Kind, float]) -> tuple[float, dict[Kind, float]]:
        """Return how long it is from its time zero on, and when each track begins.

        Args:
            starts: When tracks begin, as far as that was known when the file began: a container
                may have moved all times together.
        """
        lead = Kind.VIDEO if Kind.VIDEO in self.tracks else Kind.AUDIO
        zero = self.tracks[lead].first - starts.get(lead, 0.0)
        begins = {kind: round(one.first - zero, 6) for kind, one in self.tracks.items()}
        return max(one.end for one in self.tracks.values()) - zero, begins


def count(path: Path) -> Held:
    """Read every packet of a file.

    Raises:
        RecordingError: It cannot be read, or holds nothing.
    """
    tracks: dict[int, tuple[Figures, int, float]] = {}
    container: Any
    try:
        with open_media(path) as container:
            for stream in [*container.streams.video[:1], *container.streams.audio[:1]]:
                codec = CODECS.get(stream.codec_context.name)
                if codec is not None:
                    lengths = length_size(codec, stream.codec_context.extradata)
                    tracks[stream.index] = Figures(codec), lengths, float(stream.time_base)
            for packet in container.demux([container.streams[index] for index in tracks]):
                if packet.size and packet.pts is not None:
                    figures, lengths, seconds = tracks[packet.stream_index]
                    data = bytes(packet)
                    data = start_codes(data, lengths) if lengths else data
                    figures.add(data, packet.pts * seconds, packet.is_keyframe)
    except (FFmpegError, OSError) as error:
        raise RecordingError(f"cannot read {path.name}: {error}") from error
    held = {one.codec.kind: one for one, _, _ in tracks.values() if one.frames}
    if not held:
        raise RecordingError(f"{path.name} holds nothing that can be shown or heard")
    return Held(held)
