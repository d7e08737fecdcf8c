"""What stands in the middle of the dashboard when there is no table to show, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ....core.model import Event, EventLevel, EventType, RoomSnapshot, SignalingState, StreamState
from ...text.format import clock, short_size
from ...text.words import count
from .room import KnownRoom
from .view import View

PATIENCE = 20.0
"""Seconds in an empty room after which a wrong password becomes worth a word."""
DISK_FULL = "the disk is full"
"""How the engine begins the reason of every stream that a full disk ended."""

_DOUBT = (
    "Is somebody sending? A wrong password or salt leads into another, empty room: leave with q "
    "and check --password and --salt."
)


class Kind(StrEnum):
    """What the room is like."""

    STARTING = "starting"
    CONNECTING = "connecting"
    EMPTY = "empty"
    FILTERED = "filtered"
    PASSWORD = "password"
    SERVER_DOWN = "server-down"
    RECONNECTING = "reconnecting"
    DISK_FULL = "disk-full"
    ENGINE_GONE = "engine-gone"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Situation:
    """A few sentences: what is the matter, and what to do next."""

    kind: Kind
    title: str
    lines: tuple[str, ...]
    level: EventLevel = EventLevel.INFO
    covers: bool = True
    """Stands in place of the table; else above it, as there are rows to look at."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the events tell about the way into the room."""

    joined: bool = False
    tries: int = 0
    """Lost or failed websockets since we were last in the room."""
    reason: str = ""
    """Of the last failure."""
    retry_at: float | None = None
    """When the next try begins, in seconds since the session began."""
    locked_out: bool = False
    """Somebody here uses another password."""
    ended: bool = False
    """The engine closed all files and said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a situation is made of."""

    snapshot: RoomSnapshot | None
    past: Past = Past()
    shown: int = 0
    """Rows that the table has."""
    hidden: int = 0
    """Rows that the filter keeps away."""
    filter: str = ""
    gone: bool = False
    """The engine does not answer any more."""
    log: str = ""
    """Path of its log, where it has one."""


def situation_of(room: KnownRoom, view: View, wanted: str) -> Situation | None:
    """Return what is to be said of a room whose table shows a view, under a filter."""
    return situation(
        Facts(
            snapshot=room.snapshot,
            past=read_past(room.events),
            shown=len(view.rows),
            hidden=view.total - len(view.rows),
            filter=wanted,
            gone=room.gone,
            log=room.log,
        )
    )


def read_past(events: Iterable[Event]) -> Past:
    """Return what a room's events, oldest first, tell about the way into it."""
    joined, locked_out, ended = False, False, False
    lost: list[Event] = []
    for event in events:
        match event.type:
            case EventType.LINK_JOINED:
                joined, lost = True, []
            case EventType.LINK_LOST:
                lost.append(event)
            case EventType.ENGINE_END:
                ended = True
            case EventType.ENGINE_START:
                joined, locked_out, ended, lost = False, False, False, []
            case EventType.WARNING:
                locked_out |= "refused" in event.text and "password" in event.text
            case EventType.TAKE_START:
                locked_out = False
            case _:
                pass
    reason, retry_at = _last_failure(lost)
    return Past(joined, len(lost), reason, retry_at, locked_out, ended)


def _last_failure(lost: list[Event]) -> tuple[str, float | None]:
    if not lost:
        return "", None
    last = lost[-1]
    retry_in = last.data.get("retry_in")
    retry_at = last.elapsed + retry_in if isinstance(retry_in, int | float) else None
    return str(last.data.get("reason") or last.text), retry_at


def situation(facts: Facts) -> Situation | None:
    """Return what is to be said, or ``None`` where the table says it all."""
    snapshot = facts.snapshot
    if facts.past.ended or (snapshot is not None and snapshot.link is SignalingState.CLOSED):
        return _ended(facts)
    if facts.gone:
        return _engine_gone(facts)
    if snapshot is None:
        return Situation(
            Kind.STARTING, "Waiting for the engine", ("It should answer any moment.", "q leaves.")
        )
    if any(_disk_ended(stream.state, stream.reason) for stream in snapshot.streams):
        return _disk_full(snapshot)
    if snapshot.link is not SignalingState.JOINED:
        return _outside(facts, snapshot)
    if facts.shown:
        return None
    return _filtered(facts) if facts.hidden else _empty(facts, snapshot)


