import asyncio
from pathlib import Path

import pytest

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.feed import Feed
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.recording.sentlog import SentLog, read_sent_log

from .scripted import Sources, frame

CONFIG = SourceConfig(name="alice", codec=Codec.VP8)


class Sink:
    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.frames: asyncio.Queue[EncodedFrame] = asyncio.Queue()

        self.takes = True

    def send_frame(self, frame: EncodedFrame) -> bool:
        if self.takes:
            self.frames.put_nowait(frame)
        return self.takes

    async def next(self) -> EncodedFrame:
        return await asyncio.wait_for(self.frames.get(), 30)


@pytest.fixture
def sources() -> Sources:
    return Sources()


async def test_runs_while_somebody_watches(sources: Sources) -> None:
    feed = Feed(CONFIG, opener=sources)
    source = sources.opened[0]
    assert (feed.video, feed.audio) == (Codec.VP8, Codec.OPUS)
    assert not feed.running
    sink = Sink(Kind.VIDEO)
    feed.attach(sink)
    await asyncio.wait_for(source.running.wait(), 30)
    assert feed.running
    feed.detach(sink)
    await asyncio.wait_for(source.closed.wait(), 30)
    assert not feed.running


async def test_gives_each_sink_its_kind(sources: Sources) -> None:
    feed = Feed(CONFIG, opener=sources)
    one, other, sound = Sink(Kind.VIDEO), Sink(Kind.VIDEO), Sink(Kind.AUDIO)
    for sink in (one, other, sound):
        feed.attach(sink)
    sources.opened[0].put(frame(Codec.VP8, 0), frame(Codec.OPUS, 0), frame(Codec.VP8, 0.04))
    for sink in (one, other):
        assert [(await sink.next()).rtp_time for _ in range(2)] == [0, 3600]
    assert (await sound.next()).codec is Codec.OPUS
    await feed.close()


async def test_a_late_viewer_gets_a_key_frame(sources: Sources) -> None:
    feed = Feed(CONFIG, opener=sources)
    feed.attach(Sink(Kind.VIDEO))
    assert sources.opened[0].key_requests == 0
    feed.attach(Sink(Kind.AUDIO))
    assert sources.opened[0].key_requests == 0
    feed.attach(Sink(Kind.VIDEO))
    assert sources.opened[0].key_requests == 1
    await feed.close()


async def test_goes_on_on_the_same_clock_when_watched_again(sources: Sources) -> None:
    feed = Feed(CONFIG, opener=sources)
    sink = Sink(Kind.VIDEO)
    feed.attach(sink)
    sources.opened[0].put(frame(Codec.VP8, 0))
    assert (await sink.next()).rtp_time == 0
    offset = feed.timestamp_offset(Kind.VIDEO)
    feed.detach(sink)
    feed.attach(sink)
    for _ in range(3):
        await asyncio.sleep(0)
    sources.opened[1].put(frame(Codec.VP8, 0.5))
    # The second source began 10 s after the first.
    assert (await sink.next()).rtp_time == 945_000
    assert feed.rtp_time(Codec.VP8, 1010.5) == 945_000
    assert feed.rtp_time(Codec.OPUS, 1010.5) == 504_000
    assert feed.timestamp_offset(Kind.VIDEO) == offset
    await feed.close()


async def test_media_time_is_limited_over_all_sources(sources: Sources) -> None:
    config = SourceConfig(name="alice", codec=Codec.VP8, seconds=5, width=320, height=240)
    feed = Feed(config, opener=sources)
    sink = Sink(Kind.VIDEO)
    feed.attach(sink)
    sources.opened[0].put(frame(Codec.VP8, 2.0))
    await sink.next()
    feed.resize(640, 480)
    feed.detach(sink)
    feed.attach(sink)
    for _ in range(3):
        await asyncio.sleep(0)
    assert sources.opened[0].sizes == [(640, 480)]
    again = sources.opened[1].config
    assert (again.seconds, again.width, again.height) == (3.0, 640, 480)
    await feed.close()


async def test_tells_its_end_once_and_does_not_begin_again(sources: Sources) -> None:
    ended = asyncio.Event()
    feed = Feed(CONFIG, opener=sources, on_end=ended.set)
    sink = Sink(Kind.VIDEO)
    feed.attach(sink)
    sources.opened[0].put(frame(Codec.VP8, 0), None)
    await asyncio.wait_for(ended.wait(), 30)
    assert feed.frames == 1
    feed.detach(sink)
    feed.attach(sink)
    await asyncio.sleep(0)
    assert len(sources.opened) == 1
    await feed.close()


async def test_closing_is_not_an_end(sources: Sources) -> None:
    ended = asyncio.Event()
    feed = Feed(CONFIG, opener=sources, on_end=ended.set)
    feed.attach(Sink(Kind.VIDEO))
    await asyncio.wait_for(sources.opened[0].running.wait(), 30)
    await feed.close()
    assert sources.opened[0].closed.is_set()
    assert not ended.is_set()


async def test_writes_each_frame_that_is_sent_once_in_the_list(
    sources: Sources, tmp_path: Path
) -> None:
    log = SentLog(tmp_path / "sent.jsonl")
    feed = Feed(CONFIG, opener=sources, log=log)
    sinks = [Sink(Kind.VIDEO), Sink(Kind.VIDEO)]
    for sink in sinks:
        feed.attach(sink)
    sources.opened[0].put(frame(Codec.VP8, 0), frame(Codec.OPUS, 0.02), frame(Codec.VP8, 0.04))
    for sink in sinks:
        await sink.next()
        await sink.next()
        sink.takes = False
    sound = Sink(Kind.AUDIO)
    feed.attach(sound)
    sources.opened[0].put(frame(Codec.VP8, 0.08), frame(Codec.OPUS, 0.08))
    await sound.next()
    await feed.close()
    log.close()
    lines = read_sent_log(tmp_path / "sent.jsonl")
    assert [(line.kind, line.rtp) for line in lines] == [
        (Kind.VIDEO, 0),
        (Kind.VIDEO, 3600),
        (Kind.AUDIO, 3840),
    ]
