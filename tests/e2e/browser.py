"""Headless Chromium over the DevTools protocol, and the page of ours that publishes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.server
import itertools
import json
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect

BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE = Path(__file__).parent / "page"
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # A page that nobody clicks on may make sound, and is drawn at full rate when covered.
    *("--autoplay-policy=no-user-gesture-required", "--disable-renderer-backgrounding"),
    *("--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows"),
    "--remote-debugging-port=0",
)
_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A microphone that may be used. Without it a page does not learn its own addresses."""
_START = 20.0
_CALL = 20.0


def find_chromium() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next(filter(None, map(shutil.which, BINARIES)), None)


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    async def run(self, script: str) -> Any:
        """Evaluate JavaScript; a promise is waited for."""
        words = {"expression": script, "awaitPromise": True, "returnByValue": True}
        said = await self._browser.call("Runtime.evaluate", words, self._session)
        if "exceptionDetails" in said:
            raise AssertionError(f"{script[:200]}: {json.dumps(said['exceptionDetails'])[:2000]}")
        return said["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until JavaScript gives something true, and return it; a page may still load."""
        look = f"async () => {{ try {{ return await ({script}); }} catch {{ return null; }} }}"
        return await self.run(
            f"new Promise((resolve) => {{ const look = {look}; const again = async () => {{"
            " const value = await look();"
            " if (value) resolve(value); else setTimeout(again, 50); }; again(); })"
        )

    async def stats(self, type_: str, kind: str = "") -> list[dict[str, Any]]:
        """Return what getStats says of a type, in all connections of the page."""
        found = await self.run("publisher.stats()")
        return [one for one in found if one["type"] == type_ and kind in ("", one.get("kind"))]

    async def show(self, width: int, *, dark: bool = False) -> None:
        """Give it another width, in pixels of its own, and colours."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        await self._browser.call("Emulation.setDeviceMetricsOverride", metrics, self._session)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self._browser.call(
            "Emulation.setEmulatedMedia", {"features": [scheme]}, self._session
        )

    async def reload(self) -> None:
        """Load the page again."""
        await self._browser.call("Page.reload", {}, self._session)

    async def close(self) -> None:
        """Close the tab as a person does: its farewell handlers run."""
        await self._browser.call("Page.close", {}, self._session)


class Browser:
    """A running Chromium."""

    def __init__(
        self, process: asyncio.subprocess.Process, socket: ClientConnection, pages: str
    ) -> None:
        self.process = process
        self._socket = socket
        self._pages = pages
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.events: list[tuple[str, dict[str, Any]]] = []
        """What was told without being asked for: method and words."""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if "method" in message:
                self.events.append((message["method"], message["params"]))
            waiting = self._waiting.pop(message.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)

    async def call(
        self, method: str, words: dict[str, Any], session: str | None = None
    ) -> dict[str, Any]:
        """Call a method of the DevTools protocol."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"id": number, "method": method, "params": words}
        await self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        answer = await asyncio.wait_for(self._waiting[number], _CALL)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    async def publish(self, server: str, stream: str, **options: object) -> Page:
        """Open the publishing page; its options are those at the top of page/publisher.js."""
        query = urlencode({"server": server, "stream": stream} | options)
        return await self.open(f"{self._pages}/publisher.html?{query}")

    async def accept(self, url: str) -> Page:
        """Open a page whose certificate nobody vouches for, and go on as a person does."""
        page = await self.open(url)
        for button in ("#details-button", "#proceed-link"):
            await page.until(f"document.querySelector('{button}') !== null")
            # A moment later, since the page that would answer is left by it.
            await page.run(f"setTimeout(() => document.querySelector('{button}').click(), 50); 0")
        async with asyncio.timeout(_CALL):
            while await page.run("location.protocol") != "https:":  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return page

    async def open(self, url: str, *domains: str) -> Page:
        """Open a page in a new tab; events of these domains of the protocol are told."""
        target = (await self.call("Target.createTarget", {"url": "about:blank"}))["targetId"]
        words = {"targetId": target, "flatten": True}
        session = (await self.call("Target.attachToTarget", words))["sessionId"]
        for domain in domains:
            await self.call(f"{domain}.enable", {}, session)
        await self.call("Page.navigate", {"url": url}, session)
        return Page(self, session)

    async def kill(self) -> None:
        """End it as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def close(self) -> None:
        """End it and forget what it said."""
        if self.process.returncode is None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.call("Browser.close", {}), 3)
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
        await self.process.wait()
        self._reading.cancel()
        await self._socket.close()


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def _serve_pages() -> Generator[str, None, None]:
    """Serve the page where Chromium lets it use encryption and devices: on loopback."""
    handler = functools.partial(_Files, directory=str(PAGE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


async def _endpoint(profile: Path, process: asyncio.subprocess.Process) -> str:
    """Wait for the file in which Chromium says where it listens."""
    said = profile / "DevToolsActivePort"
    async with asyncio.timeout(_START):
        while not (said.exists() and said.read_text().count("\n")):
            assert process.returncode is None, "Chromium ended at once"
            await asyncio.sleep(0.05)
    port, path = said.read_text().split()
    return f"ws://127.0.0.1:{port}{path}"


async def _trust(home: Path, authority: Path) -> None:
    """Have the certificate store of a home vouch for whom this authority has signed."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    certutil = ("certutil", "-d", f"sql:{store}")
    for words in (
        ("-N", "--empty-password"),
        ("-A", "-t", "C,,", "-n", "test", "-i", str(authority)),
    ):
        process = await asyncio.create_subprocess_exec(*certutil, *words)
        assert await process.wait() == 0


@contextlib.asynccontextmanager
async def chromium(
    binary: str, *, devices: bool = True, authority: Path | None = None
) -> AsyncGenerator[Browser, None]:
    """Start a Chromium with a new profile, which trusts one more authority if asked to."""
    profile = Path(tempfile.mkdtemp(prefix="roomdeck-chromium-"))
    if authority is not None:
        await _trust(profile, authority)
    with _serve_pages() as pages:
        process = await asyncio.create_subprocess_exec(
            binary,
            *_FLAGS,
            *(_DEVICES if devices else ()),
            f"--user-data-dir={profile}",
            "about:blank",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | ({"HOME": str(profile)} if authority else {}),
        )
        try:
            socket = await connect(await _endpoint(profile, process), max_size=None, proxy=None)
            browser = Browser(process, socket, pages)
            try:
                yield browser
            finally:
                await browser.close()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            shutil.rmtree(profile, ignore_errors=True)