def _disk_ended(state: StreamState, reason: str) -> bool:
    return state is StreamState.FAIL and reason.startswith(DISK_FULL)


def _ended(facts: Facts) -> Situation:
    lines = ("All files are closed.",)
    if facts.snapshot is not None:
        lines += (f"They are in {facts.snapshot.output}",)
    return Situation(
        Kind.ENDED, "The recording is over", (*lines, "q leaves."), covers=not facts.shown
    )


def _engine_gone(facts: Facts) -> Situation:
    lines = [
        "Its media workers go on recording: leave with q and give the same roomdeck record "
        "command again, a new engine takes over."
    ]
    if facts.shown:
        lines.append("What you see is the last that it said.")
    if facts.log:
        lines.append(f"Why it went may be in {facts.log}")
    return Situation(
        Kind.ENGINE_GONE,
        "The engine is gone",
        tuple(lines),
        EventLevel.ERROR,
        covers=not facts.shown,
    )


def _disk_full(snapshot: RoomSnapshot) -> Situation:
    enough = snapshot.disk.goes_on
    when = f"when {short_size(enough)} are free" if enough else "then"
    return Situation(
        Kind.DISK_FULL,
        "The disk is full",
        (
            "The files were closed in time: what is in them plays.",
            f"Make space on the disk of {snapshot.output}: recording goes on by itself {when}, "
            "in new files.",
        ),
        EventLevel.ERROR,
        covers=False,
    )


def _outside(facts: Facts, snapshot: RoomSnapshot) -> Situation:
    past = facts.past
    if snapshot.link is SignalingState.CONNECTING and not past.tries:
        waited = count(int(snapshot.elapsed), "second")
        lines = (f"asking {snapshot.server} for {waited}", "q leaves; nothing is recorded yet.")
        return Situation(Kind.CONNECTING, f"Joining {snapshot.room}", lines)
    reason = past.reason or snapshot.link_detail or "no reason given"
    tries = _sentence(reason), f"Try {past.tries + 1}{_countdown(past, snapshot.elapsed)}."
    if past.joined or facts.shown or facts.hidden:
        rest = "Recordings that run are not affected; who comes now is seen when it is back."
        title = f"Connection to {snapshot.server} lost"
        return Situation(
            Kind.RECONNECTING, title, (*tries, rest), EventLevel.WARNING, covers=not facts.shown
        )
    rest = "It goes on trying. If the address is wrong, leave with q and give another: --server"
    title = f"Cannot reach {snapshot.server}"
    return Situation(Kind.SERVER_DOWN, title, (*tries, rest), EventLevel.ERROR)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1] in '.?!' else '.'}"


def _countdown(past: Past, now: float) -> str:
    if past.retry_at is None:
        return " follows"
    left = round(past.retry_at - now)
    return f" in {count(left, 'second')}" if left > 0 else " now"


def _filtered(facts: Facts) -> Situation:
    return Situation(
        Kind.FILTERED,
        f'0 of {count(facts.hidden, "stream")} match "{facts.filter}"',
        ("A filter only hides rows, it stops nothing. esc clears it.",),
    )


def _empty(facts: Facts, snapshot: RoomSnapshot) -> Situation:
    if facts.past.locked_out:
        return _locked_out(snapshot)
    starts = "Recording starts by itself when somebody sends."
    if snapshot.takes_done:
        files = f"{count(snapshot.takes_done, 'file')} closed in {snapshot.output}"
        return Situation(Kind.EMPTY, "Everybody has left", (files, starts))
    doubt = (_DOUBT,) if snapshot.elapsed >= PATIENCE else ()
    here = f"{clock(snapshot.elapsed)} in {snapshot.room}, 0 streams."
    files = f"Files will be in {snapshot.output}"
    return Situation(Kind.EMPTY, "Nobody is sending", (starts, *doubt, here, files))


def _locked_out(snapshot: RoomSnapshot) -> Situation:
    return Situation(
        Kind.PASSWORD,
        f"Wrong password for {snapshot.room}",
        (
            "What others here send does not open with our password and salt.",
            "Leave with q and give theirs: --password (false for none), --salt (the host name "
            "of their page).",
        ),
        EventLevel.ERROR,
    )
