"""A session in words, for pages and for plain text. Pure.

Labels, markers and ids come from strangers: `plain` is what of them may be shown.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from itertools import pairwise

from ...model import SCREEN_SHARE, EndReason, Kind, Stall, TakeSummary
from ...recording.check import Finding, Level, Verdict, What
from ...units import size
from .model import Bar, Pause, Report, Row, Trouble

LONGEST = 200
"""Characters of a name or marker that are shown."""
SIZES_SHOWN = 12
LONGEST_LINE = 1000
"""Of a sentence, or the name of a file."""
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Within words of some scripts, and between the parts of one emoji."""
_ENDS = {
    EndReason.BYE: "left",
    EndReason.VANISHED: "vanished",
    EndReason.MOVED: "moved to another room",
    EndReason.REPLACED: "connected anew",
    EndReason.RELOCATED: "goes on on another machine",
    EndReason.STOPPED: "stopped by hand",
    EndReason.EXCLUDED: "excluded by hand",
    EndReason.SPLIT: "goes on in a new file",
    EndReason.CODEC: "goes on in another codec",
    EndReason.TRACKS: "goes on with a track more",
    EndReason.SIZE: "goes on in a larger size",
    EndReason.LENGTH: "goes on: the file was as long as it can be",
    EndReason.SHARE: "ended sharing",
    EndReason.SHUTDOWN: "end of the recording",
    EndReason.DISK_FULL: "the disk was full",
    EndReason.WRITE_ERROR: "could not be written",
    EndReason.OVERLOAD: "the disk was too slow",
    EndReason.INTERRUPTED: "all that recorded it was ended",
    EndReason.WORKER_LOST: "the process that wrote it died",
}
_CODECS = {"h264": "H.264", "h265": "H.265", "opus": "Opus", "pcmu": "G.711", "pcma": "G.711"}
_CHANNELS = {1: " mono", 2: " stereo"}
_STANDS = {
    Stall.PICTURE: "picture stood still",
    Stall.SOUND: "sound was missing",
    Stall.NETWORK: "nothing came",
    Stall.DISK: "disk took nothing",
    Stall.WORKER: "recorder did not answer",
}
NOT_READ = "by the JSON file, not read again"
READ = "read again"


def plain(text: str, most: int = LONGEST) -> str:
    """Return a text from outside as one line: nothing in it is obeyed or turns what is beside.

    Args:
        text: Any.
        most: Characters of it that are shown.
    """
    line = " ".join("".join(map(_shown, text[:most])).split()).strip(_JOINERS)
    return line + ("…" if len(text) > most else "")


