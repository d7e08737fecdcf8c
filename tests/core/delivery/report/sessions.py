"""Sessions to be reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from roomdeck.core.delivery.report.model import Levels, Report, report_of
from roomdeck.core.delivery.session import session_of
from roomdeck.core.model import (
    AlarmKind,
    AudioSummary,
    Codec,
    EndReason,
    EventLevel,
    EventType,
    Kind,
    PacketCounts,
    PictureSize,
    TakeSummary,
    VideoSummary,
)
from roomdeck.core.recording.check import CheckReport
from roomdeck.core.recording.sidecar import Happening, Marker, SessionInfo, Sidecar

STARTED = 1_700_000_000.0
FOLDER = Path("/rec")


def take(stream: str, file: str, offset: float, seconds: float, **changes: Any) -> TakeSummary:
    values: dict[str, Any] = {
        "reason": EndReason.BYE,
        "recording": file,
        "bytes": 1_000_000,
        "video": VideoSummary(Codec.VP8, 640, 360, 25),
        "audio": AudioSummary(Codec.OPUS, 50, 2),
    }
    return TakeSummary(
        stream=stream,
        raw_id=stream,
        file=file,
        started=STARTED + offset,
        offset=offset,
        seconds=seconds,
        **(values | changes),
    )


def marker(offset: float, text: str = "", *streams: str) -> Marker:
    return Marker(time=STARTED + offset, offset=offset, text=text, streams=streams)


def happening(offset: float, type_: EventType, stream: str = "", **more: Any) -> Happening:
    return Happening(time=STARTED + offset, offset=offset, type=type_, stream=stream, **more)


def stall(offset: float, stream: str, what: str, stood: float) -> Happening:
    more: dict[str, Any] = {"what": what, "seconds": stood, "text": "it stands still"}
    level = EventLevel.WARNING
    return happening(offset, EventType.STREAM_STALL, stream, level=level, **more)


def resume(offset: float, stream: str, what: str, stood: float) -> Happening:
    return happening(offset, EventType.STREAM_RESUME, stream, what=what, seconds=stood)


def alarm(offset: float, kind: AlarmKind, since: float, stream: str = "", **more: Any) -> Happening:
    more = {"text": f"there is {kind.value}", "level": EventLevel.WARNING, **more}
    kind_of = {"what": kind.value, "seconds": since}
    return happening(offset, EventType.ALARM_BEGIN, stream, **kind_of, **more)


def over(offset: float, kind: AlarmKind, lasted: float, stream: str = "", **more: Any) -> Happening:
    kind_of = {"what": kind.value, "seconds": lasted}
    return happening(offset, EventType.ALARM_END, stream, **kind_of, **more)


def sidecar(*takes: TakeSummary, **more: Any) -> Sidecar:
    info = SessionInfo(room="lab", server="wss://h.example", started=STARTED)
    return Sidecar(session=info, takes=takes, **more)


def report(
    known: Sidecar,
    verdicts: dict[str, CheckReport] | None = None,
    levels: dict[str, Levels] | None = None,
) -> Report:
    session = session_of(FOLDER / "lab_20231114-221320.json", known)
    return report_of(session, known, verdicts, levels)


def eventful() -> Sidecar:
    """A session with some of everything."""
    return sidecar(
        take(
            *("alice", "lab_alice.ts", 10.0, 90.0),
            label="Alice",
            sizes=[PictureSize(0.0, 320, 180), PictureSize(40.0, 640, 360)],
        ),
        take("bob", "lab_bob.mkv", 20.0, 30.0, label="Bob", reason=EndReason.VANISHED),
        take(
            *("bob", "lab_bob-2.mkv", 60.0, 40.0),
            label="Bob",
            packets={Kind.VIDEO: PacketCounts(expected=1000, received=900, lost=100)},
        ),
        # As it is told where no file could be made.
        msgspec.structs.replace(
            take("eve", "", 70.0, 0.0, error="no space", reason=EndReason.DISK_FULL),
            offset=0.0,
            bytes=0,
            video=None,
            audio=None,
        ),
        markers=(marker(30.0, "welcome"), marker(80.0, "question", "bob")),
        happenings=(
            happening(0.1, EventType.ENGINE_START, text="recording lab"),
            happening(0.5, EventType.LINK_JOINED, text="in the room"),
            stall(30.0, "alice", "picture", 4.0),
            happening(31.0, EventType.LINK_LOST, text="gone", level=EventLevel.WARNING),
            resume(36.0, "alice", "picture", 10.0),
            happening(41.0, EventType.LINK_JOINED, text="in the room again"),
            alarm(75.0, AlarmKind.SILENCE, 60.0, "alice"),
            over(88.0, AlarmKind.SILENCE, 71.0, "alice"),
            stall(90.0, "bob", "sound", 5.0),
        ),
    )


def long_session(takes: int, hours: float) -> Sidecar:
    """Eight people who come and go all the time."""
    each = hours * 3600 * 8 / takes
    return sidecar(
        *(
            take(
                *(f"guest{n % 8}", f"lab_guest{n % 8}_{n}.mkv", (n // 8) * each, each * 0.9),
                label=f"Guest {n % 8}",
            )
            for n in range(takes)
        ),
        markers=tuple(marker(n * hours * 3600 / 300, f"moment {n}") for n in range(300)),
        happenings=tuple(stall(n * 90.0, f"guest{n % 8}", "picture", 3.0) for n in range(1000)),
    )
