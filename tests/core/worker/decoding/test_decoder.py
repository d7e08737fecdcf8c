"""Pictures and sound that are decoded beside a worker, and what breaks the process that does it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from roomdeck.core.errors import MediaError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import STILL, Codec, EncodedFrame, EndReason, Kind
from roomdeck.core.recording.decoding_process import Found, Listen, Look, Show
from roomdeck.core.signaling.backoff import Backoff
from roomdeck.core.worker.connections import peer
from roomdeck.core.worker.decoding import blame, decoder, link
from roomdeck.core.worker.decoding.blame import STRIKES
from roomdeck.core.worker.decoding.decoder import LEFT_ALONE, Decoder
from roomdeck.core.worker.decoding.hanging import Hanging, Usage, usage_of
from roomdeck.core.worker.files import writer

from ...recording.listening.packets import tone
from ...recording.media import video
from ..fakes import FakeConnection
from ..serving import Served

BREAKING = (sys.executable, str(Path(__file__).with_name("breaking.py")))
Opened = Callable[..., Decoder]


class Said(list[tuple[str, str]]):
    """Who is left alone, in words."""

    def __call__(self, stream: str, text: str) -> None:
        self.append((stream, text))


@pytest.fixture
async def opened(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Opened]:
    """Makes decoders, which are started again at once."""
    monkeypatch.setattr(blame, "BACKOFF", Backoff(first=0.0, limit=0.0))
    made: list[Decoder] = []

    def make(command: tuple[str, ...] = BREAKING, said: Said | None = None, patience: float = 10):
        made.append(Decoder(said if said is not None else Said(), command, patience))
        return made[-1]

    yield make
    for one in made:
        await one.close()


def look(stream: str, data: bytes = b"x") -> Look:
    return Look(stream, EncodedFrame(Codec.VP8, data, 0, 0.0, True, 64, 48))


def listen(stream: str, data: bytes = b"x") -> Listen:
    return Listen(stream, [EncodedFrame(Codec.OPUS, data, 0, 0.0, True)])


async def decoded(decoder: Decoder, *orders: Look | Show | Listen) -> list[Found | None]:
    return await asyncio.wait_for(decoder.decode(*orders), 60)


async def pid(decoder: Decoder) -> int:
    (found,) = await decoded(decoder, look("alice"))
    assert found is not None
    return found.cells[0]


PICTURES = [Codec.H264, Codec.H265, Codec.VP8, Codec.VP9, Codec.AV1]


async def test_pictures_are_decoded_in_every_codec(opened: Opened) -> None:
    beside = opened(decoder.COMMAND)
    for codec in PICTURES:
        frame = next(frame for frame in video(codec, 320, 180, 0.2) if frame.key)
        broken = EncodedFrame(codec, b"\0" * 40, 0, 9.0, True, 320, 180)
        orders = Look("a", frame), Show("a", frame, STILL), Look("a", broken)
        seen, small, nothing = await decoded(beside, *orders)
        assert seen is not None
        assert len(set(seen.cells)) > 10
        assert seen.took > 0
        assert small is not None
        assert small.picture is not None
        assert (small.picture.width, small.picture.height) == (96, 54)
        assert nothing is not None, "it was tried"
        assert nothing.cells == b""


async def test_sound_is_decoded_each_stream_by_itself(opened: Opened) -> None:
    beside = opened(decoder.COMMAND)
    packets, loud = tone(Codec.OPUS, 0.1), Listen("bob", tone(Codec.PCMU, 0.9)[:3])
    levels: list[float] = []
    for begin in range(0, 24, 4):
        found = await decoded(beside, Listen("alice", packets[begin : begin + 3]), loud)
        levels = [one.reading.level for one in found if one is not None and one.reading is not None]
    assert levels == pytest.approx([-23, -4], abs=1)


@pytest.mark.parametrize("how", ["crashes", "hangs", "loops", "memory", "nonsense", "text"])
async def test_what_breaks_the_decoder_breaks_nothing_else(opened: Opened, how: str) -> None:
    beside = opened(patience=0.5 if how in ("hangs", "loops") else 30.0)
    first = await pid(beside)
    orders = listen("alice"), look("mallory", how.encode()), look("bob")
    heard, broke, dropped = await decoded(beside, *orders)
    assert heard is not None
    assert (broke, dropped) == (None, None)
    assert await pid(beside) != first, "another one goes on"


async def test_who_gets_no_core_for_long_does_not_hang(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    def starved(pid: int) -> Usage:
        nonlocal looks
        looks += 1
        if looks == 3 * link.LOOKS:
            os.kill(pid, signal.SIGUSR1)
        return Usage(1.0, idle=False)

    beside = opened(patience=0.3)
    first = await pid(beside)
    monkeypatch.setattr(link, "usage_of", starved)
    (found,) = await decoded(beside, look("alice", b"waits"))
    assert found is not None
    assert found.cells[0] == first


@pytest.mark.skipif(sys.platform != "linux", reason="what another process uses is not told")
async def test_what_a_process_uses_is_told() -> None:
    begun, spent = usage_of(os.getpid()), time.process_time() + 0.1
    while time.process_time() < spent:
        pass
    used = usage_of(os.getpid())
    assert begun is not None
    assert used is not None
    assert used.seconds - begun.seconds > 0.05
    assert not used.idle
    assert usage_of(1 << 30) is None


def test_a_process_hangs_by_what_it_uses() -> None:
    worked = Hanging(15.0, Usage(2.0, idle=False), 100.0)
    assert not worked.see(Usage(16.9, idle=False), 500.0)
    assert worked.see(Usage(17.0, idle=False), 501.0)
    starved = Hanging(15.0, Usage(2.0, idle=False), 100.0)
    assert not any(starved.see(Usage(2.0, idle=False), 100.0 + second) for second in range(600))
    assert not any(starved.see(Usage(2.0, idle=True), 700.0 + second) for second in range(14))
    assert starved.see(Usage(2.0, idle=True), 714.0), "it waits for nothing that comes"
    unknown = Hanging(15.0, None, 100.0)
    assert not unknown.see(None, 114.9)
    assert unknown.see(None, 115.0)


async def test_who_breaks_it_again_and_again_is_left_alone_and_that_is_said(opened: Opened) -> None:
    said = Said()
    beside = opened(said=said)
    for _ in range(STRIKES):
        assert said == []
        assert await decoded(beside, look("mallory", b"crash")) == [None]
    assert said == [("mallory", LEFT_ALONE[Kind.VIDEO])]
    first = await pid(beside)
    *others, sound = await decoded(beside, look("mallory", b"crash"), listen("mallory"))
    assert others == [None]
    assert sound is not None
    assert await pid(beside) == first, "it is not tried any more"
    assert len(said) == 1


async def test_after_it_broke_there_is_none_for_a_while(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = opened()
    monkeypatch.setattr(blame, "BACKOFF", Backoff(first=1000.0, limit=1000.0))
    assert await decoded(beside, look("mallory", b"crash")) == [None]
    assert await decoded(beside, look("alice")) == [None]


async def test_one_that_never_comes_up_is_nobodys_fault(opened: Opened) -> None:
    said = Said()
    beside = opened((*BREAKING, "--never-up"), said)
    for _ in range(STRIKES + 1):
        assert await decoded(beside, look("alice")) == [None]
    missing = opened(("/no/such/program",), said)
    assert await decoded(missing, look("alice")) == [None]
    assert said == []


async def test_who_does_not_wait_any_more_breaks_nothing(opened: Opened) -> None:
    beside = opened()
    first = await pid(beside)
    asking = asyncio.ensure_future(beside.decode(look("alice")))
    await asyncio.sleep(0)
    asking.cancel()
    assert await pid(beside) == first


async def test_of_too_many_the_oldest_are_dropped(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder, "MOST", 2)
    beside = opened()
    orders = [look("alice"), look("bob"), look("carol"), look("dave")]
    found = await asyncio.gather(*(decoded(beside, order) for order in orders))
    assert [one is not None for (one,) in found] == [False, False, True, True]


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_ends_with_its_worker() -> None:
    script = (
        "import asyncio, os, signal;"
        "from roomdeck.core.worker.decoding.link import open_link;"
        "from roomdeck.core.worker.decoding.decoder import COMMAND;"
        "link = asyncio.run(open_link(COMMAND));"
        "print(link._process.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == -signal.SIGKILL
    for _ in range(600):
        if not is_running(int(output)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it is still there")


async def test_a_recording_goes_on_beside_a_decoder_that_breaks(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "Connection", FakeConnection)
    monkeypatch.setattr(writer, "FLUSH_INTERVAL", 0.0)
    said = Said()
    served = Served(tmp_path, decoder=opened((*BREAKING, "--always"), said))
    recorded = served.peer.streams.recorded("alice")
    assert recorded is not None
    await recorded.record()
    await served.recording()
    sent = 25
    while not said:
        with pytest.raises(MediaError):
            await recorded.key_frame.picture()
        served.peer.on_frames("v0", served.frames(5))
        sent += 5
    await served.peer.close(EndReason.BYE)
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert end.take.video is not None
    assert (end.take.video.frames, end.take.holes) == (sent, 0)
    served.writer.close()
