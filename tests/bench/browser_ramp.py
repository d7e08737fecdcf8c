"""How fast Chromium's congestion control rises when we receive: a table of its own figures.

    python -m tests.bench.browser_ramp [--limit KBIT] [--seconds S] [--bitrate KBIT]

The page sends noise with up to 4 Mbit/s. With ``--limit`` the way from the page to the recorder
is a link of so many kbit/s between two network namespaces (needs ``unshare``, ``nsenter``, ``ip``
and ``tc``).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

from roomdeck.core.recording.check import check, describe
from roomdeck.core.server.app import serve
from tests.e2e.browser import Page, chromium, find_chromium
from tests.e2e.lab import Command, laboratory

_MARKS = (2.0, 5.0, 10.0, 20.0, 38.0)
_INSIDE = "ROOMDECK_BENCH_NAMESPACE"
_NEAR, _FAR = "10.99.0.1", "10.99.0.2"


def _enter_namespace() -> None:
    """Run again where there is no network but our own."""
    os.environ[_INSIDE] = "1"
    words = [sys.executable, "-m", "tests.bench.browser_ramp", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--map-root-user", "--net", "--", *words])


@contextlib.contextmanager
def _link(kbit: int) -> Generator[list[str], None, None]:
    """Make a second network for the recorder, and a link to it with a narrow way there.

    Yields:
        What to put before a command that shall run in the second network.
    """
    with subprocess.Popen(["unshare", "--net", "sleep", "600"]) as holder:
        try:
            while os.readlink(f"/proc/{holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
                time.sleep(0.01)
            there = ["nsenter", f"--net=/proc/{holder.pid}/ns/net", "--"]
            for command in (
                "ip link set lo up",
                f"ip link add near type veth peer name far netns {holder.pid}",
                f"ip address add {_NEAR}/24 dev near",
                "ip link set near up",
                f"{' '.join(there)} ip link set lo up",
                f"{' '.join(there)} ip address add {_FAR}/24 dev far",
                f"{' '.join(there)} ip link set far up",
                # Chromium asks the routing table which of its addresses leads outside.
                f"ip route add default via {_FAR}",
                f"tc qdisc add dev near root tbf rate {kbit}kbit burst 5kb latency 400ms",
            ):
                subprocess.run(command.split(), check=True)
            yield there
        finally:
            holder.kill()


def _dropped() -> int:
    """Count the packets that found the queue full."""
    said = subprocess.run(
        ["tc", "-s", "qdisc", "show", "dev", "near"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"dropped (\d+)", said)
    return int(found[1]) if found else 0


async def _sample(page: Page) -> dict[str, Any]:
    (video,) = await page.stats("outbound-rtp", "video")
    pairs = await page.stats("candidate-pair")
    remote = await page.stats("remote-inbound-rtp", "video")
    available = max((pair.get("availableOutgoingBitrate", 0) for pair in pairs), default=0)
    lost = remote[0]["packetsLost"] if remote else 0
    return video | {"available": available, "lost": lost, "at": time.monotonic()}


_COLUMNS = ("time s", "target", "sent", "available", "fps", "size", "lost", "nacks", "PLIs")


def _row(mark: float, now: dict[str, Any], before: dict[str, Any]) -> list[object]:
    sent = (now["bytesSent"] - before["bytesSent"]) * 8e-3 / (now["at"] - before["at"])
    return [
        f"{mark:g}",
        *(round(now.get("targetBitrate", 0) / 1000), round(sent), round(now["available"] / 1000)),
        now.get("framesPerSecond", 0),
        f"{now.get('frameWidth', 0)}x{now.get('frameHeight', 0)}",
        *(now["lost"], now["nackCount"], now["pliCount"]),
    ]


def _print(row: list[object]) -> None:
    print("  ".join(f"{cell!s:>9}" for cell in row), flush=True)


async def _watch(page: Page, seconds: float) -> None:
    """Print a row at each mark; what was sent is measured over the last second before it."""
    await page.until(
        "publisher.stats().then((all) => all.some((one) => one.framesEncoded && one.bytesSent))"
    )
    began = time.monotonic()
    _print(list(_COLUMNS))
    for mark in (mark for mark in _MARKS if mark <= seconds):
        await asyncio.sleep(max(0.0, began + mark - 1 - time.monotonic()))
        before = await _sample(page)
        await asyncio.sleep(max(0.0, began + mark - time.monotonic()))
        _print(_row(mark, await _sample(page), before))


@contextlib.asynccontextmanager
async def _room(there: list[str]) -> AsyncGenerator[tuple[str, Command], None]:
    """Open a room with a recorder that runs behind the link, if there is one."""
    folder = Path(tempfile.mkdtemp(prefix="roomdeck-ramp-"))
    host, seen = ("0.0.0.0", _NEAR) if there else ("127.0.0.1", "127.0.0.1")
    async with laboratory(folder) as lab, serve(host) as server:
        words = ["record", "lab", "--headless", "--json", "--server", f"ws://{seen}:{server.port}"]
        process = await asyncio.create_subprocess_exec(
            *(*there, sys.executable, "-m", "roomdeck.tui", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=lab.environment,
        )
        recorder = Command(process)
        lab.commands.append(recorder)
        await recorder.line("link.joined")
        yield server.url, recorder


async def _measure(binary: str, words: argparse.Namespace, there: list[str]) -> None:
    async with _room(there) as (server, recorder), chromium(binary) as browser:
        options = {"codec": words.codec, "bitrate": words.bitrate, "noise": 1}
        page = await browser.publish(server, "ramp", width=1280, height=720, **options)
        await _watch(page, words.seconds)
        await page.run("publisher.leave()")
        take = await recorder.line("take.end", "ramp")
        await recorder.stop()
    print("\n".join(describe(check(Path(take["file"])))))
    print(f"packets {take['packets']}, holes {take['holes']}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--limit", type=int, default=0, help="kbit/s of the link")
    parser.add_argument("--seconds", type=float, default=38.5)
    parser.add_argument("--bitrate", type=int, default=4000, help="kbit/s the page may send")
    parser.add_argument("--codec", default="vp8")
    words = parser.parse_args()
    binary = find_chromium()
    if binary is None:
        sys.exit("no Chromium is installed")
    if not words.limit:
        asyncio.run(_measure(binary, words, []))
        return
    if not os.environ.get(_INSIDE):
        _enter_namespace()
    with _link(words.limit) as there:
        asyncio.run(_measure(binary, words, there))
        print(f"{_dropped()} packets dropped by the link of {words.limit} kbit/s")


if __name__ == "__main__":
    main()
