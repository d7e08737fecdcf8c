"""Whoever uploads is killed at each step: nothing is lost, sent twice, told twice or left there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from roomdeck.core.attendant.orders import Orders, encode
from roomdeck.core.attendant.process import attend, parts
from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.attendant.uploads.digest import PART
from roomdeck.core.config import AttendantConfig, Retention, Uploads
from roomdeck.core.ipc.control_messages import News
from roomdeck.core.model import EventType
from tests.core.attendant.fake_engine import Engine
from tests.core.attendant.http.rooms import room
from tests.core.attendant.uploads.killed import STEPS
from tests.core.attendant.uploads.stage import Recording, objects

GIVE_UP = 30.0


class Journalled(Engine):
    """Tells everybody what its attendant tells, as an engine does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.on_news = self._on_news

    def _on_news(self) -> None:
        news = self.requests[-1]
        if isinstance(news, News) and news.event:
            self.tell(EventType(news.event), **news.data)

    def told(self, kind: EventType) -> list[str]:
        """Return of which files it was told, by all engines."""
        events = [event for event in self.journal.since(0) if event.type == kind]
        return [Path(event.data["file"]).name for event in events]


@contextlib.asynccontextmanager
async def engine(folder: Path) -> AsyncGenerator[Journalled]:
    made = Journalled(folder)
    await made.server.open(folder / "engine.sock")
    made.server.publish(room())
    try:
        yield made
    finally:
        await made.server.close(0)
        made.file.close()


async def until_killed(step: str, given: Orders) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.core.attendant.uploads.killed", step),
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    async with asyncio.timeout(GIVE_UP):
        await process.communicate(encode(given))
    assert process.returncode == -9


async def until_gone(told: Journalled, take: Path) -> None:
    async with asyncio.timeout(GIVE_UP):
        while take.name not in told.told(EventType.FILE_REMOVED):
            told.came.clear()
            await told.came.wait()


async def survives(step: str, place: str, folder: Path, runtime: Path, *, both: bool) -> Recording:
    """Have an attendant killed at a step, maybe with its engine, and another one go on."""
    recording = Recording(folder / "rec")
    media = os.urandom(2 * PART + 17)
    take = recording.take("alice", media)
    given = Orders(
        folder=str(runtime),
        room="stage",
        output=str(recording.folder),
        sidecar=str(recording.sidecar),
        config=AttendantConfig(uploads=Uploads(to=(place,)), retention=Retention(keep=0.0)),
    )
    async with contextlib.AsyncExitStack() as engines:
        first = contextlib.AsyncExitStack()
        now = await first.enter_async_context(engine(runtime))
        now.tell(EventType.ENGINE_START)
        await until_killed(step, given)
        there = await asyncio.to_thread(objects, place)
        assert take.exists() or there[take.name] == media
        if both:
            await first.aclose()
            now = await engines.enter_async_context(engine(runtime))
        else:
            await engines.enter_async_context(first)
        attending = asyncio.create_task(attend(given, parts(given)))
        await until_gone(now, take)
        now.tell(EventType.ENGINE_END)
        await now.server.close(GIVE_UP)
        await asyncio.wait_for(attending, GIVE_UP)
        assert now.told(EventType.UPLOAD_DONE) == [take.name]
    there = await asyncio.to_thread(objects, place)
    assert there == {take.name: media, recording.sidecar.name: recording.sidecar.read_bytes()}
    assert not take.exists()
    (where,) = recording.told().whereabouts
    assert (where.to, bool(where.sha256), bool(where.removed)) == (
        f"{place}/{take.name}",
        True,
        True,
    )
    known = ledger.load(recording.sidecar)
    assert known is not None
    assert (known.claims, known.untold) == ({}, [])
    return recording


@pytest.mark.parametrize(
    ("step", "both"),
    [
        *((step, True) for step in STEPS),
        ("before it is told", False),
        ("before that is noted", False),
    ],
)
async def test_whoever_comes_after_goes_on(
    step: str, both: bool, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomdeck.core.attendant.retention.part.LOOK", 0.05)
    there = tmp_path / "there"
    there.mkdir()
    recording = await survives(step, there.as_uri(), tmp_path, folder, both=both)
    # Nor is there what obstore does not list.
    files = {"stage_alice_20261128-170000.mkv", recording.sidecar.name}
    assert set(os.listdir(there)) == files


@pytest.mark.parametrize("step", ["in the middle of parts", "before it is compared"])
async def test_in_a_bucket_too(
    step: str, bucket: str, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomdeck.core.attendant.retention.part.LOOK", 0.05)
    await survives(step, bucket, tmp_path, folder, both=True)
