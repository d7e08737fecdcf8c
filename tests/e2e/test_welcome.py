"""From the start screen to files: a link with a password is pasted, and recorded."""

from __future__ import annotations

from pathlib import Path

import msgspec

from roomdeck.tui.exits import Exit

from ..tui.terminal import terminal
from .lab import Lab

SECRET = "s3cret-of-the-room"


async def test_a_pasted_link_is_recorded_and_its_password_stays_nowhere(
    lab: Lab, tmp_path: Path
) -> None:
    environment = lab.environment | {"ROOMDECK_SERVER": "", "XDG_STATE_HOME": str(tmp_path / "s")}
    lab.publish("alice", seconds=None, room=msgspec.structs.replace(lab.room(), password=SECRET))
    link = f"https://vdo.ninja/?room=lab&wss2={lab.server.url}&pw={SECRET}"
    async with terminal("-m", "roomdeck.tui", environment=environment) as screen:
        await screen.shown("link or room", str(lab.output))
        screen.press(f"\x1b[200~\n  {link[:40]}\r\n{link[40:]}\n\x1b[201~")
        await screen.shown("room=lab", lab.server.url, "•" * len(SECRET))
        screen.press("enter")
        await screen.shown("REC 1", "alice")
        assert not any(SECRET.encode() in words for words in _command_lines())
        screen.press("q")
        await screen.shown("Stop all")
        screen.press("y")
        await screen.shown("The recording is over")
        screen.press("q")
        assert await screen.ended() == Exit.OK
        assert SECRET.encode() not in screen.output
    (take,) = lab.output.glob("lab_alice_*.ts")
    report = await lab.check({"stream": "alice", "file": str(take)})
    assert not report.bad
    kept = [file for folder in (lab.runtime, lab.output, tmp_path / "s") for file in _files(folder)]
    assert tmp_path / "s" / "roomdeck" / "recent.json" in kept
    assert [file for file in kept if SECRET.encode() in file.read_bytes()] == []


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _command_lines() -> list[bytes]:
    found: list[bytes] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return found
