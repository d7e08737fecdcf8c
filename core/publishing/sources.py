"""Media in real time: what a publisher sends, paced by the clock.

The frames are made without a clock by a `Producer` (`live.py`: test pictures and tones through
encoders; `files.py`: the packets of a file); here they are handed out when they are due. A
producer works in a thread of its own, so that the event loop stays free for signalling.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from ..model import Codec, EncodedFrame
from .clock import sender_time
from .files import FileProducer
from .live import LiveProducer
from .source_config import SourceConfig

__all__ = ["MediaSource", "Opener", "PacedSource", "Producer", "SourceConfig", "open_source"]


class Producer(Protocol):
    """Makes encoded frames in order of media time, without a clock."""

    @property
    def video(self) -> Codec | None:
        """Codec of the video, if there is any."""
        ...

    @property
    def audio(self) -> Codec | None:
        """Codec of the audio, if there is any."""
        ...

    @property
    def level(self) -> int | None:
        """How loud the last packet of sound is: 0 (loudest) to 127 dB below it (RFC 6464).

        ``None`` where nobody measures it, as in a file: its packets do not say.
        """
        ...

    def due(self) -> float | None:
        """Media time of the next frame in seconds, or `None` at the end."""
        ...

    def produce(self, now: float) -> Sequence[EncodedFrame]:
        """Make what is due; ``now`` is the media time that the clock shows, in seconds."""
        ...

    def request_key_frame(self) -> None:
        """Make the next picture a key frame, where pictures are made."""
        ...

    def resize(self, width: int, height: int) -> None:
        """Change the size of pictures, in pixels, where pictures are made."""
        ...

    def close(self) -> None:
        """Let encoders and files go."""
        ...


class MediaSource(Protocol):
    """What a publisher sends to its viewers."""

    @property
    def video(self) -> Codec | None:
        """Codec of the video, if there is any."""
        ...

    @property
    def audio(self) -> Codec | None:
        """Codec of the audio, if there is any."""
        ...

    @property
    def level(self) -> int | None:
        """As of `Producer.level`, of the packet that was handed out last."""
        ...

    @property
    def started(self) -> float:
        """`sender_time` at which ``rtp_time`` was 0 in both kinds; 0.0 before `frames` runs."""
        ...

    def frames(self) -> AsyncGenerator[EncodedFrame]:
        """Audio and video as it becomes due, until the source ends; may be called once.

        ``rtp_time`` counts from one zero on each kind's own clock, ``arrival`` is the media time
        in seconds from that zero.
        """
        ...

    def request_key_frame(self) -> None:
        """Make the next picture a key frame; a file cannot, it goes on as it is."""
        ...

    def resize(self, width: int, height: int) -> None:
        """Go on with pictures of another size, from a key frame; a file goes on as it is.

        Raises:
            UsageError: For a size that cannot be encoded.
        """
        ...


Opener = Callable[[SourceConfig], MediaSource]


class PacedSource:
    """A `MediaSource` from a `Producer`."""

    def __init__(self, producer: Producer) -> None:
        """Nothing runs before `frames` does."""
        self._producer = producer
        self._started = 0.0

    @property
    def video(self) -> Codec | None:
        """Codec of the video, if there is any."""
        return self._producer.video

    @property
    def audio(self) -> Codec | None:
        """Codec of the audio, if there is any."""
        return self._producer.audio

    @property
    def level(self) -> int | None:
        """How loud the last packet of sound is, where somebody measures it."""
        return self._producer.level

    @property
    def started(self) -> float:
        """`sender_time` at which ``rtp_time`` was 0; 0.0 before `frames` runs."""
        return self._started

    def request_key_frame(self) -> None:
        """Make the next picture a key frame, where pictures are made."""
        self._producer.request_key_frame()

    def resize(self, width: int, height: int) -> None:
        """Change the size of pictures, where pictures are made."""
        self._producer.resize(width, height)

    async def frames(self) -> AsyncGenerator[EncodedFrame]:
        """Hand out each frame when it is due; late pictures are left to the producer to skip."""
        loop = asyncio.get_running_loop()
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="media-source")
        begin = time.monotonic()
        self._started = sender_time()
        try:
            while (due := self._producer.due()) is not None:
                wait = begin + due - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                now = time.monotonic() - begin
                for frame in await loop.run_in_executor(executor, self._producer.produce, now):
                    yield frame
        finally:
            # In the same thread, so after whatever it is still encoding.
            executor.submit(self._producer.close)
            executor.shutdown(wait=False)


def open_source(config: SourceConfig) -> MediaSource:
    """The source that the configuration asks for.

    Raises:
        UsageError: A file that cannot be sent, a codec without an encoder; says what to do.
    """
    if config.file is not None:
        return PacedSource(FileProducer(config))
    return PacedSource(LiveProducer(config))
