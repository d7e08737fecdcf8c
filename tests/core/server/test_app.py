"""The server on a real port, with real websockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from roomdeck.core.server.app import RunningServer, serve
from roomdeck.core.server.limits import Limits

from .lab import ROOM

PAGE = "HUsA2345678901234567"


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with serve() as running:
        yield running


async def say(client: ClientConnection, **fields: object) -> None:
    await client.send(json.dumps(fields))


async def hear(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(30):
        return json.loads(await client.recv())


async def hear_request(client: ClientConnection, request: str) -> dict[str, Any]:
    """The next message of that kind."""
    while (message := await hear(client)).get("request") != request:
        pass
    return message


async def closed(client: ClientConnection) -> int | None:
    """The code with which the server closed."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(10):
            async for _ in client:
                pass
    return client.close_code


async def streams(server: RunningServer) -> set[str]:
    """What is published in the room, as a newcomer sees it."""
    async with connect(server.url) as newcomer:
        await say(newcomer, request="joinroom", roomid=ROOM)
        return {str(member.get("streamID")) for member in (await hear(newcomer))["list"]}


async def until_published(server: RunningServer, stream: str, published: bool = True) -> None:
    async with asyncio.timeout(10):
        while (stream in await streams(server)) is not published:
            pass


async def test_both_dialects_meet_on_one_port(server: RunningServer) -> None:
    async with connect(server.url) as routed, connect(f"ws://127.0.0.1:{server.port}") as page:
        await say(routed, request="joinroom", roomid=ROOM)
        assert await hear(routed) == {"request": "listing", "list": []}
        await say(page, request="joinroom", roomid=ROOM, streamID="cam", **{"from": PAGE})
        assert (await hear(routed))["request"] == "someonejoined"
        assert await hear(routed) == {
            "request": "videoaddedtoroom",
            "UUID": PAGE,
            "streamID": "cam",
        }
        await say(routed, request="play", streamID="cam")
        play = await hear(page)
        assert (play["request"], play["streamID"]) == ("play", "cam")
        await say(page, UUID=play["from"], description="0a", **{"from": PAGE})
        assert await hear(routed) == {"UUID": PAGE, "description": "0a"}


async def test_stream_is_free_when_its_connection_ends(server: RunningServer) -> None:
    async with connect(server.url) as watcher, connect(server.url) as second:
        await say(watcher, request="joinroom", roomid=ROOM)
        async with connect(server.url) as first:
            await say(first, request="joinroom", roomid=ROOM)
            await say(first, request="seed", streamID="cam")
            old = await hear_request(watcher, "videoaddedtoroom")
        await until_published(server, "cam", False)
        await say(second, request="joinroom", roomid=ROOM)
        await say(second, request="seed", streamID="cam")
        assert (await hear_request(watcher, "videoaddedtoroom"))["UUID"] != old["UUID"]


async def test_dead_holder_of_a_stream_is_cut_off(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomdeck.core.server.app._PROBE_TIMEOUT", 0.1)
    async with connect(server.url) as dead, connect(server.url) as rival:
        await say(dead, request="joinroom", roomid=ROOM)
        await say(dead, request="seed", streamID="cam")
        await until_published(server, "cam")
        await say(rival, request="joinroom", roomid=ROOM)
        await hear_request(rival, "listing")
        dead.transport.pause_reading()
        await say(rival, request="seed", streamID="cam")
        assert (await hear(rival))["message"] == "Stream ID is already in use."
        await until_published(server, "cam", False)
        dead.transport.resume_reading()
        assert await closed(dead) == 1006


async def test_living_holder_of_a_stream_keeps_it(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomdeck.core.server.app._PROBE_TIMEOUT", 0.1)
    async with connect(server.url) as holder, connect(server.url) as rival:
        await say(holder, request="joinroom", roomid=ROOM)
        await say(holder, request="seed", streamID="cam")
        await until_published(server, "cam")
        await say(rival, request="joinroom", roomid=ROOM)
        await hear_request(rival, "listing")
        await say(rival, request="seed", streamID="cam")
        assert (await hear(rival))["message"] == "Stream ID is already in use."
        await asyncio.sleep(0.3)  # longer than the probe waits
        assert "cam" in await streams(server)


async def test_large_frame_closes_with_1009(server: RunningServer) -> None:
    async with connect(server.url) as client:
        await client.send('{"x":"' + "x" * 65536 + '"}')
        assert await closed(client) == 1009


async def test_flood_closes_with_1008() -> None:
    async with serve(limits=Limits(rate=0.001, burst=3)) as server, connect(server.url) as client:
        for _ in range(10):
            await client.send("{}")
        assert await closed(client) == 1008


async def test_binary_frames_are_dropped(server: RunningServer) -> None:
    async with connect(server.url) as client:
        await client.send(b'{"request":"joinroom","roomid":"bytes"}')
        await say(client, request="joinroom", roomid=ROOM)
        assert (await hear(client))["request"] == "listing"
        await client.send("no json")
        assert await hear(client) == {"error": "invalid message format"}


async def test_too_many_connections_get_503() -> None:
    limits = Limits(connections_per_address=1)
    async with serve(limits=limits) as server:
        async with connect(server.url) as first:
            await first.ping()
            with pytest.raises(InvalidStatus) as caught:
                await connect(server.url)
        assert caught.value.response.status_code == 503


async def test_slow_reader_is_cut_off_and_a_good_one_is_not() -> None:
    limits = Limits(backlog=2_000_000, burst=100_000)
    async with (
        serve(limits=limits) as server,
        connect(server.url) as slow,
        connect(server.url) as good,
        connect(server.url) as talker,
    ):
        await say(slow, request="joinroom", roomid=ROOM, streamID="slow", **{"from": "slow"})
        await say(good, request="joinroom", roomid=ROOM, streamID="good", **{"from": "good"})
        await until_published(server, "slow")
        await until_published(server, "good")
        await say(talker, request="joinroom", roomid=ROOM, **{"from": "talker"})
        slow.transport.pause_reading()
        reading = asyncio.create_task(closed(good))
        async with asyncio.timeout(20):
            while "slow" in (there := await streams(server)):
                assert "good" in there
                for _ in range(10):
                    await say(talker, filler="x" * 60_000, **{"from": "talker"})
        slow.transport.resume_reading()
        assert await closed(slow) == 1006
        assert await streams(server) == {"good", "None"}
        assert not reading.done()
    await reading


async def test_goodbye_comes_by_itself() -> None:
    async with serve(limits=Limits(grace=0.1)) as server, connect(server.url) as watcher:
        await say(watcher, request="joinroom", roomid=ROOM)
        await hear(watcher)
        async with connect(server.url) as page:
            await say(page, request="joinroom", roomid=ROOM, streamID="cam", **{"from": PAGE})
            assert [(await hear(watcher))["UUID"] for _ in range(2)] == [PAGE, PAGE]
        assert await hear(watcher) == {"request": "cleanup", "UUID": PAGE}


async def test_end_closes_every_connection_and_the_port() -> None:
    async with serve() as server:
        client = await connect(server.url)
        port = server.port
    assert await closed(client) == 1001
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", port)) != 0


async def test_closing_twice_is_harmless() -> None:
    async with serve() as server:
        await server.close()


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")])
async def test_url_is_one_that_can_be_connected_to(host: str, shown: str) -> None:
    async with serve(host) as server:
        assert server.url == f"ws://{shown}:{server.port}"
        async with connect(server.url):
            pass


async def test_used_port_is_an_error(server: RunningServer) -> None:
    with pytest.raises(OSError, match="address already in use"):
        async with serve(port=server.port):
            pass
