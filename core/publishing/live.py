"""Test pictures and tones through encoders, without a clock."""

from __future__ import annotations

from ..model import Codec, EncodedFrame
from .encoders import AudioEncoder, VideoEncoder
from .pictures import PictureMaker
from .source_config import SourceConfig, check_size
from .tones import PACKETS_PER_SECOND

_LATE_VIDEO = 0.1  # seconds behind the clock, before pictures are skipped
_LATE_AUDIO = 1.0


class LiveProducer:
    """Makes the frames of a test source, in order of media time.

    Pictures are taken at ``n / fps``. Where the machine is too slow some are skipped, but those
    that are encoded have consecutive numbers, and RTP times of when they were taken.

    `request_key_frame` and `resize` may be called while another thread is in `produce`.
    """

    def __init__(self, config: SourceConfig) -> None:
        """Open the encoders.

        Raises:
            UsageError: A codec without an encoder, or a size or rate that it refuses.
        """
        self._seconds = config.seconds
        self._pictures = _Pictures(config) if config.video else None
        self._sounds = _Sounds(config) if config.audio else None
        # Sound first where both are due: it is ready at once, and late sound is heard.
        self._tracks = [track for track in (self._sounds, self._pictures) if track is not None]
        self._video = config.codec if config.video else None
        self._audio = config.audio_codec if config.audio else None

    @property
    def video(self) -> Codec | None:
        """Codec of the pictures, `None` without them."""
        return self._video

    @property
    def audio(self) -> Codec | None:
        """Codec of the sound, `None` without it."""
        return self._audio

    @property
    def level(self) -> int | None:
        """How loud the last packet of sound is, `None` without sound."""
        return self._sounds.level if self._sounds else None

    def due(self) -> float | None:
        """Media time of the next picture or sound in seconds, or `None` at the end."""
        due = min(track.due() for track in self._tracks)
        return None if self._seconds is not None and due >= self._seconds - 1e-6 else due

    def produce(self, now: float) -> list[EncodedFrame]:
        """Make what is due next, one picture or one packet of sound.

        Args:
            now: The media time that the clock shows; what is far behind it is skipped.

        Returns:
            Nothing at the end, and where rate control dropped the picture.
        """
        for track in self._tracks:
            track.skip_late(now)
        if self.due() is None:
            return []
        frame = min(self._tracks, key=lambda track: track.due()).produce()
        return [] if frame is None else [frame]

    def request_key_frame(self) -> None:
        """Make the next picture a key frame."""
        if self._pictures:
            self._pictures.keys_wanted += 1

    def resize(self, width: int, height: int) -> None:
        """Make pictures of this size from the next one on, which is a key frame.

        Raises:
            UsageError: For a size that cannot be encoded.
        """
        check_size(width, height)
        if self._pictures:
            self._pictures.size_wanted = (width, height)

    def close(self) -> None:
        """End the encoders; nothing can be made afterwards."""
        if self._pictures:
            self._pictures.close()


class _Sounds:
    def __init__(self, config: SourceConfig) -> None:
        self._encoder = AudioEncoder(
            config.audio_codec, config.audio_bitrate, config.channels, config.number
        )
        self._index = 0

    @property
    def level(self) -> int:
        return self._encoder.level

    def due(self) -> float:
        return self._index / PACKETS_PER_SECOND

    def skip_late(self, now: float) -> None:
        if now - self.due() > _LATE_AUDIO:
            self._index = int(now * PACKETS_PER_SECOND)

    def produce(self) -> EncodedFrame:
        frame = self._encoder.encode(self._index, self.due())
        self._index += 1
        return frame


class _Pictures:
    def __init__(self, config: SourceConfig) -> None:
        self._config = config
        self.size_wanted = (config.width, config.height)
        # Counted, not a flag: a request while a picture is being made is for the next one.
        self.keys_wanted = 1
        self._keys_seen = 0
        self._next_key = 0.0
        self._slot = 0
        self._counter = 0
        self._open(self.size_wanted)

    def due(self) -> float:
        return self._slot / self._config.fps

    def skip_late(self, now: float) -> None:
        if now - self.due() > _LATE_VIDEO:
            self._slot = int(now * self._config.fps)

    def produce(self) -> EncodedFrame | None:
        if self._size != self.size_wanted:
            self._encoder.close()
            self._open(self.size_wanted)
        due, keys_wanted = self.due(), self.keys_wanted
        key = keys_wanted != self._keys_seen or due >= self._next_key
        rtp_time = round(self._slot * self._config.codec.clock_rate / self._config.fps)
        picture = self._maker.draw(self._counter, due)
        frame = self._encoder.encode(picture, rtp_time, due, key=key)
        self._slot += 1
        if frame is None:
            return None
        self._counter += 1
        if frame.key:
            self._keys_seen = keys_wanted
            self._next_key = due + self._config.key_interval
        return frame

    def close(self) -> None:
        self._encoder.close()

    def _open(self, size: tuple[int, int]) -> None:
        config = self._config
        self._size = size
        self._maker = PictureMaker(config.name, config.number, *size)
        self._encoder = VideoEncoder(config.codec, *size, config.fps, config.bitrate)
