"""A room that is recorded while something breaks, and what of it reached the files."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roomdeck.core.model import Codec, Kind
from roomdeck.core.publishing.publisher import Publisher
from roomdeck.core.recording.check import check
from roomdeck.core.recording.check.report import CheckReport, Comparison

from ..e2e.lab import Command, Lab, Line

FPS = 25
NEVER = 60.0
"""Seconds: how long something took that was not waited for any longer."""
STREAMS = {"alice": Codec.H264, "bob": Codec.VP8, "carol": Codec.H264}


@dataclass(frozen=True)
class Tail:
    """What a killed file lacks."""

    seconds: float
    bad: list[str]


class Room:
    """Streams that are recorded, and their publishers, in a lab."""

    def __init__(self, lab: Lab, recorder: Command, publishers: dict[str, Publisher]) -> None:
        self.lab = lab
        self.recorder = recorder
        self.publishers = publishers

    @classmethod
    async def open(
        cls,
        lab: Lab,
        *words: str,
        streams: dict[str, Codec] = STREAMS,
        environment: dict[str, str] | None = None,
        **publishing: Any,
    ) -> Room:
        """Record some streams, and wait until all of them are."""
        recorder = await lab.record(*words, **(environment or {}))
        publishers = {
            name: lab.publish(name, codec, number=number, seconds=None, **publishing)
            for number, (name, codec) in enumerate(streams.items(), 1)
        }
        room = cls(lab, recorder, publishers)
        await room.recorded(0.5)
        return room

    @property
    def streams(self) -> list[str]:
        """Their names."""
        return list(self.publishers)

    def sent(self, *streams: str) -> dict[str, int]:
        """Return how long the list of what each publisher has sent is, in bytes."""
        return {name: self.lab.sent(name).stat().st_size for name in streams or self.publishers}

    async def recorded(self, seconds: float) -> None:
        """Wait until each stream is seen to be recorded, in a file of this length, from now on."""
        known = len(self.recorder.all("status"))

        def all_are(line: Line) -> bool:
            rows = {row["stream"]: row for row in line["streams"]}
            fresh = line in self.recorder.all("status")[known:]
            return fresh and all(
                name in rows and rows[name]["state"] == "REC" and rows[name]["seconds"] >= seconds
                for name in self.publishers
            )

        await self.recorder.status(all_are)

    def takes(self, stream: str = "") -> list[Line]:
        """Return the takes that have ended so far."""
        return self.recorder.all("take.end", stream)

    async def next_files(self, begun: dict[str, int], since: float) -> dict[str, float]:
        """Return after how many seconds each stream had one more file than it had; or a minute.

        Args:
            begun: Files that each had.
            since: Unix time.
        """
        gaps: dict[str, float] = {}
        for name, count in begun.items():
            gaps[name] = NEVER
            with contextlib.suppress(AssertionError):
                line = await self.recorder.line("take.start", name, count + 1)
                gaps[name] = line["time"] - since
        return gaps

    def seconds(self) -> dict[str, tuple[int, float]]:
        """Return how many files each stream has had, and how long its last one is by now."""
        rows = {row["stream"]: row for row in self.recorder.all("status")[-1]["streams"]}
        return {name: (count, rows[name]["seconds"]) for name, count in self.files().items()}

    async def grown(
        self, before: dict[str, tuple[int, float]], since: float, patience: float = NEVER
    ) -> dict[str, float]:
        """Return after how many seconds each stream had grown again; or `NEVER`.

        Args:
            before: What there was, as of `seconds`.
            since: Unix time at which it could.
            patience: Seconds to wait.
        """
        back = dict.fromkeys(self.publishers, NEVER)
        count = len(self.recorder.all("status"))
        with contextlib.suppress(AssertionError, TimeoutError):
            async with asyncio.timeout(patience):
                while NEVER in back.values():
                    count += 1
                    line = await self.recorder.line("status", count=count)
                    for name, (files, length) in self.seconds().items():
                        fresh = files > before[name][0] or length > before[name][1]
                        if fresh and back[name] == NEVER and line["time"] >= since:
                            back[name] = line["time"] - since
        return back

    def files(self) -> dict[str, int]:
        """Return how many files each stream has had."""
        return {name: len(self.recorder.all("take.start", name)) for name in self.publishers}

    async def broken(self) -> list[str]:
        """Return what is wrong with streams of which nothing should be: one file, no holes."""
        wrong: list[str] = []
        for name in self.streams:
            wrong += [f"{name}: {one}" for one in await whole(self.lab, self.takes(name))]
        return wrong

    async def close(self) -> int:
        """Have everybody leave, and return the exit status of the recorder."""
        for publisher in self.publishers.values():
            publisher.stop()
        await self.lab.published()
        return await self.recorder.stop()

    async def tail(self, take: Line, since: int, until: int) -> Tail:
        """Compare a file with what was sent until it broke off.

        Args:
            take: The end of it.
            since: Where in the list that begins which its publisher may have sent for it: a source
                that nobody watches begins anew, so that what it sends is not unique.
            until: Where in the list it broke off.
        """
        name = take["stream"]
        part = self.lab.folder / f"{name}-part.jsonl"
        lines = self.lab.sent(name).read_bytes()[since:until]
        part.write_bytes(lines[: lines.rfind(b"\n") + 1])
        report = await asyncio.to_thread(check, Path(take["file"]), part)
        found = [one for one in report.comparisons if one.first is not None]
        tails = [one.seconds_at_end for one in found]
        return Tail(max(tails) if found else NEVER, report.problems)


async def whole(lab: Lab, takes: list[Line]) -> list[str]:
    """Return what is wrong with what should be one file without holes."""
    if len(takes) != 1:
        return [f"{len(takes)} files instead of one"]
    report = await lab.check(takes[0])
    missing = sum(one.missing for one in report.comparisons)
    return [*report.problems, *([f"{missing} frames are missing"] if missing else [])]


def pictures_of(report: CheckReport) -> Comparison:
    """Return what a check says about the pictures of a file."""
    return next(one for one in report.comparisons if one.kind is Kind.VIDEO)


def now() -> float:
    """Unix time, as events have it."""
    return time.time()
