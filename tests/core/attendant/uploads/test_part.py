"""Uploads beside a recording: told of, resumed, and finished when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from roomdeck.core.attendant.orders import Orders, encode
from roomdeck.core.attendant.process import attend, parts
from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.config import AttendantConfig, Retention, Uploads
from roomdeck.core.ipc.control_messages import News
from roomdeck.core.model import EventType, UploadsSnapshot
from tests.core.attendant.test_process import Engine
from tests.core.attendant.uploads.stage import SECRET, Recording, objects

GIVE_UP = 20.0


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    # The path of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="rd-") as folder:
        made = Engine(Path(folder))
        await made.server.open(Path(folder) / "engine.sock")
        yield made
        await made.server.close(0)


def orders(engine: Engine, recording: Recording, config: AttendantConfig) -> Orders:
    return Orders(
        folder=str(engine.folder),
        room="stage",
        output=str(recording.folder),
        sidecar=str(recording.sidecar),
        config=config,
    )


def uploading(*to: str, rate: float = 0.0) -> AttendantConfig:
    return AttendantConfig(uploads=Uploads(to=to, rate=rate))


def news(engine: Engine, kind: EventType) -> list[News]:
    return [one for one in engine.requests if isinstance(one, News) and one.event == kind]


async def until(engine: Engine, kind: EventType, count: int = 1) -> list[News]:
    async with asyncio.timeout(GIVE_UP):
        while len(news(engine, kind)) < count:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.02)
    return news(engine, kind)


async def until_shown(engine: Engine, what: Callable[[UploadsSnapshot], bool]) -> None:
    async with asyncio.timeout(GIVE_UP):
        while not any(what(one) for one in shown(engine)):  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.02)


def shown(engine: Engine) -> list[UploadsSnapshot]:
    said = [one.uploads for one in engine.requests if isinstance(one, News)]
    return [one for one in said if one is not None]


async def test_takes_go_up_as_they_end_and_the_rest_when_it_is_over(
    engine: Engine, place: str, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "rec")
    given = orders(engine, recording, uploading(place))
    attending = asyncio.create_task(attend(given, parts(given)))
    engine.tell(EventType.ENGINE_START)
    take = recording.take("alice")
    engine.tell(EventType.TAKE_END)
    (told,) = await until(engine, EventType.UPLOAD_DONE)
    assert told.data["to"] == f"{place}/{take.name}"
    assert told.data["bytes"] == 5
    assert recording.sidecar.name not in objects(place)
    await until_shown(engine, lambda shown: shown.done == 1)
    engine.tell(EventType.ENGINE_END)
    await engine.server.close(GIVE_UP)
    await asyncio.wait_for(attending, GIVE_UP)
    there = objects(place)
    assert there == {path.name: path.read_bytes() for path in (take, recording.sidecar)}
    assert SECRET not in str(engine.requests)
    assert SECRET not in ledger.ledger_path(recording.sidecar).read_text()


async def test_what_an_earlier_recording_left_goes_up_beside_the_next(
    engine: Engine, place: str, tmp_path: Path
) -> None:
    left = Recording(tmp_path / "rec", "left")
    never = Recording(tmp_path / "rec", "never")
    take = left.take("alice")
    never.take("alice")
    left.session(place)
    recording = Recording(tmp_path / "rec")
    given = orders(engine, recording, uploading(place))
    attending = asyncio.create_task(attend(given, parts(given)))
    await until(engine, EventType.UPLOAD_DONE, 2)
    assert set(objects(place)) == {take.name, left.sidecar.name}
    attending.cancel()
    await asyncio.gather(attending, return_exceptions=True)


async def test_a_session_that_another_one_uploads_is_left_to_it(
    engine: Engine, place: str, tmp_path: Path
) -> None:
    left = Recording(tmp_path / "rec", "left")
    left.take("alice")
    left.session(place)
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    with ledger.held(left.sidecar) as held:
        assert held
        given = orders(engine, recording, uploading(place))
        attending = asyncio.create_task(attend(given, parts(given)))
        await until(engine, EventType.UPLOAD_DONE)
        engine.tell(EventType.ENGINE_END)
        await engine.server.close(GIVE_UP)
        await asyncio.wait_for(attending, GIVE_UP)
    assert set(objects(place)) == {take.name, recording.sidecar.name}


async def test_a_take_that_is_uploaded_goes_from_the_disk(
    engine: Engine, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomdeck.core.attendant.retention.part.LOOK", 0.05)
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    config = AttendantConfig(uploads=Uploads(to=(place,)), retention=Retention(keep=0.0))
    given = orders(engine, recording, config)
    attending = asyncio.create_task(attend(given, parts(given)))
    (told,) = await until(engine, EventType.FILE_REMOVED)
    assert (told.data["file"], told.data["bytes"]) == (str(take), 5)
    assert told.data["to"] == f"{place}/{take.name}"
    assert not take.exists()
    assert objects(place)[take.name] == b"media"
    attending.cancel()
    await asyncio.gather(attending, return_exceptions=True)


async def test_an_attendant_that_is_killed_midway_loses_nothing(
    engine: Engine, bucket: str, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "rec")
    large = recording.take("large", os.urandom(3_000_000))
    slow = encode(orders(engine, recording, uploading(bucket, rate=1_000_000)))
    quick = encode(orders(engine, recording, uploading(bucket)))
    process = start(slow)
    await until_shown(engine, lambda shown: shown.rate > 0)
    process.kill()
    await asyncio.to_thread(process.wait)
    assert large.name not in await asyncio.to_thread(objects, bucket)
    process = start(quick)
    await until(engine, EventType.UPLOAD_DONE)
    engine.tell(EventType.ENGINE_END)
    await engine.server.close(GIVE_UP)
    assert await asyncio.to_thread(process.wait, GIVE_UP) == 0
    there = await asyncio.to_thread(objects, bucket)
    assert there == {path.name: path.read_bytes() for path in (large, recording.sidecar)}


def start(given: bytes) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "roomdeck.core.attendant"], stdin=subprocess.PIPE
    )
    assert process.stdin
    with contextlib.closing(process.stdin) as stdin:
        stdin.write(given)
    return process
