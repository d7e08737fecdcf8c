"""Every screen of the dashboard, cell by cell, at the sizes that matter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.model import Alarm, AlarmKind, Event, RoomSnapshot, SignalingState

from ..fake_client import NOW, FakeClient, event, room, studio, studio_events
from ..goldens import FOLDER, looks_like
from ..screen_text import shown
from .model.test_node_page import festival
from .model.test_upload_page import ALL as UPLOADS
from .opened import dashboard


def nothing(client: FakeClient) -> None:
    """Leave it at that."""


def no_events() -> Sequence[Event]:
    """Nothing happened."""
    return ()


@dataclass(frozen=True)
class Scene:
    """How a screen comes about."""

    size: tuple[int, int]
    waits: str
    """What is on the screen when it is there."""
    keys: tuple[str, ...] = ()
    drawn: str = ""
    """What has to be on the screen before the last key."""
    room: Callable[[], RoomSnapshot | None] = studio
    events: Callable[[], Sequence[Event]] = studio_events
    then: Callable[[FakeClient], None] = nothing
    """What the engine does after the keys."""
    ascii: bool = False


def _outside(link: SignalingState) -> Callable[[], RoomSnapshot]:
    return lambda: room(link=link, elapsed=3.0)


def _lost(client: FakeClient) -> None:
    reason = {"reason": "the connection was closed", "retry_in": 5.0}
    lost = event(7, "link.lost", "the connection was closed", level="warning", data=reason)
    away = msgspec.structs.replace(studio(), link=SignalingState.RECONNECTING, version=2)
    client.show(lost, away)


def _closing(client: FakeClient) -> None:
    data = {"file": studio().streams[0].file, "bytes": 1_240_500_000, "seconds": 2519.0}
    client.show(event(7, "take.end", "closed", "anna", data=data | {"reason": "shutdown"}))


def _refused() -> Sequence[Event]:
    text = "cannot connect: connection refused"
    reason = {"reason": text, "retry_in": 5.0}
    return [event(99, "link.lost", text, level="warning", data=reason, elapsed=2.0)]


def _alarmed() -> RoomSnapshot:
    text = "no sound above -60 dBFS for 2 min 1 s"
    silent = Alarm(kind=AlarmKind.SILENCE, text=text, seconds=121.0, stream="anna")
    full = Alarm(kind=AlarmKind.DISK_FORECAST, text="the disk is full in 25 min", seconds=5.0)
    anna, *others = studio().streams
    streams = (msgspec.structs.replace(anna, alarms=(silent,)), *others)
    return msgspec.structs.replace(studio(), streams=streams, alarms=(full,))


def _was_alarmed() -> Sequence[Event]:
    data = {"alarm": "black", "seconds": 30.0}
    return [
        *studio_events(),
        event(50, "alarm.begin", "the picture is black", "ben", level="warning", data=data),
        event(70, "alarm.end", "it is not", "ben", data=data | {"seconds": 50.0}),
    ]


def _uploading() -> RoomSnapshot:
    return msgspec.structs.replace(studio(), uploads=UPLOADS)


def _cut_off() -> RoomSnapshot:
    return festival("Ray does not answer")


SCENES = {
    "main-120x40": Scene((120, 40), "Anna"),
    "main-80x24": Scene((80, 24), "Anna"),
    "main-60x15": Scene((60, 15), "Anna"),
    "main-40x10": Scene((40, 10), "Anna"),
    "main-ascii-80x24": Scene((80, 24), "Anna", ascii=True),
    "small-39x9": Scene((39, 9), "make me"),
    "starting-80x24": Scene((80, 24), "engine", room=lambda: None, events=no_events),
    "connecting-80x24": Scene(
        (80, 24), "Joining", room=_outside(SignalingState.CONNECTING), events=no_events
    ),
    "server-down-80x24": Scene(
        (80, 24), "Cannot reach", room=_outside(SignalingState.CONNECTING), events=_refused
    ),
    "empty-80x24": Scene((80, 24), "Nobody is sending", room=room, events=no_events),
    "empty-40x10": Scene((40, 10), "Nobody is sending", room=room, events=no_events),
    "reconnecting-80x24": Scene((80, 24), "lost", then=_lost),
    "engine-gone-80x24": Scene((80, 24), "gone", then=FakeClient.leave),
    "detail-80x24": Scene((80, 24), "jitter", ("enter",)),
    "detail-60x15": Scene((60, 15), "Anna", ("enter",)),
    "detail-120x40": Scene((120, 40), "jitter", ("enter",)),
    "alarms-80x24": Scene((80, 24), "is black", ("a",), room=_alarmed, events=_was_alarmed),
    "alarms-60x15": Scene((60, 15), "is black", ("a",), room=_alarmed, events=_was_alarmed),
    "uploads-80x24": Scene((80, 24), "Uploads: 1 of 4", ("u",), room=_uploading),
    "uploads-60x15": Scene((60, 15), "Uploads: 1 of 4", ("u",), room=_uploading),
    "nodes-80x24": Scene((80, 24), "holds Anna", ("N",), room=festival),
    "nodes-60x15": Scene((60, 15), "Nodes: 3", ("N",), room=festival),
    "cluster-80x24": Scene((80, 24), "recordings go on", room=_cut_off),
    "cluster-120x40": Scene((120, 40), "Anna", room=festival),
    "wall-80x24": Scene((80, 24), "kB/s", ("w",)),
    "wall-60x15": Scene((60, 15), "kB/s", ("w",)),
    "wall-ascii-80x24": Scene((80, 24), "no pictures", ("w",), ascii=True),
    "events-80x24": Scene((80, 24), "Events of", ("e",)),
    "help-80x24": Scene((80, 24), "record the marked", ("question_mark",)),
    "help-40x10": Scene((40, 10), "Help", ("question_mark",)),
    "stop-80x24": Scene((80, 24), "Keep recording", ("s",)),
    "stop-several-80x24": Scene((80, 24), "Keep recording", ("space", "space", "s"), "2 marked"),
    "stop-40x10": Scene((40, 10), "Keep recording", ("s",)),
    "stop-all-80x24": Scene((80, 24), "Keep recording", ("S",)),
    "leave-80x24": Scene((80, 24), "Stop all", ("q",)),
    "leave-40x10": Scene((40, 10), "Stop all", ("q",)),
    "leave-ascii-80x24": Scene((80, 24), "Stop all", ("q",), ascii=True),
    "finishing-80x24": Scene((80, 24), "closed", ("q", "y"), then=_closing),
    "impatient-80x24": Scene((80, 24), "unfinished", ("q", "y", "ctrl+c"), then=_closing),
    "filter-80x24": Scene((80, 24), "Ben", ("slash", *"ben")),
    "filter-none-80x24": Scene((80, 24), "0 of", ("slash", *"zzz", "enter")),
}


@pytest.mark.parametrize("name", SCENES)
async def test_a_screen_looks_as_in_its_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    scene = SCENES[name]
    client = FakeClient(*scene.events())
    if (snapshot := scene.room()) is not None:
        client.show(snapshot)
    async with dashboard(client, scene.size, ascii=scene.ascii) as pilot:
        if scene.keys:
            await shown(pilot, "Anna")
            await pilot.press(*scene.keys[:-1])
            await shown(pilot, scene.drawn)
            await pilot.press(scene.keys[-1])
        scene.then(client)
        await shown(pilot, scene.waits)
        await looks_like(pilot, name)


def test_every_file_belongs_to_a_screen() -> None:
    assert {Path(file).stem for file in FOLDER.glob("*.txt")} == set(SCENES)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_no_line_is_wider_than_the_screen(file: Path) -> None:
    columns, rows = (int(cells) for cells in file.stem.rsplit("-", 1)[1].split("x"))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == rows
    assert max(map(len, lines)) <= columns
    if "ascii" in file.stem:
        assert [line for line in lines if not line.replace("·", "").isascii()] == []
