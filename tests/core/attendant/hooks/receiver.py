"""An address that hears of events."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import msgspec
from aiohttp import web


class Receiver:
    """What came, and how it is answered: with 204, or with what is in `answers` first."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.raw: list[bytes] = []
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.url = ""
        self._came = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def open(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._post)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/token-in-the-path"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers in self.headers]

    @property
    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies]

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(30):
            async with self._came:
                await self._came.wait_for(lambda: len(self.bodies) >= count)

    async def _post(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.raw.append(raw)
        self.bodies.append(msgspec.json.decode(raw))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        async with self._came:
            self._came.notify_all()
        status, headers = self.answers.popleft() if self.answers else (204, {})
        return web.Response(status=status, headers=headers)
