"""What came of an evening: a table, and all that is not as it has to be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from roomdeck.core.model import EventType

from .box import AFTER, Box
from .troubles import Diary, Trouble

PATIENCE = 60.0
"""Seconds after its end in which hooks hear the rest, and files get to the store."""
JUST_THEN = 1.0
"""Seconds before its attendant is killed in which an event happened that a program may hear of
twice, with the same id: it was begun, and nobody could note that any more."""
HEAD = """\
| what is done | alarm | after | told | on the screen | its end there | hooks |
| --- | --- | ---: | ---: | ---: | ---: | --- |"""


class Heard:
    """What hooks heard."""

    def __init__(self, box: Box) -> None:
        lines = box.heard_file.read_text().splitlines() if box.heard_file.exists() else []
        self.command: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.address = box.ears.bodies
        self.ids = Counter(body["id"] for body in self.command)
        self.deliveries = Counter(box.ears.ids)

    def over(self) -> bool:
        """Whether all was heard, to the last."""
        last = (body["id"] for body in self.command if body["type"] == EventType.ENGINE_END)
        return any(last) and self.ids.keys() == self.deliveries.keys()

    def of(self, trouble: Trouble) -> tuple[int, int]:
        """Return how often the begin of a trouble was heard by the program and by the address."""
        begin = trouble.begin
        if begin is None:
            return 0, 0
        by_command = {one["id"] for one in self.command if _is(one, begin.time, begin.data)}
        return (
            sum(self.ids[one] for one in by_command),
            len({one["id"] for one in self.address if _is(one, begin.time, begin.data)}),
        )

    def wrong(self, box: Box) -> list[str]:
        """Return what was not heard once by each."""
        twice = [
            body
            for body in self.command
            if self.ids[body["id"]] > 1
            and not 0 <= box.attendant_killed - body["time"] <= JUST_THEN
        ]
        missed = self.ids.keys() ^ self.deliveries.keys()
        known = {(one["type"], round(one["time"], 3)) for one in self.command}
        untold = [
            seen.event
            for seen in box.events
            if (seen.event.type, round(seen.event.time, 3)) not in known
        ]
        return [
            *(f"the program heard twice of {one['type']} at {one['time']:.3f}" for one in twice),
            *(f"only one of both heard {one}" for one in missed),
            *(f"no hook heard {event.type}: {event.text}" for event in untold),
        ]


def _is(body: dict[str, Any], at: float, data: dict[str, Any]) -> bool:
    told = body["type"] == EventType.ALARM_BEGIN and body["alarm"] == data["alarm"]
    return told and abs(body["time"] - at) < 0.001


async def settled(box: Box) -> Heard:
    """Wait until hooks have heard the end and all files are in the store; not for ever."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        heard = Heard(box)
        # What is listed may get its name before it is read.
        with contextlib.suppress(FileNotFoundError):
            if heard.over() and not await asyncio.to_thread(not_there, box):
                break
        await asyncio.sleep(0.5)
    return Heard(box)


def not_there(box: Box) -> list[str]:
    """Return which files are not in the store as they are here, or were sent twice."""
    there, wrong = box.store(), list[str]()
    here = {path.name: path for path in files(box)}
    for name, path in here.items():
        if there.get(name) != path.read_bytes():
            wrong.append(f"{name} is not in the store as it is here")
        if box.gate.sent[name] > 1:
            wrong.append(f"{name} was sent {box.gate.sent[name]} times")
    return wrong + [f"{name} is in the store, and not here" for name in there.keys() - here.keys()]


def files(box: Box) -> list[Path]:
    """Return what is to be uploaded."""
    return [path for path in box.output.iterdir() if path.is_file() and path.name[0] != "."]


def table(diary: Diary, heard: Heard) -> str:
    """Return the table as Markdown."""
    return "\n".join([HEAD, *(_row(one, heard) for one in diary.troubles)])


def told(box: Box) -> str:
    """Return all alarms as they were told, and when guests had no time to send anything."""
    kinds = EventType.ALARM_BEGIN, EventType.ALARM_END
    events = [seen.event for seen in box.events]
    start = min((event.time for event in events), default=0.0)
    lines = [
        (event.time, f"{event.type} {event.data['alarm']} {event.stream}: {event.text}")
        for event in events
        if event.type in kinds
    ] + [
        (pause.since, f"{name} had no time for {pause.kind.value} for {pause.seconds:.1f} s")
        for name, mood in box.moods.items()
        for pause in mood.pauses
    ]
    return "\n".join(f"{at - start:6.1f} s {text}" for at, text in sorted(lines))


def _row(one: Trouble, heard: Heard) -> str:
    late = "never" if one.begin is None else f"{max(one.late, 0.0):.1f} s"
    seen, gone = (
        "never" if after is None else f"{after:.1f} s" for after in (one.seen_after, one.gone_after)
    )
    by_command, by_address = heard.of(one)
    times = f"{by_command} + {by_address}"
    after = f"{AFTER[one.kind]:g} s"
    cells = one.text, f"`{one.kind.value}`", after, late, seen, gone, times
    return f"| {' | '.join(cells)} |"
