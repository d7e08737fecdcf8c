"""Server and client of the control socket, over a real one."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed

from roomdeck.core.engine.clients.control_server import ControlServer
from roomdeck.core.engine.records.journal import KEPT, Journal
from roomdeck.core.errors import ControlError, ProtocolError
from roomdeck.core.ipc import control_messages
from roomdeck.core.ipc.control_client import ControlClient, find_engine, running_engines
from roomdeck.core.ipc.control_messages import News, Request
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import Event, RoomSnapshot, SignalingState, SoundMeter


def picture(version: int, server: str = "ws://x") -> RoomSnapshot:
    return RoomSnapshot(
        version=version,
        time=1.0,
        room="lab",
        server=server,
        link=SignalingState.JOINED,
        started=0.0,
    )


class Engine:
    """The control end of an engine, and nothing else."""

    def __init__(self, folder: RoomFolder) -> None:
        self.folder = folder
        self.journal = Journal()
        self.requests: list[Request] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.server = ControlServer(self.journal, self._command)

    async def _command(self, request: Request | News) -> str:
        assert isinstance(request, Request)
        await self.gate.wait()
        self.requests.append(request)
        if request.streams == ("nobody",):
            raise ControlError("no stream called nobody")
        return f"{request.command} done"

    def event(self, text: str) -> None:
        self.server.report(self.journal.add(1.0, "warning", text))

    async def raw(self) -> ClientConnection:
        path = str(self.folder.control_socket)
        return await unix_connect(path, proxy=None, max_size=1 << 24, compression=None)


@pytest.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Engine, None]:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    folder = RoomFolder(tmp_path / "room")
    folder.create()
    engine = Engine(folder)
    await engine.server.open(folder.control_socket)
    yield engine
    await engine.server.close(0.1)


async def take(client: ControlClient, count: int) -> list[RoomSnapshot | Event]:
    updates = client.updates()
    async with asyncio.timeout(30):
        return [await anext(updates) for _ in range(count)]


async def test_two_clients_see_what_happened_before_and_what_happens(engine: Engine) -> None:
    engine.event("before")
    engine.server.publish(picture(1))
    async with (
        await ControlClient.connect(engine.folder) as one,
        await ControlClient.connect(engine.folder) as two,
    ):
        for client in (one, two):
            event, snapshot = await take(client, 2)
            assert isinstance(event, Event)
            assert event.text == "before"
            assert snapshot == picture(1)
        engine.event("now")
        for client in (one, two):
            (event,) = await take(client, 1)
            assert isinstance(event, Event)
            assert event.text == "now"
        engine.server.publish(picture(2))
        for client in (one, two):
            assert await client.snapshot() == picture(2)


async def test_who_asks_for_it_is_told_how_loud_streams_are(engine: Engine) -> None:
    told: list[dict[str, SoundMeter]] = []
    heard, calm, loud = (
        asyncio.Event(),
        SoundMeter(level=-40, peak=-30),
        SoundMeter(level=0, peak=0),
    )

    def hear(streams: Mapping[str, SoundMeter]) -> None:
        told.append(dict(streams))
        heard.set()

    async with (
        await ControlClient.connect(engine.folder) as client,
        await engine.raw() as other,
    ):
        await client.listen(hear)
        # What is not sent yet is replaced, by stream.
        engine.server.hear({"alice": calm, "bob": calm})
        engine.server.hear({"alice": loud})
        await asyncio.wait_for(heard.wait(), 30)
        engine.server.publish(picture(1))
        assert await client.snapshot() == picture(1)
        first = control_messages.decode_update(await asyncio.wait_for(other.recv(), 30))
        assert isinstance(first, control_messages.SnapshotUpdate)
    assert told == [{"alice": loud, "bob": calm}]


async def test_commands_are_answered_in_words(engine: Engine) -> None:
    async with await ControlClient.connect(engine.folder) as client:
        assert await client.command("stop", ("alice",)) == "stop done"
        with pytest.raises(ControlError, match="no stream called nobody"):
            await client.command("stop", ("nobody",))
    assert [(one.command, one.streams) for one in engine.requests] == [
        ("stop", ("alice",)),
        ("stop", ("nobody",)),
    ]


async def test_a_command_that_is_never_answered_ends_with_the_engine(engine: Engine) -> None:
    engine.gate.clear()
    async with await ControlClient.connect(engine.folder) as client:
        asking = asyncio.create_task(client.command("stop"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(engine.server.close(0.01))
        with pytest.raises(ControlError, match="went away"):
            await asyncio.wait_for(asking, 30)
        assert [update async for update in client.updates()] == []
        engine.gate.set()
        await closing
        with pytest.raises(ControlError, match="went away"):
            await client.command("stop")


@pytest.mark.parametrize("junk", ["", "{", "[]", '{"type":"request"}', '{"type":"reply"}', b"\xff"])
async def test_junk_closes_only_the_client_that_sent_it(engine: Engine, junk: str | bytes) -> None:
    async with await ControlClient.connect(engine.folder) as client, await engine.raw() as bad:
        await bad.send(junk)
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(bad.recv(), 30)
        assert await client.command("stop") == "stop done"


async def test_an_engine_of_another_version_is_not_understood(engine: Engine) -> None:
    with pytest.raises(ProtocolError):
        control_messages.decode_update('{"type":"hologram"}')


async def test_a_slow_client_costs_no_memory_and_stalls_nobody(engine: Engine) -> None:
    async with await engine.raw() as slow, await ControlClient.connect(engine.folder) as quick:
        text = "x" * 10_000
        async with asyncio.timeout(20):
            for number in range(3000):
                engine.event(f"{number} {text}")
                engine.server.publish(picture(number))
                if number % 50 == 0:
                    assert await quick.command("status") == "status done"
            kept = [len(client.events) for client in engine.server._clients]  # pyright: ignore[reportPrivateUsage]
            assert max(kept) <= KEPT
            while (await quick.snapshot()).version != 2999:
                pass
        # The slow one was not forgotten: what it gets in the end is the newest.
        async with asyncio.timeout(10):
            while True:
                update = control_messages.decode_update(await slow.recv())
                if (
                    isinstance(update, control_messages.SnapshotUpdate)
                    and update.snapshot.version == 2999
                ):
                    break


async def test_the_end_waits_for_clients_but_not_for_ever(engine: Engine) -> None:
    async with await engine.raw():
        for _ in range(400):
            engine.event("x" * 50_000)
        async with asyncio.timeout(8):
            await engine.server.close(0.1)


async def test_the_last_words_are_heard(engine: Engine) -> None:
    async with await ControlClient.connect(engine.folder) as client:
        engine.server.publish(picture(1))
        await client.snapshot()
        for number in range(200):
            engine.event(str(number))
        await engine.server.close(5)
        texts = [update.text async for update in client.updates() if isinstance(update, Event)]
        assert texts == [str(number) for number in range(200)]


async def test_the_socket_is_for_this_user_only(engine: Engine) -> None:
    assert stat.S_IMODE(engine.folder.control_socket.stat().st_mode) == 0o600


async def test_an_old_socket_is_no_obstacle(engine: Engine) -> None:
    second = ControlServer(Journal(), lambda request: asyncio.sleep(0, "new"))
    await second.open(engine.folder.control_socket)
    async with await ControlClient.connect(engine.folder) as client:
        assert await client.command("status") == "new"
    await second.close(0.1)


async def test_running_engines_are_found(engine: Engine, tmp_path: Path) -> None:
    engine.server.publish(picture(1))
    (tmp_path / "stale").mkdir()
    ((folder, snapshot),) = await running_engines()
    assert (folder.path, snapshot.room) == (engine.folder.path, "lab")
    assert (await find_engine(None)).path == (await find_engine("lab")).path == folder.path
    with pytest.raises(ControlError, match="running for room other; what is recorded here: lab"):
        await find_engine("other")


async def test_of_several_engines_one_must_be_named(engine: Engine, tmp_path: Path) -> None:
    folder = RoomFolder(tmp_path / "second")
    folder.create()
    second = Engine(folder)
    await second.server.open(folder.control_socket)
    engine.server.publish(picture(1))
    second.server.publish(picture(1, "ws://y"))
    with pytest.raises(ControlError, match="lab on ws://x, lab on ws://y"):
        await find_engine(None)
    await second.server.close(0.1)


async def test_without_an_engine_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no roomdeck engine is running"):
        await ControlClient.connect(RoomFolder(tmp_path / "none"))
