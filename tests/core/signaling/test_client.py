import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from roomdeck.core.config import Family, RoomConfig
from roomdeck.core.errors import UsageError
from roomdeck.core.signaling.backoff import Backoff, Patience
from roomdeck.core.signaling.client import (
    AWAY_LIMIT,
    Connected,
    Disconnected,
    Happening,
    SignalingClient,
)
from roomdeck.core.signaling.events import Alert, Joined, Listing, Member
from roomdeck.core.signaling.messages import FRAME_LIMIT, play
from roomdeck.core.signaling.secrets import Secrets

ROOM_ID = "63f7b0b02ca3f964"
SECRETS = Secrets("someEncryptionKey123")
BACKOFF = Backoff(first=0.005, limit=0.01, refused=0.02)


class Socket:
    """A server's end of a connection that speaks JSON."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection

    async def hear(self) -> dict[str, Any]:
        return json.loads(await self.connection.recv())

    async def say(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            await self.connection.send(json.dumps(message))

    async def admit(self, *members: dict[str, Any]) -> None:
        join = {"request": "joinroom", "roomid": ROOM_ID}
        assert await self.hear() == join
        said = await self.hear()
        assert said == join | said, "for a server of the other family"
        await self.say({"request": "listing", "list": list(members)})


Admitted = AsyncGenerator[tuple[SignalingClient, Socket], None]


class Lobby:
    """A server that hands each connection to the test."""

    def __init__(self) -> None:
        self.url = ""
        self.arrivals: asyncio.Queue[Socket] = asyncio.Queue()

    async def next(self) -> Socket:
        return await self.arrivals.get()


@pytest.fixture
async def lobby() -> AsyncIterator[Lobby]:
    lobby = Lobby()

    async def handle(connection: ServerConnection) -> None:
        await lobby.arrivals.put(Socket(connection))
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0) as server:
        lobby.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield lobby


def client_of(url: str, **options: Any) -> SignalingClient:
    family = options.pop("family", Family.AUTO)
    options = {"backoff": BACKOFF, "patience": Patience(detect=30, retry=0.005)} | options
    config = RoomConfig(room="labroom1", server=url, family=family)
    return SignalingClient(config, SECRETS, **options)


@asynccontextmanager
async def admitted(lobby: Lobby, **options: Any) -> Admitted:
    async with client_of(lobby.url, **options) as client:
        socket = await lobby.next()
        await socket.admit()
        assert await anext(client) == Connected(Family.ROUTED)
        assert await anext(client) == Listing(())
        yield client, socket


async def until(client: SignalingClient, kind: type[Happening]) -> Any:
    async for happening in client:
        if isinstance(happening, kind):
            return happening
    raise AssertionError("the client ended")


async def test_a_recorder_joins_a_routed_server(lobby: Lobby) -> None:
    async with client_of(lobby.url) as client:
        assert not client.connected
        client.send(play("early"))
        socket = await lobby.next()
        await socket.admit({"UUID": "a", "streamID": "x808d64"})
        assert await anext(client) == Connected(Family.ROUTED)
        assert await anext(client) == Listing((Member("a", "x808d64"),))
        assert (client.connected, client.family) == (True, Family.ROUTED)
        client.send(play("x808d64"))
        assert await socket.hear() == play("early"), "kept while we were not in yet"
        assert await socket.hear() == play("x808d64")
        await socket.say({"request": "someonejoined", "UUID": "b"})
        assert await anext(client) == Joined("b")
    await socket.connection.wait_closed()


async def test_a_publisher_seeds(lobby: Lobby) -> None:
    async with admitted(lobby, stream="guestA") as (_, socket):
        assert await socket.hear() == {"request": "seed", "streamID": "guestA808d64"}


async def test_silence_leads_to_the_fanout_family(lobby: Lobby) -> None:
    async with client_of(lobby.url, stream="a", patience=Patience(detect=0.01)) as client:
        client.send(play("early"))
        socket = await lobby.next()
        assert await socket.hear() == {"request": "joinroom", "roomid": ROOM_ID}
        assert await anext(client) == Connected(Family.FANOUT)
        ours = {"from": client.me, "roomid": ROOM_ID}
        assert await socket.hear() == {"request": "joinroom", "streamID": "a808d64"} | ours
        assert await socket.hear() == play("early") | ours, "kept until the family was known"
        client.send(play("x"))
        assert await socket.hear() == play("x") | ours
        await socket.say({"request": "joinroom", "streamID": "x", "from": "b", "roomid": ROOM_ID})
        assert await anext(client) == Joined("b", "x")


async def test_an_id_in_use_is_tried_again_until_it_is_free(lobby: Lobby) -> None:
    async with client_of(lobby.url, family=Family.FANOUT) as client:
        me = client.me
        socket = await lobby.next()
        for _ in range(2):
            assert (await socket.hear())["from"] == me
            await socket.say({"error": "uuid already in use"})
        assert (await socket.hear())["from"] == me


async def test_after_a_reconnect_it_joins_again_and_delivers_the_listing(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, socket):
        await socket.connection.close(1012, "re\x07start")
        gone = await anext(client)
        assert isinstance(gone, Disconnected)
        assert gone.reason == "the server closed the connection: re start"
        assert 0 < gone.retry_in <= 0.006
        assert not client.connected
        socket = await lobby.next()
        await socket.admit({"UUID": "a"})
        assert await anext(client) == Connected(Family.ROUTED)
        assert await anext(client) == Listing((Member("a"),))


async def test_a_connection_cut_short_is_a_disconnect_too(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, socket):
        socket.connection.transport.abort()
        assert (await until(client, Disconnected)).reason == "the connection to the server was lost"
        await (await lobby.next()).admit()
        await until(client, Listing)


async def test_what_is_sent_while_away_is_kept_up_to_a_limit(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, socket):
        await socket.connection.close()
        await until(client, Disconnected)
        for number in range(AWAY_LIMIT + 5):
            client.send(play(str(number)))
        socket = await lobby.next()
        await socket.admit()
        kept = [(await socket.hear())["streamID"] for _ in range(AWAY_LIMIT)]
        assert kept == [str(number) for number in range(5, AWAY_LIMIT + 5)]


async def test_junk_oversized_and_binary_frames_do_not_end_the_connection(
    lobby: Lobby, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "roomdeck.core.signaling.client")
    async with admitted(lobby) as (client, socket):
        listing = json.dumps({"request": "listing", "list": []}).encode()
        oversized = json.dumps({"request": "someonejoined", "UUID": "x", "a": "y" * FRAME_LIMIT})
        for frame in (listing, oversized, "[" * 60_000, "\0", "null", '{"request":"listing"}'):
            await socket.connection.send(frame)
        await socket.say({"request": "someonejoined", "UUID": "b"})
        assert await anext(client) == Joined("b")
        said = [one.getMessage() for one in caplog.records]
        assert sum(text.startswith("ignored a message") for text in said) == 6
        assert client.connected


async def test_a_frame_beyond_all_measure_costs_only_the_connection(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, socket):
        await socket.connection.send("x" * 2_000_000)
        await until(client, Disconnected)
        await (await lobby.next()).admit()
        await until(client, Listing)


async def test_a_flood_is_read_as_fast_as_it_is_consumed(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, socket):

        async def flood() -> None:
            for number in range(5000):
                await socket.say({"request": "someonejoined", "UUID": str(number)})

        flooding = asyncio.create_task(flood())
        for number in range(5000):
            assert await anext(client) == Joined(str(number))
        await flooding


async def test_a_consumer_far_behind_can_still_leave(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, socket):
        for number in range(205):  # more than are kept, not so many that the pong has to wait
            await socket.say({"request": "someonejoined", "UUID": str(number)})
        await (await socket.connection.ping())
    assert 0 < len([happening async for happening in client]) < 205
    with pytest.raises(StopAsyncIteration):
        await anext(client)


async def test_the_iteration_ends_when_the_client_is_closed(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, _):
        waiting = asyncio.create_task(until(client, Disconnected))
        await asyncio.sleep(0)
    with pytest.raises(AssertionError, match="ended"):
        await waiting


async def test_a_full_room_is_left_and_tried_again(lobby: Lobby) -> None:
    async with client_of(lobby.url) as client:
        await (await lobby.next()).say({"request": "alert", "message": "Room is full"})
        assert isinstance(await anext(client), Alert)
        gone = await anext(client)
        assert isinstance(gone, Disconnected)
        assert gone == Disconnected("Room is full", BACKOFF.refused)
        await (await lobby.next()).admit()
        await until(client, Listing)


async def test_failures_are_explained_and_wait_longer_each_time() -> None:
    answers = iter([HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.NOT_FOUND])

    def refuse(connection: ServerConnection, request: Request) -> Response | None:
        status = next(answers, None)
        return None if status is None else connection.respond(status, "")

    async def handle(connection: ServerConnection) -> None:
        await Socket(connection).admit()
        await connection.wait_closed()

    backoff = Backoff(first=0.001, factor=3, limit=1, jitter=0)
    async with serve(handle, "127.0.0.1", 0, process_request=refuse) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with client_of(url, backoff=backoff) as client:
            first, second = await anext(client), await anext(client)
            assert await anext(client) == Connected(Family.ROUTED)
    assert first == Disconnected(
        "HTTP 503: the server takes no more connections from this address", 0.001
    )
    assert second == Disconnected("HTTP 404: no handshake server at this address", 0.003)


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    async with client_of(f"ws://127.0.0.1:{port}") as client:
        for _ in range(2):
            gone = await anext(client)
            assert isinstance(gone, Disconnected)
            assert gone.reason


@pytest.mark.parametrize("url", [f"ws://{'x' * 70}.example", "ws://192.0.2.1"])
async def test_unusable_hosts_and_proxies_are_explained(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("socks_proxy", "socks5://127.0.0.1:1")
    async with client_of(url) as client:
        gone = await anext(client)
        assert isinstance(gone, Disconnected)
        assert gone.reason


@pytest.mark.parametrize("answer", [b"", b"\0\xff\r\n\r\n", b"HTTP/1.1 101 What\r\n\r\n"])
async def test_something_that_is_no_websocket_server_is_tried_again(answer: bytes) -> None:
    async def handle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with client_of(f"ws://127.0.0.1:{port}") as client:
            for _ in range(2):
                assert (await until(client, Disconnected)).reason.isprintable()


@pytest.mark.parametrize("url", ["", "hosted", "http://x", "ws://", "ws://x:99999", "ws://[x"])
def test_addresses_that_are_no_websocket_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="server"):
        client_of(url)


async def test_what_json_cannot_hold_is_refused_where_it_is_sent(lobby: Lobby) -> None:
    async with admitted(lobby) as (client, socket):
        with pytest.raises(TypeError):
            client.send({"a": object()})
        client.send(play("x"))
        assert await socket.hear() == play("x")
