"""From the address to the end, whatever stands in the way."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from roomdeck.core.attendant.http import part
from roomdeck.core.attendant.http.listener import Handler, Listener
from roomdeck.core.attendant.orders import Orders
from roomdeck.core.attendant.process import parts
from roomdeck.core.config import AttendantConfig, Http
from roomdeck.core.model import EventLevel, EventType

from .stage import GIVE_UP, stage

TOKEN = "0123456789abcdef"


def test_it_is_there_where_it_is_wanted() -> None:
    def made(http: Http | None) -> int:
        config = AttendantConfig(http=http)
        orders = Orders(folder="", room="", output="", sidecar="", config=config)
        return len(parts(orders))

    assert made(None) == 0
    assert made(Http("127.0.0.1", 9911)) == 1
    assert not AttendantConfig()
    assert AttendantConfig(http=Http("127.0.0.1", 9911))


async def test_an_address_that_is_taken_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "RETRY", 0.01)
    tried = asyncio.Queue[int]()
    listen = Listener.open

    async def open_at(host: str, port: int, handler: Handler) -> Listener:
        tried.put_nowait(port)
        return await listen(host, port, handler)

    monkeypatch.setattr(Listener, "open", open_at)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with stage(tmp_path, Http("127.0.0.1", port)) as here:
            news = await here.news()
            assert (news.event, news.level) == (EventType.WARNING, EventLevel.WARNING)
            assert f"127.0.0.1:{port}" in news.text
            assert "in use" in news.text
            for _ in range(5):
                await asyncio.wait_for(tried.get(), GIVE_UP)
            other.close()
            await here.opened()  # and nothing was told in between
            assert (await here.get("/healthz"))[0] == 200


async def test_without_the_token_nobody_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "RETRY", 0.01)
    file = tmp_path / "token"
    async with stage(tmp_path, Http("127.0.0.1", 0, str(file))) as here:
        news = await here.news()
        assert news.event == EventType.WARNING
        assert "cannot read the token file" in news.text
        made = tmp_path / "made"
        made.write_text(TOKEN)
        made.chmod(0o600)
        made.rename(file)
        await here.opened()
        assert (await here.get("/healthz"))[0] == 401


async def test_clients_hear_of_the_end_and_the_address_is_free(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.opened()
        async with here.session.get(here.url + "/api/events") as answer:
            here.tell(EventType.ENGINE_STOP)
            here.tell(EventType.ENGINE_END, "all files are closed")
            await here.server.close(GIVE_UP)
            heard = await asyncio.wait_for(answer.read(), GIVE_UP)
        assert b"all files are closed" in heard
        await asyncio.wait_for(here.attending, GIVE_UP)
        port = int(here.url.rsplit(":", 1)[1])
        with socket.socket() as next_one:
            next_one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            next_one.bind(("127.0.0.1", port))


async def test_an_end_before_the_beginning_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "RETRY", GIVE_UP * 10)
    async with stage(tmp_path, Http("127.0.0.1", 0, str(tmp_path / "none"))) as here:
        await here.news()
        here.tell(EventType.ENGINE_END)
        await here.server.close(GIVE_UP)
        await asyncio.wait_for(here.attending, GIVE_UP)


async def test_an_engine_that_is_gone_takes_it_along(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.opened()
        await here.server.close(0)
        await asyncio.wait_for(here.attending, GIVE_UP)
        with pytest.raises(OSError):  # noqa: PT011 - whichever says that nobody listens
            await here.get("/healthz")