def _shown(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Zs", "Zl", "Zp") or char in "\t\r\n":
        return " "
    if kind in ("Cc", "Cs"):
        return "\N{REPLACEMENT CHARACTER}"
    return "" if kind == "Cf" and char not in _JOINERS else char


def names(rows: Iterable[Row]) -> dict[str, str]:
    """Return what streams are called: by their labels, and where two have the same, by their ids.

    A screen share is called after whose screen it is.
    """
    found = {row.stream: _name(row) for row in rows}
    twice = Counter(found.values())
    return {
        stream: f"{name} ({plain(stream)})" if twice[name] > 1 else name
        for stream, name in found.items()
    }


def _name(row: Row) -> str:
    name = plain(row.label) or plain(row.stream.removesuffix(SCREEN_SHARE)) or "?"
    return f"Screen of {name}" if row.stream.endswith(SCREEN_SHARE) else name


def clock(seconds: float) -> str:
    """Return a time of the session as ``h:mm:ss``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def wall(report: Report, seconds: float, zone: tzinfo | None = None) -> datetime:
    """Return what the clock on the wall showed at a time of the session."""
    try:
        return datetime.fromtimestamp(report.started + seconds, zone).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, zone).astimezone(zone)


def when(report: Report, zone: tzinfo | None = None) -> str:
    """Return the day, and from when to when there is something."""
    begin, end = (wall(report, at, zone) for at in (report.begin, report.end))
    day = f"{begin:%A} {begin.day} {begin:%B %Y}"
    offset = f"{begin:%z}"
    until = f"{end:%H:%M:%S}" + (f" ({end.day} {end:%B})" if end.date() != begin.date() else "")
    return f"{day}, {begin:%H:%M:%S} to {until} (UTC{offset[:3]}:{offset[3:5]})"


def number(count: int, one: str, more: str = "") -> str:
    """Return ``1 file`` or ``2 files``."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def totals(report: Report) -> str:
    """Return how much there is."""
    screens = sum(row.stream.endswith(SCREEN_SHARE) for row in report.rows)
    people = number(len(report.rows) - screens, "person", "people")
    people += f", {number(screens, 'screen')}" if screens else ""
    files = number(sum(bool(bar.file) for bar in report.bars), "file")
    there = sum(bar.take.bytes for bar in report.bars if bar.take)
    size_of = f", {size(there)}" if there else ""
    return f"{people}, {files}{size_of}, {lasting(report.end - report.begin)}"


def verdicts(report: Report) -> dict[Verdict, int]:
    """Return how many files were judged how; only what there is, the best first."""
    judged = [bar.judgement.verdict for bar in report.bars if bar.judgement]
    return {verdict: count for verdict in Verdict if (count := judged.count(verdict))}


def how_judged(report: Report) -> str:
    """Return what the verdicts rest on."""
    read = [bar.judgement.read for bar in report.bars if bar.judgement]
    if not read:
        return "not judged: there is no JSON file, and no file was read again"
    if not any(read):
        return f"{NOT_READ}; roomdeck check reads the files"
    return READ if all(read) else f"{sum(read)} of {len(read)} {READ}, the others {NOT_READ}"


def contents(take: TakeSummary | None) -> str:
    """Return what is in a file, in a few words."""
    if take is None:
        return ""
    parts: list[str] = []
    if take.video is not None:
        codec = take.video.codec.value
        parts.append(f"{_CODECS.get(codec, codec.upper())} {take.video.width}x{take.video.height}")
    if take.audio is not None:
        codec = take.audio.codec.value
        parts.append(_CODECS.get(codec, codec.upper()) + _CHANNELS.get(take.audio.channels, ""))
    return " + ".join(parts)


def facts(bar: Bar) -> list[str]:
    """Return what there is to say of a take beside its name, time, verdict and findings."""
    take = bar.take
    if take is None:
        return []
    told = {finding.what for finding in weighty(bar)}
    known = [
        contents(take),
        size(take.bytes) if take.bytes else "",
        "" if What.REASON in told else ended(take),
        *([] if What.LOSS in told else lost(take)),
    ]
    return [one for one in known if one]


def ended(take: TakeSummary) -> str:
    """Return why a take ended."""
    why = _ENDS[take.reason] if take.reason else "nobody ended it"
    return f"{why}: {plain(take.error, LONGEST_LINE)}" if take.error else why


def lost(take: TakeSummary) -> list[str]:
    """Return what of its packets was lost for good."""
    names = {Kind.VIDEO: "picture", Kind.AUDIO: "sound"}
    return [
        f"{number(counts.lost, 'packet')} of {counts.expected} lost ({names[kind]})"
        for kind, counts in take.packets.items()
        if counts.lost
    ]


def weighty(bar: Bar) -> list[Finding]:
    """Return the findings that decide about a file."""
    found = bar.judgement.findings if bar.judgement else ()
    return [finding for finding in found if finding.level is not Level.NOTE]


def notes(bar: Bar) -> list[Finding]:
    """Return the other findings."""
    found = bar.judgement.findings if bar.judgement else ()
    return [finding for finding in found if finding.level is Level.NOTE]


def stood(pause: Pause) -> str:
    """Return what stood still, and how long."""
    what = _STANDS[Stall(pause.what)]
    over = "" if pause.over else ", to the end of the take"
    return f"{what} for {lasting(pause.end - pause.begin)}{over}"


def alarm(trouble: Trouble) -> str:
    """Return what was wrong, how long, and what was said of it."""
    kind = plain(trouble.kind).replace("-", " ")
    lasted = lasting(trouble.end - trouble.begin)
    return f"{kind} for {lasted}: {plain(trouble.text, LONGEST_LINE)}"


def sizes(bar: Bar) -> list[tuple[float, str]]:
    """Return when the picture changed its size, and from what to what."""
    return [
        (new.time, f"{old.width}x{old.height} → {new.width}x{new.height}")
        for old, new in pairwise(bar.sizes)
    ]


def size_changes(bar: Bar) -> str:
    """Return the first changes of size as one line; empty where there are none."""
    changes = [f"{clock(at)} {change}" for at, change in sizes(bar)]
    more = f" and {len(changes) - SIZES_SHOWN} more" if len(changes) > SIZES_SHOWN else ""
    return f"size: {', '.join(changes[:SIZES_SHOWN])}{more}" if changes else ""


def times(bar: Bar) -> str:
    """Return from when to when a take is, and how long."""
    if not bar.file:
        return clock(bar.begin)
    return f"{clock(bar.begin)} to {clock(bar.end)}, {lasting(bar.seconds)}"


def who(streams: Iterable[str], names: Mapping[str, str]) -> str:
    """Return the names of streams; of none: the room."""
    return ", ".join(names.get(stream) or plain(stream) for stream in streams) or "the room"


def lasting(seconds: float) -> str:
    """Return how long something is."""
    whole = round(seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h {whole // 60 % 60:02} min"
