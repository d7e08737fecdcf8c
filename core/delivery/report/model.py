"""What is known of a session, on one axis of time. Pure.

All times are seconds of the session, as `TakeSummary.offset`, unless they are said to be others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...model import EndReason, EventType, Stall, TakeSummary
from ...recording.check import CheckReport, Finding, Verdict
from ...recording.check.judge import Evidence, recorded, verdict
from ...recording.sidecar import Happening, Marker, Sidecar
from ..session import Person, Session

GAP = 0.5
"""Seconds between two takes of a stream below which one goes on where the other ended."""

Levels = Sequence[tuple[float, float]]
"""Loudness over time: seconds, and LUFS or dBFS."""


class Judgement(NamedTuple):
    """What is to be said of a file."""

    verdict: Verdict
    findings: Sequence[Finding]
    """The weightiest first."""
    read: bool
    """Whether the file was read again; else it is only what the sidecar says."""


class Size(NamedTuple):
    """The size of the picture from some time on."""

    time: float
    width: int
    height: int


class Bar(NamedTuple):
    """A take on the axis."""

    file: str
    """Relative to the folder of the session; empty where none could be made."""
    begin: float
    end: float
    take: TakeSummary | None = None
    """``None`` where only the file is known."""
    sizes: Sequence[Size] = ()
    """The first one, and where it changed."""
    judgement: Judgement | None = None
    """``None`` where nobody knows anything."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.begin


class Pause(NamedTuple):
    """A time in which something of a stream stood still."""

    begin: float
    end: float
    what: str
    """A `Stall`."""
    text: str
    over: bool = True
    """Whether it went on; else it lasted to the end of the take."""


class Trouble(NamedTuple):
    """An alarm, from when something was wrong to when it was well again."""

    begin: float
    end: float
    kind: str
    """An `AlarmKind`."""
    stream: str
    """Empty: of the room, or of somebody who was not there."""
    text: str


class Gap(NamedTuple):
    """A time between two takes."""

    begin: float
    end: float
    reason: EndReason | None
    """Why the take before it ended, where that is known."""


class Still(NamedTuple):
    """A picture of a stream."""

    time: float
    width: int
    height: int
    jpeg: bytes


class Row(NamedTuple):
    """A stream."""

    stream: str
    label: str
    bars: Sequence[Bar]
    pauses: Sequence[Pause] = ()
    levels: Levels = ()
    stills: Sequence[Still] = ()
    remarks: Sequence[str] = ()
    """What was found when files were made of it, in words."""

    @property
    def gaps(self) -> list[Gap]:
        """Where nothing of it was recorded, between its takes."""
        found: list[Gap] = []
        until, reason = self.bars[0].end if self.bars else 0.0, None
        for bar in self.bars:
            if bar.begin - until > GAP:
                found.append(Gap(until, bar.begin, reason))
            if bar.end >= until:
                until, reason = bar.end, bar.take.reason if bar.take else None
        return found


class Report(NamedTuple):
    """A session as it is reported."""

    room: str
    server: str
    """Empty where nobody knows it."""
    started: float
    """Unix time of its zero."""
    rows: Sequence[Row]
    markers: Sequence[Marker] = ()
    happenings: Sequence[Happening] = ()
    left_out: Sequence[str] = ()
    """What is not in it, and why."""
    guessed: bool = False
    """It was put together from files alone."""
    unit: str = "LUFS"
    """Of the levels."""

    @property
    def bars(self) -> list[Bar]:
        """All takes."""
        return [bar for row in self.rows for bar in row.bars]

    @property
    def begin(self) -> float:
        """When the first take begins, or the first marker was set."""
        return min((*(bar.begin for bar in self.bars), *self._marked), default=0.0)

    @property
    def end(self) -> float:
        """When the last take ended, or the last marker was set."""
        return max((*(bar.end for bar in self.bars), *self._marked), default=0.0)

    @property
    def told(self) -> list[Happening]:
        """What happened, without what is a matter of course or told elsewhere: stalls, alarms."""
        found: list[Happening] = []
        began, lost = False, False
        for one in self.happenings:
            course = (one.type == EventType.ENGINE_START and not began) or (
                one.type == EventType.LINK_JOINED and not lost
            )
            began |= one.type == EventType.ENGINE_START
            lost = one.type == EventType.LINK_LOST or (lost and one.type != EventType.LINK_JOINED)
            if not course and not one.what:
                found.append(one)
        return found

    @property
    def alarms(self) -> list[Trouble]:
        """What was wrong, in order of its beginning."""
        return sorted(troubles(self.happenings, self.end))

    @property
    def outages(self) -> list[tuple[float, float]]:
        """From when to when there was no connection to the server."""
        found: list[tuple[float, float]] = []
        since: float | None = None
        for one in self.happenings:
            if one.type == EventType.LINK_LOST and since is None:
                since = one.offset
            elif one.type == EventType.LINK_JOINED and since is not None:
                found.append((since, one.offset))
                since = None
        return found if since is None else [*found, (since, max(since, self.end))]

    @property
    def _marked(self) -> list[float]:
        return [marker.offset for marker in self.markers]


