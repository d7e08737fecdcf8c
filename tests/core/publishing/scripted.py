"""A media source whose frames the test decides on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.publishing.source_config import SourceConfig


def frame(codec: Codec, seconds: float, *, key: bool = True, data: bytes = b"\x10data"):
    return EncodedFrame(
        codec=codec,
        data=data,
        rtp_time=round(seconds * codec.clock_rate),
        arrival=seconds,
        key=key,
    )


class ScriptedSource:
    """Hands out what `put` gave it; `None` ends it."""

    def __init__(self, config: SourceConfig, started: float = 1000.0) -> None:
        self.config = config
        self.video: Codec | None = config.codec if config.video else None
        self.audio: Codec | None = config.audio_codec if config.audio else None
        self.level: int | None = None
        self.started = 0.0
        self.key_requests = 0
        self.sizes: list[tuple[int, int]] = []
        self.closed = asyncio.Event()
        self.running = asyncio.Event()
        self._start = started
        self._queue: asyncio.Queue[EncodedFrame | None] = asyncio.Queue()

    def put(self, *frames: EncodedFrame | None) -> None:
        for item in frames:
            self._queue.put_nowait(item)

    async def frames(self) -> AsyncGenerator[EncodedFrame]:
        self.started = self._start
        self.running.set()
        try:
            while (item := await self._queue.get()) is not None:
                yield item
        finally:
            self.closed.set()

    def request_key_frame(self) -> None:
        self.key_requests += 1

    def resize(self, width: int, height: int) -> None:
        self.sizes.append((width, height))


class Sources:
    """Opens scripted sources, 10 s apart on the wall clock."""

    def __init__(self) -> None:
        self.opened: list[ScriptedSource] = []

    def __call__(self, config: SourceConfig) -> ScriptedSource:
        source = ScriptedSource(config, 1000.0 + 10.0 * len(self.opened))
        self.opened.append(source)
        return source
