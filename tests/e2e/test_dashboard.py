"""A person's first minutes: record three streams, stop one, exclude one, leave and come back."""

from __future__ import annotations

import re
from pathlib import Path

from roomdeck.core.model import Codec
from roomdeck.core.recording.check import check
from roomdeck.core.units import size
from roomdeck.tui.exits import Exit

from ..tui.terminal import Terminal, terminal
from .lab import Lab
from .watch import watch

RECORD = ("-m", "roomdeck.tui", "record", "lab")
ATTACH = ("-m", "roomdeck.tui", "attach")
_FIRST_ROW = 2
"""Below room bar and titles."""
_CURSOR = re.compile(r"^▸ +\S [A-Z]+ +(?P<name>\S+) ", re.MULTILINE)
_TAKE = re.compile(r"^ +(?P<name>\S+) +(?P<time>[\d:]+) +(?P<size>[\d.]+ \w+) +(?P<path>/.+\.\w+)")


async def test_stop_exclude_detach_attach_and_leave_by_keys(lab: Lab) -> None:
    for number, (name, codec) in enumerate(
        [("alice", Codec.H264), ("bob", Codec.VP8), ("charlie", Codec.VP9)], start=1
    ):
        lab.publish(name, codec, number=number, seconds=None)
    async with terminal(*RECORD, environment=lab.environment) as screen:
        for name in ("alice", "bob", "charlie"):
            await _row(screen, name, "REC")
        await _go_to(screen, "bob")
        screen.press("s")
        await screen.shown("Stop bob")
        screen.press("y")
        await _row(screen, "bob", "OFF")
        await _go_to(screen, "charlie")
        screen.press("x")
        await screen.shown("Exclude charlie")
        screen.press("y")
        await _row(screen, "charlie", "SKIP")
        screen.press("q")
        await screen.shown("1 recording is running")
        screen.press("d")
        assert await screen.ended() == Exit.OK
        left = _summary(screen)

    assert set(left) == {"alice", "bob", "charlie"}
    async with watch(lab) as engine:
        await engine.goes_on("alice", 1)
        async with terminal(*ATTACH, environment=lab.environment) as screen:
            for name, state in (("alice", "REC"), ("bob", "OFF"), ("charlie", "SKIP")):
                await _row(screen, name, state)
            screen.press("q")
            await screen.shown("1 recording is running")
            screen.press("y")
            await screen.shown("The recording is over", "3 good")
            screen.press("q")
            assert await screen.ended() == Exit.OK
            takes = _summary(screen)
        await engine.ended()

    assert takes["bob"] == left["bob"]
    assert takes["charlie"] == left["charlie"]
    _agree(takes, lab.output)


def _agree(takes: dict[str, tuple[str, str]], output: Path) -> None:
    files = {Path(path) for path, _ in takes.values()}
    assert files == {path for path in output.iterdir() if path.suffix in (".ts", ".mkv")}
    for path, said in takes.values():
        assert said == size(Path(path).stat().st_size)
        assert not check(Path(path), None).bad


async def _go_to(screen: Terminal, name: str) -> None:
    """Move the cursor to a stream, as a person does: looking."""
    screen.press("g")
    await screen.until(lambda text: "▸" in text.splitlines()[_FIRST_ROW], "the first row")
    while name != (row := _under_cursor(screen.text())):
        screen.press("down")
        await screen.until(lambda text, row=row: _under_cursor(text) not in ("", row), f"not {row}")


def _under_cursor(text: str) -> str:
    """Return the stream's name; empty while the row is being drawn."""
    found = _CURSOR.search(text)
    return found["name"] if found else ""


async def _row(screen: Terminal, name: str, state: str) -> None:
    pattern = re.compile(rf"^.{{0,4}}\S {state} +{name} ", re.MULTILINE)
    await screen.until(lambda text: pattern.search(text), f"{name} {state}")


def _summary(screen: Terminal) -> dict[str, tuple[str, str]]:
    """Return path and size of each take, by name, as they stay in the scroll-back."""
    matches = (_TAKE.match(line) for line in screen.scroll_back().splitlines())
    return {match["name"]: (match["path"], match["size"]) for match in matches if match}
