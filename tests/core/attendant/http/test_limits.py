"""A client may take a little of everything, and nobody may take more."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roomdeck.core.attendant.http import event_stream, guard, listener
from roomdeck.core.attendant.http.guard import REQUESTS_AT_ONCE
from roomdeck.core.model import EventType

from .rooms import room, stream
from .stage import GIVE_UP, Stage, stage

ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /api/mark HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as made:
        await made.opened()
        yield made


async def status(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), GIVE_UP)
    return int(line.split()[1]) if line else 0


async def ended(reader: asyncio.StreamReader) -> None:
    """Wait until a connection is."""
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), GIVE_UP)


async def test_who_is_one_too_many_is_sent_away(
    here: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener, "CONNECTIONS", 3)
    idle = [await here.raw(b"") for _ in range(3)]
    reader, _ = await here.raw(ASK)
    await ended(reader)
    idle[0][1].close()
    await idle[0][1].wait_closed()
    while True:  # until it has noticed
        reader, writer = await here.raw(ASK)
        with contextlib.suppress(ConnectionError):
            if await status(reader) == 200:
                break
        writer.close()
    gc.collect()
    assert caplog.records == []  # of which anybody could make any number


async def test_who_says_nothing_or_half_of_it_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "IDLE", 0.1)
    async with stage(tmp_path) as here:
        await here.opened()
        for begin in (b"", b"GET /he", ASK[:-2], ASK):
            reader, _ = await here.raw(begin)
            await ended(reader)


async def test_a_body_that_does_not_come_is_not_waited_for(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "READ", 0.1)
    reader, _ = await here.raw(POST + b"Content-Length: 10\r\n\r\n{}")
    assert await status(reader) == 408
    await ended(reader)
    assert here.asked == []


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 99999999\r\n\r\n",
        POST
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"10000\r\n"
        + b" " * 65536
        + b"\r\n9\r\n"
        + b" " * 9,
    ],
)
async def test_a_long_body_is_not_read(here: Stage, sent: bytes) -> None:
    reader, _ = await here.raw(sent)
    assert await status(reader) == 413
    await ended(reader)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: [::1]\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [::1]\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [::1]\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n{}",
    ],
)
async def test_what_is_malformed_is_refused(here: Stage, sent: bytes) -> None:
    reader, _ = await here.raw(sent)
    assert await status(reader) in (400, 0)
    await ended(reader)
    assert (await here.get("/healthz"))[0] == 200
    assert here.asked == []


async def test_what_is_compressed_is_not_blown_up(here: Stage) -> None:
    body = gzip.compress(b"{}")
    head = POST + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    reader, _ = await here.raw(head + body)
    assert await status(reader) == 400
    await ended(reader)


async def test_nested_beyond_measure_is_refused(here: Stage) -> None:
    body = b'{"streams":' + b"[" * 60000
    reader, _ = await here.raw(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert await status(reader) == 400
    await ended(reader)


async def test_who_does_not_read_is_dropped(here: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "WRITE", 0.2)
    here.show(room(*(stream(f"guest{number}", reason="x" * 9000) for number in range(300))))
    await here.post("/api/mark", {})
    port = int(here.url.rsplit(":", 1)[1])
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        slow.send(b"GET /api/snapshot HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)
        await asyncio.wait_for(_dropped(slow), GIVE_UP)


async def _dropped(client: socket.socket) -> None:
    """Wait until the other end has reset a connection from which nothing is read."""
    while True:
        try:
            client.send(b"\r\n")
        except ConnectionError:
            return
        await asyncio.sleep(0.05)


async def test_who_does_not_read_events_is_dropped(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "WRITE", 0.2)
    port = int(here.url.rsplit(":", 1)[1])
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        slow.send(b"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for _ in range(100):
            here.tell(EventType.MARKER, "x" * 90000)
        await asyncio.wait_for(_dropped(slow), GIVE_UP)


async def test_so_many_hear_events_and_no_more(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "STREAMS", 2)
    async with (
        here.session.get(here.url + "/api/events") as first,
        here.session.get(here.url + "/api/events") as second,
    ):
        assert (first.status, second.status) == (200, 200)
        assert (await here.get("/api/events"))[0] == 503
    async with asyncio.timeout(GIVE_UP):
        while True:  # until it has noticed that both are gone
            async with here.session.get(here.url + "/api/events") as third:
                if third.status == 200:
                    break


async def test_a_connection_without_events_is_kept_open(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.05)
    async with here.session.get(here.url + "/api/events") as answer:
        lines = [await asyncio.wait_for(answer.content.readline(), GIVE_UP) for _ in range(6)]
    assert lines == [b"retry: 2000\n", b"\n", b":\n", b"\n", b":\n", b"\n"]


async def test_all_together_ask_so_often_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may be no faster than what is allowed.
    monkeypatch.setattr(guard, "REQUESTS", 0.001)
    async with stage(tmp_path) as here:
        await here.opened()
        found = [(await here.get("/healthz"))[0] for _ in range(int(REQUESTS_AT_ONCE) + 5)]
    assert found == [200] * int(REQUESTS_AT_ONCE) + [429] * 5


async def test_a_flood_in_one_connection_is_answered_as_it_is_read(here: Stage) -> None:
    reader, writer = await here.raw(ASK * 2000)
    assert await status(reader) == 200
    writer.close()
    assert (await here.get("/api/openapi.json"))[0] in (200, 429)
