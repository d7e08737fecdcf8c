"""The way into a worker over the network."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from roomdeck.core.cluster import door as module
from roomdeck.core.cluster.cards import Here, WorkerCard, cards_in
from roomdeck.core.cluster.door import CHALLENGE, NONCE, OPEN, PROOF, door, knock
from roomdeck.core.cluster.token import Side, proof
from roomdeck.core.errors import ProtocolError, UsageError

TOKEN = "t" * 40


@pytest.fixture
def here(tmp_path: Path) -> Here:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    return Here(node="n1", host="127.0.0.1", token_file=str(file))


@contextlib.asynccontextmanager
async def opened(here: Here, folder: Path) -> AsyncGenerator[WorkerCard]:
    async def greet(engine: ServerConnection) -> None:
        await engine.send("hello")
        await engine.wait_closed()

    async with door(here, folder / "worker-3.sock", 3, os.getpid(), greet) as card:
        yield card


async def test_who_knows_the_token_gets_in_by_the_card(here: Here, tmp_path: Path) -> None:
    async with opened(here, tmp_path) as card:
        assert cards_in(tmp_path) == [card]
        assert (card.node, card.number) == ("n1", 3)
        async with await knock(card, TOKEN) as socket:
            assert await socket.recv() == "hello"
    assert cards_in(tmp_path) == []


async def test_what_is_said_is_packed_and_bounded_as_it_is_without(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.worker_messages, "MAX_NEWS", 1000)
    heard: list[str | bytes] = []

    async def talk(engine: ServerConnection) -> None:
        await engine.send("fits " * 199)
        heard.append(await engine.recv())
        await engine.send("too large " * 101)
        await engine.wait_closed()

    async with (
        door(here, tmp_path / "worker-3.sock", 3, os.getpid(), talk) as card,
        await knock(card, TOKEN) as socket,
    ):
        assert [one.name for one in socket.protocol.extensions] == ["permessage-deflate"]
        assert await socket.recv() == "fits " * 199
        await socket.send("heard")
        with pytest.raises(ConnectionClosed) as end:
            await socket.recv()
    assert heard == ["heard"]
    assert end.value.sent is not None
    assert end.value.sent.code == CloseCode.MESSAGE_TOO_BIG


async def test_who_does_not_gets_nothing(here: Here, tmp_path: Path) -> None:
    async with opened(here, tmp_path) as card:
        with pytest.raises(ProtocolError, match="refuses"):
            await knock(card, "another token")


async def test_an_answer_is_good_once(here: Here, tmp_path: Path) -> None:
    async with opened(here, tmp_path) as card:
        uri = f"ws://127.0.0.1:{card.port}/"
        with pytest.raises(InvalidStatus) as refusal:
            await connect(uri, proxy=None)
        challenge = refusal.value.response.headers[CHALLENGE]
        shown = proof(TOKEN, Side.ENGINE, challenge, "n")
        headers = {CHALLENGE: challenge, NONCE: "n", PROOF: shown}
        async with connect(uri, additional_headers=headers, proxy=None) as socket:
            assert await socket.recv() == "hello"
        with pytest.raises(InvalidStatus):
            await connect(uri, additional_headers=headers, proxy=None)


async def test_an_answer_that_comes_late_is_none(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_WITHIN", 0.0)
    async with opened(here, tmp_path) as card:
        with pytest.raises(ProtocolError):
            await knock(card, TOKEN)


async def test_many_challenges_take_no_more_memory_than_some(here: Here, tmp_path: Path) -> None:
    async with opened(here, tmp_path) as card:
        for _ in range(OPEN + 5):
            _, writer = await asyncio.open_connection("127.0.0.1", card.port)
            writer.write(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        async with await knock(card, TOKEN) as socket:
            assert await socket.recv() == "hello"


async def test_who_lets_everybody_in_is_no_worker_of_ours() -> None:
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ProtocolError, match="lets everybody in"):
            await knock(WorkerCard("n1", 1, 1, "127.0.0.1", port), TOKEN)


async def test_who_cannot_show_that_it_knows_the_token_is_none() -> None:
    def pretend(connection: ServerConnection, request: module.Request) -> module.Response | None:
        if PROOF in request.headers:
            return None
        refusal = connection.respond(module.HTTPStatus.UNAUTHORIZED, "")
        refusal.headers[CHALLENGE] = "mine"
        return refusal

    async with serve(
        lambda socket: socket.wait_closed(), "127.0.0.1", 0, process_request=pretend
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ProtocolError, match="does not know the token"):
            await knock(WorkerCard("n1", 1, 1, "127.0.0.1", port), TOKEN)


async def test_without_a_port_or_a_token_it_does_not_open(here: Here, tmp_path: Path) -> None:
    async with opened(here, tmp_path) as card:
        taken = Here(
            node="n1",
            host="127.0.0.1",
            ports=(card.port, card.port),
            token_file=here.token_file,
        )
        with pytest.raises(UsageError, match="no port"):
            async with opened(taken, tmp_path):
                pass
    os.unlink(here.token_file)
    with pytest.raises(UsageError, match="no token"):
        async with opened(here, tmp_path):
            pass
