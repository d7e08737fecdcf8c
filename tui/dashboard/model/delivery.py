"""How far a delivery is: bars, speed and the time that is left, per file and for all. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from ....core.model import StreamState
from ...text.format import clean, clock, fit
from ...text.words import count
from .glyphs import Glyphs
from .parts import Line
from .rows import ListRow, heading, sentence, wrapped

_ALL = "all"
_FIGURES = 20
"""Cells of per cent, speed and time left."""


class FileShare(msgspec.Struct, frozen=True):
    """A file that is being made."""

    done: float
    """In seconds of encoding, more or less."""
    all: float
    since: float
    """When it was first told of; monotonic seconds, as all here."""
    before: float
    """What was done then: pieces of an interrupted delivery are there already."""

    @property
    def share(self) -> float:
        """0 to 1."""
        return min(1.0, self.done / self.all) if self.all else 0.0

    def speed(self, now: float) -> float:
        """Seconds of encoding per second."""
        return (self.done - self.before) / max(0.1, now - self.since)

    def left(self, now: float) -> float | None:
        """Seconds; ``None`` where nobody can say yet."""
        speed = self.speed(now)
        return (self.all - self.done) / speed if speed > 0 else None


class MadeFile(msgspec.Struct, frozen=True):
    """A file that is there, or could not be made."""

    file: str
    """Its path."""
    error: str = ""
    notes: tuple[str, ...] = ()
    was_there: bool = False


class Delivery:
    """What a delivery has told.

    Args:
        preset: Which files.
        now: When it began.
    """

    def __init__(self, preset: str, now: float) -> None:
        self.preset = preset
        self.running = True
        self.error = ""
        """Why all of it failed."""
        self.interrupted = False
        self.held = False
        """It stands still, for a recording on this machine needs the cores."""
        self.shares: dict[str, FileShare] = {}
        """By name."""
        self.made: dict[str, MadeFile] = {}
        """By name."""
        self._begun = now
        self._took = 0.0

    def hear(self, line: Mapping[str, Any], now: float) -> None:
        """Take a line that the command said."""
        match line.get("type"):
            case "deliver.progress":
                self.held = bool(line.get("held"))
                for name, told in line.get("files", {}).items():
                    self._share(str(name), float(told["done"]), float(told["all"]), now)
            case "deliver.file":
                file = str(line["file"])
                notes = tuple(map(str, line.get("notes", ())))
                error, was_there = str(line.get("error") or ""), bool(line.get("was_there"))
                self.made[os.path.basename(file)] = MadeFile(file, error, notes, was_there)
            case _:
                pass

    def end(self, now: float, error: str = "", *, interrupted: bool = False) -> None:
        """It is over."""
        self.running, self.held = False, False
        self.error, self.interrupted = error, interrupted
        self._took = now - self._begun

    @property
    def whole(self) -> FileShare | None:
        """All files as one; ``None`` before the first news of them."""
        shares = self.shares.values()
        if not shares:
            return None
        done, all_ = sum(one.done for one in shares), sum(one.all for one in shares)
        before = sum(one.before for one in shares)
        return FileShare(done, all_, min(one.since for one in shares), before)

    @property
    def failed(self) -> int:
        """Files that could not be made."""
        return sum(bool(one.error) for one in self.made.values())

    @property
    def folder(self) -> str:
        """Where files are; empty before the first one."""
        return next((os.path.dirname(one.file) for one in self.made.values()), "")

    def words(self, now: float) -> str:
        """Return how far it is, in one sentence."""
        name = f"files to edit with ({self.preset})"
        if self.error:
            return f"{name}: {self.error}"
        if self.interrupted:
            return f"{name}: interrupted; d goes on from there"
        if not self.running:
            failed = f", {self.failed} FAILED" if self.failed else ""
            made = count(len(self.made) - self.failed, "file")
            return f"{name}: {made} in {self.folder or 'no folder'}, in {clock(self._took)}{failed}"
        if self.held:
            return f"{name}: waits, for a recording on this machine needs the cores"
        whole = self.whole
        if whole is None:
            return f"{name}: reading what was recorded"
        left = whole.left(now)
        rest = "" if left is None else f", {clock(left)} left"
        return f"{name}: {whole.share:.0%}{rest}"

    def _share(self, name: str, done: float, all_: float, now: float) -> None:
        known = self.shares.get(name)
        since, before = (known.since, known.before) if known else (now, done)
        self.shares[name] = FileShare(done, all_, since, before)


def rows(delivery: Delivery, now: float, width: int, glyphs: Glyphs) -> list[ListRow]:
    """Return the list: all, then each file."""
    bad = bool(delivery.error or delivery.failed)
    lines = sentence(delivery.words(now), width, "error" if bad else "")
    whole = delivery.whole
    if whole is not None and delivery.running:
        lines.append(ListRow(((" ", ""), *_bar(_ALL, whole, now, width, glyphs))))
    names = list(dict.fromkeys((*delivery.shares, *delivery.made)))
    lines.append(heading(count(len(names), "file") if names else "no file yet", width, glyphs))
    for name in names:
        made = delivery.made.get(name)
        if made is not None:
            lines.append(ListRow(_made(name, made, width, glyphs), name))
        elif name in delivery.shares:
            lines.append(ListRow(_bar(name, delivery.shares[name], now, width, glyphs), name))
    return lines


def _bar(name: str, share: FileShare, now: float, width: int, glyphs: Glyphs) -> Line:
    named = max(8, width // 4)
    room = max(4, width - named - _FIGURES - 4)
    full = round(share.share * room)
    left = share.left(now)
    rest = clock(left) if left is not None else "-:--:--"
    speed = f"{share.speed(now):.1f}x"
    figures = f" {share.share:>4.0%} {speed:>6} {rest:>8}"
    return (
        (f"{fit(name, named, ellipsis=glyphs.ellipsis)} ", ""),
        (glyphs.blocks[-1] * full, "strong"),
        (glyphs.line * (room - full), "muted"),
        (figures, ""),
    )


def _made(name: str, made: MadeFile, width: int, glyphs: Glyphs) -> Line:
    state = StreamState.FAIL if made.error else StreamState.DONE
    word = "failed" if made.error else "there already" if made.was_there else "done"
    if made.notes and not made.error:
        word += f", {count(len(made.notes), 'note')}"
    head = f"{glyphs.states[state]} {word}"
    return (
        (f"{fit(name, max(8, width // 4), ellipsis=glyphs.ellipsis)} ", ""),
        (head, "error" if made.error else ""),
    )


def more(delivery: Delivery, name: str, width: int) -> list[Line]:
    """Return what is told of a file: where it is, what went wrong, what could not be read."""
    made = delivery.made.get(name)
    if made is None:
        return wrapped(clean(name), width, "muted") if name else []
    lines = wrapped(made.error, width, "error") if made.error else []
    lines += [] if made.error else wrapped(made.file, width, "muted")
    return [*lines, *(line for note in made.notes for line in wrapped(note, width, "warning"))]