def report_of(
    session: Session,
    sidecar: Sidecar | None = None,
    verdicts: Mapping[str, CheckReport] | None = None,
    levels: Mapping[str, Levels] | None = None,
    remarks: Mapping[str, Sequence[str]] | None = None,
) -> Report:
    """Put together what is known of a session.

    Args:
        session: Who was there, and where the takes are.
        sidecar: Of the session, if there is one: what happened, and takes without a file.
        verdicts: What reading files again brought, by their names as of `name_of`.
        levels: Loudness over time, by stream.
        remarks: What was found when files were made, by stream.
    """
    checks = verdicts or {}
    rows = [
        Row(person.stream, person.label, list(_bars(person, session.folder, checks)))
        for person in session.people
    ]
    happenings = sidecar.happenings if sidecar else ()
    rows = _with_others(rows, sidecar, checks)
    return Report(
        room=sidecar.session.room if sidecar else session.name,
        server=sidecar.session.server if sidecar else "",
        started=session.started,
        rows=[
            row._replace(
                pauses=list(pauses(row, happenings)),
                levels=(levels or {}).get(row.stream, ()),
                remarks=(remarks or {}).get(row.stream, ()),
            )
            for row in rows
        ],
        markers=session.markers,
        happenings=happenings,
        # With a sidecar, nothing is: also what nobody ended is on the axis.
        left_out=() if sidecar else session.left_out,
        guessed=session.sidecar is None,
    )


def name_of(file: Path, folder: Path) -> str:
    """Return what a file is called in the report of a session in a folder."""
    return str(file.relative_to(folder) if file.is_relative_to(folder) else file)


def _bars(person: Person, folder: Path, checks: Mapping[str, CheckReport]) -> Iterator[Bar]:
    for clip in person.clips:
        file = name_of(clip.file, folder)
        yield _bar(file, clip.begin, clip.end, clip.take, checks)


def _with_others(
    rows: Sequence[Row], sidecar: Sidecar | None, checks: Mapping[str, CheckReport]
) -> list[Row]:
    """Add takes without a file that is here: it could not be made, is not ended, or on a node."""
    known = {row.stream: row for row in rows}
    for take in sidecar.takes if sidecar else ():
        if take.file and take.reason is not None and not take.node:
            continue
        begin = take.offset if take.file or not sidecar else take.started - sidecar.session.started
        bar = _bar(take.file, max(0.0, begin), max(0.0, begin) + take.seconds, take, checks)
        row = known.get(take.stream, Row(take.stream, take.label, []))
        bars = sorted((*row.bars, bar), key=lambda one: one.begin)
        known[take.stream] = row._replace(bars=bars, label=row.label or take.label)
    return list(known.values())


def _bar(
    file: str,
    begin: float,
    end: float,
    take: TakeSummary | None,
    checks: Mapping[str, CheckReport],
) -> Bar:
    check = checks.get(file)
    sizes = [] if take is None else [Size(begin + one.time, *one[1:]) for one in _sizes(take)]
    if check is not None and check.video is not None:
        sizes = [Size(begin + one.time, one.width, one.height) for one in check.video.sizes]
    return Bar(file, begin, end, take, sizes, _judgement(file, take, check))


def _sizes(take: TakeSummary) -> list[Size]:
    if not take.sizes and take.video is not None:
        return [Size(0.0, take.video.width, take.video.height)]
    return [Size(one.time, one.width, one.height) for one in take.sizes]


def _judgement(file: str, take: TakeSummary | None, check: CheckReport | None) -> Judgement | None:
    if check is not None:
        return Judgement(check.verdict, check.findings, read=True)
    if take is None:
        return None
    if not take.file:
        return Judgement(Verdict.BAD, (), read=False)
    findings = list(recorded.findings(Evidence(CheckReport(file=file), take)))
    return Judgement(verdict(findings), findings, read=False)


def pauses(row: Row, happenings: Iterable[Happening]) -> Iterator[Pause]:
    """Yield the times in which something of a stream stood still, in order of their end."""
    standing: dict[str, Happening] = {}
    for one in happenings:
        if one.stream != row.stream or one.what not in list(Stall):
            continue
        before = standing.pop(one.what, None)
        if one.type == EventType.STREAM_RESUME:
            text = before.text if before else one.text
            yield Pause(_began(one), one.offset, one.what, text)
        elif one.type == EventType.STREAM_STALL:
            if before is not None:
                yield _unended(row, before, one.offset - one.seconds)
            standing[one.what] = one
    for one in standing.values():
        yield _unended(row, one, None)


def _unended(row: Row, stall: Happening, latest: float | None) -> Pause:
    """One that no one saw go on: it lasted as long as the take, or the connection."""
    begin = _began(stall)
    end = next((bar.end for bar in row.bars if bar.begin <= begin <= bar.end), stall.offset)
    end = max(stall.offset, end if latest is None else min(end, latest))
    return Pause(begin, end, stall.what, stall.text, over=False)


def troubles(happenings: Iterable[Happening], end: float) -> Iterator[Trouble]:
    """Yield alarms: those that nobody saw end lasted until another engine came, or to the end."""
    standing: dict[tuple[str, str, str], Happening] = {}
    for one in happenings:
        key = one.what, one.stream, one.guest
        if one.type == EventType.ALARM_BEGIN:
            standing[key] = one
        elif one.type == EventType.ALARM_END and (begun := standing.pop(key, None)):
            yield _trouble(begun, _began(begun) + one.seconds)
        elif one.type == EventType.ENGINE_START:
            yield from (_trouble(begun, one.offset) for begun in standing.values())
            standing.clear()
    yield from (_trouble(begun, end) for begun in standing.values())


def _trouble(begun: Happening, end: float) -> Trouble:
    begin = _began(begun)
    return Trouble(begin, max(begin, end), begun.what, begun.stream, begun.text)


def _began(one: Happening) -> float:
    """When what it tells of began, or had begun."""
    return max(0.0, one.offset - one.seconds)
