"""One source for all viewers of a publisher: it runs while somebody watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from contextlib import aclosing
from typing import Protocol

import msgspec

from ..model import Codec, EncodedFrame, Kind
from ..recording.sentlog import SentLog
from .sources import Opener, SourceConfig, open_source

_log = logging.getLogger(__name__)


class FrameSink(Protocol):
    """Somebody who sends the frames of one kind on."""

    @property
    def kind(self) -> Kind:
        """Which frames it wants."""
        ...

    def send_frame(self, frame: EncodedFrame) -> bool:
        """Take one frame, and return whether it is sent; must not block or raise."""
        ...


class Feed:
    """Runs a source while there are sinks, on one clock for all of them.

    A source that was left alone and is wanted again is opened anew; its times go on from the
    same zero, so that every frame that was ever sent has a time of its own.
    """

    def __init__(
        self,
        config: SourceConfig,
        *,
        log: SentLog | None = None,
        on_end: Callable[[], None] | None = None,
        opener: Opener = open_source,
    ) -> None:
        """Open the source without running it.

        Raises:
            UsageError: A source that cannot be sent.
        """
        self._config = config
        self._log = log
        self._on_end = on_end
        self._open = opener
        self._source = opener(config)
        self._fresh = True
        self._ended = False
        self._sinks: list[FrameSink] = []
        self._task: asyncio.Task[None] | None = None
        self._zero = 0.0
        self._media_seconds = 0.0
        self._offsets = {kind: random.getrandbits(32) for kind in Kind}
        self.frames = 0
        """Frames made so far."""

    @property
    def video(self) -> Codec | None:
        """Codec of the video, if there is any."""
        return self._source.video

    @property
    def audio(self) -> Codec | None:
        """Codec of the audio, if there is any."""
        return self._source.audio

    @property
    def level(self) -> int | None:
        """How loud the last packet of sound is, as of `MediaSource.level`."""
        return self._source.level

    @property
    def running(self) -> bool:
        """Whether frames are being made."""
        return self._task is not None and not self._task.done()

    def timestamp_offset(self, kind: Kind) -> int:
        """What is added to a source time to make an RTP timestamp; the same for all viewers."""
        return self._offsets[kind]

    def rtp_time(self, codec: Codec, wall: float) -> int:
        """Time of the source's clock at a `sender_time`, for sender reports."""
        return round((wall - self._zero) * codec.clock_rate)

    def attach(self, sink: FrameSink) -> None:
        """Give frames to one more sink, from a key frame on; the first one starts the source."""
        self._sinks.append(sink)
        if self._task is None and not self._ended:
            self._task = asyncio.ensure_future(self._run())
        elif sink.kind is Kind.VIDEO:
            self.request_key_frame()

    def detach(self, sink: FrameSink) -> None:
        """Give no more frames to a sink; without any, the source stops."""
        with contextlib.suppress(ValueError):
            self._sinks.remove(sink)
        if not self._sinks and self._task is not None and not self._ended:
            self._task.cancel()
            self._task = None

    def request_key_frame(self) -> None:
        """Ask the source for a key frame."""
        self._source.request_key_frame()

    def resize(self, width: int, height: int) -> None:
        """Go on in another size.

        Raises:
            UsageError: For a size that cannot be encoded.
        """
        self._source.resize(width, height)
        self._config = msgspec.structs.replace(self._config, width=width, height=height)

    async def close(self) -> None:
        """Stop producing for good."""
        self._ended = True
        self._on_end = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _remaining(self) -> float | None:
        """Seconds of media that are still to be sent, if there is a limit."""
        if self._config.seconds is None:
            return None
        return max(0.0, self._config.seconds - self._media_seconds)

    async def _run(self) -> None:
        if not self._fresh:
            self._source = self._open(
                msgspec.structs.replace(self._config, seconds=self._remaining())
            )
        self._fresh = False
        sent_before = self._media_seconds
        try:
            async with aclosing(self._source.frames()) as frames:
                async for frame in frames:
                    self._media_seconds = sent_before + frame.arrival
                    self._hand_out(frame)
        except Exception:
            _log.exception("The source of %s failed", self._config.name)
        self._ended = True
        if self._on_end is not None:
            self._on_end()

    def _hand_out(self, frame: EncodedFrame) -> None:
        if not self._zero:
            self._zero = self._source.started
        shift = self._source.started - self._zero
        if shift:
            moved = frame.rtp_time + round(shift * frame.codec.clock_rate)
            frame = msgspec.structs.replace(frame, rtp_time=moved)
        self.frames += 1
        mine = [sink for sink in self._sinks if sink.kind is frame.codec.kind]
        sent = [sink.send_frame(frame) for sink in mine]
        if self._log is not None and any(sent):
            self._log.write(frame)
