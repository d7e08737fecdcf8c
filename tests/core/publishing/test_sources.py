from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.clock import sender_time
from roomdeck.core.publishing.live import LiveProducer
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.sources import PacedSource, open_source

from .coding import of_kind, produce_all, write_file

SMALL = SourceConfig(name="dave", width=160, height=90, seconds=0.6)


class Made(LiveProducer):
    """Notes in which thread it worked and how it was closed."""

    def __init__(self, config: SourceConfig) -> None:
        super().__init__(config)
        self.threads: set[int] = set()
        self.closed = threading.Event()

    def produce(self, now: float) -> list[EncodedFrame]:
        self.threads.add(threading.get_ident())
        return super().produce(now)

    def close(self) -> None:
        super().close()
        self.closed.set()


async def test_frames_come_when_they_are_due_from_another_thread() -> None:
    producer = Made(SMALL)
    source = PacedSource(producer)
    assert (source.video, source.audio) == (Codec.H264, Codec.OPUS)
    assert source.started == 0.0
    frames: list[EncodedFrame] = []
    begin = sender_time()
    async for frame in source.frames():
        assert begin <= source.started <= sender_time()
        # Never early; how late is the machine's business.
        assert sender_time() - source.started >= frame.arrival - 0.005
        frames.append(frame)
    assert len(of_kind(frames, Kind.AUDIO)) == 30
    assert of_kind(frames, Kind.VIDEO)[0].key
    assert await asyncio.to_thread(producer.closed.wait, 10)
    assert len(producer.threads) == 1
    assert threading.get_ident() not in producer.threads


async def test_the_loop_stays_free_while_a_picture_is_made() -> None:
    working, go_on = threading.Event(), threading.Event()

    class Slow(Made):
        def produce(self, now: float) -> list[EncodedFrame]:
            working.set()
            assert go_on.wait(10)
            return super().produce(now)

    frames = PacedSource(Slow(SMALL)).frames()
    first = asyncio.ensure_future(anext(frames))
    assert await asyncio.to_thread(working.wait, 10)
    # The loop runs this line while the producer waits for the next one.
    go_on.set()
    assert (await first).rtp_time == 0
    await frames.aclose()


async def test_closing_early_closes_the_producer() -> None:
    producer = Made(SMALL)
    frames = PacedSource(producer).frames()
    await anext(frames)
    await frames.aclose()
    assert await asyncio.to_thread(producer.closed.wait, 10)


async def test_an_error_of_the_producer_reaches_the_reader_and_closes_it() -> None:
    class Broken(Made):
        def produce(self, now: float) -> list[EncodedFrame]:
            raise UsageError("broken")

    producer = Broken(SMALL)
    with pytest.raises(UsageError, match="broken"):
        async for _ in PacedSource(producer).frames():
            pass
    assert await asyncio.to_thread(producer.closed.wait, 10)


async def test_key_frames_and_sizes_are_passed_on() -> None:
    source = open_source(SourceConfig(name="erin", width=160, height=90, audio=False, seconds=5))
    keys: list[tuple[int, int]] = []
    async for frame in source.frames():
        if frame.key:
            keys.append((frame.width, frame.height))
            if len(keys) == 1:
                source.request_key_frame()
            elif len(keys) == 2:
                source.resize(320, 180)
            else:
                break
    assert keys == [(160, 90), (160, 90), (320, 180)]
    with pytest.raises(UsageError):
        source.resize(1, 1)


async def test_a_file_is_sent(tmp_path: Path) -> None:
    written: Sequence[EncodedFrame] = produce_all(
        LiveProducer(SourceConfig(name="f", width=160, height=90, codec=Codec.VP8, seconds=0.3))
    )
    path = tmp_path / "take.mkv"
    write_file(path, list(written))
    source = open_source(SourceConfig(name="f", file=str(path)))
    assert (source.video, source.audio) == (Codec.VP8, Codec.OPUS)
    sent = [frame async for frame in source.frames()]
    assert sorted(frame.data for frame in sent) == sorted(frame.data for frame in written)
    assert sender_time() - source.started >= sent[-1].arrival - 0.005
