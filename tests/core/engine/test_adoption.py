"""What happened while there was no engine is told once, by the one that takes over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from msgspec.structs import replace

from roomdeck.core.engine.adoption import Adoption
from roomdeck.core.engine.records.event_log import EventLog
from roomdeck.core.engine.records.journal import Journal
from roomdeck.core.engine.records.past import Past
from roomdeck.core.engine.records.sidecar_writer import SidecarWriter
from roomdeck.core.engine.room.actions import Action, Note
from roomdeck.core.engine.room.reports import Reports
from roomdeck.core.engine.worker_news import WorkerNews
from roomdeck.core.ipc.journal_file import JournalFile, read
from roomdeck.core.ipc.worker_messages import (
    Closed,
    Ended,
    FromWorker,
    Hello,
    Left,
    Mending,
    PeerInfo,
    Session,
    Status,
    StreamStatus,
    TakeEnd,
    TakeStart,
)
from roomdeck.core.model import EndReason, Event, EventType, Kind, Misplaced, TrackAges, TrackStats
from roomdeck.core.recording import sidecar

from ..sessions import session
from .room.room_lab import RoomLab, take

GIVE_UP = 30.0
MISPLACED = Misplaced(begin=0.0, end=1.0, late=1.0)


class Engine:
    """As much of an engine as hears workers, in one session of a folder."""

    def __init__(self, folder: Path, known: Session) -> None:
        self.lab = RoomLab()
        self.session = known
        self.kept = read(folder / "events.jsonl", known.sidecar)
        file = JournalFile(folder / "events.jsonl", known.sidecar, self.kept.id)
        self.told: list[Event] = []
        self.repairs = 0
        self._log = EventLog(known, Journal(self.kept.events), file, [self.told.append])
        self.acknowledged: list[str] = []
        self.sidecar = SidecarWriter(known, self._acknowledge)
        self._reports = Reports(self.lab.room, self.lab.takes)
        nothing = cast("Any", SimpleNamespace(take_began=print, worker_lost=print))
        self.news = WorkerNews(
            self._reports,
            self.lab.takes,
            nothing,
            cast("Any", SimpleNamespace(do=self.do, forget=id)),
            self.sidecar,
            cast("Any", self),
            nothing,
            self._log.note,
            lambda streams: None,
            asyncio.Event(),
            lambda handle, takes: None,
        )

    async def _acknowledge(self, files: tuple[str, ...]) -> None:
        self.acknowledged += files

    def expect(self) -> None:
        self.repairs += 1

    def do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Note):
                self._log.note(action)

    async def hear(self, *said: FromWorker) -> None:
        for one in said:
            self.news.hear(one)
        await self.write()

    async def write(self) -> None:
        writer = asyncio.create_task(self.sidecar.run())
        await asyncio.wait_for(self.sidecar.settle(), GIVE_UP)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)

    async def adopt(self, *found: Hello) -> list[str]:
        """Take over; return what is told but that."""
        past = Past(self.kept, self.session.began)
        adoption = Adoption(
            self.session, past, self._reports, self.news, cast("Any", self), self.do
        )
        await adoption.run(found)
        await self.write()
        return words(self.told)


def words(told: Sequence[Event]) -> list[str]:
    adopts = (EventType.STREAM_ADOPT,)
    return [f"{one.type} {one.stream}" for one in told if one.type not in adopts]


class Succession:
    """An engine that is killed, and the one after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.began = time.monotonic() - 1000.0
        known = session(sidecar=folder / "lab.json")
        self.session = replace(
            known, output=str(folder), began=self.began, started=time.time() - 1000.0
        )
        self.file = str(folder / "lab_alice_1.ts")

    def engine(self) -> Engine:
        return Engine(self.folder, self.session)

    def take(self, **changes: Any) -> Any:
        known = replace(take(file=self.file), offset=900.0, seconds=50.0)
        return replace(known, **changes)

    async def first(self, *said: FromWorker) -> Engine:
        """An engine that had a connection, and heard that before it was killed."""
        engine = self.engine()
        peer = engine.lab.live()
        engine.do([Note(EventType.STREAM_CONNECT, "connected", "alice")])
        await engine.hear(
            *(replace(one, peer=peer) if hasattr(one, "peer") else one for one in said)
        )
        return engine


INFO = PeerInfo(peer="p", stream="alice", raw_id="alice", uuid="u", session="s", connected=True)


def hello(*streams: StreamStatus, **more: Any) -> Hello:
    known = Hello(worker=1, pid=1, peers=(INFO,), streams=streams)
    return replace(known, **more)


def status(**changes: Any) -> StreamStatus:
    return StreamStatus(peer="p", stream="alice", wanted=True, **changes)


async def test_a_take_that_was_told_is_not_told_again(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first(TakeStart("", both.take()))
    second = both.engine()
    assert await second.adopt(hello(status(take=both.take()))) == []
    await second.hear(TakeEnd("p", both.take(reason=EndReason.BYE)))
    assert words(second.told) == ["take.end alice"]
    assert [one.seq for one in read(tmp_path / "events.jsonl", both.session.sidecar).events] == [
        *range(1, 5)
    ]


async def test_a_take_that_began_without_an_engine_is_told_with_its_time(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first()
    second = both.engine()
    assert await second.adopt(hello(status(take=both.take()))) == ["take.start alice"]
    (told,) = [one for one in second.told if one.type == EventType.TAKE_START]
    assert round(told.elapsed, 3) == 900.0
    assert abs(told.time - (both.session.started + 900.0)) < 1.0
    assert second.lab.entry().takes == 1
    # And a third engine knows that.
    assert await both.engine().adopt(hello(status(take=both.take()))) == []


async def test_a_take_that_came_and_went_without_an_engine_is_told_in_order(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first()
    second = both.engine()
    ended = Ended(both.take(reason=EndReason.SPLIT), both.began + 951.5)
    after = take(file=str(tmp_path / "lab_alice_2.ts"), offset=951.0)
    found = hello(status(take=after), ended=(ended,))
    assert await second.adopt(found) == [
        "take.start alice",
        "take.end alice",
        "take.start alice",
    ]
    times = [round(one.elapsed) for one in second.told if one.type != EventType.STREAM_ADOPT]
    assert times == [900, 952, 951]
    assert second.acknowledged == [both.file]
    assert second.lab.entry().takes == 2


async def test_an_end_that_was_told_and_not_acknowledged_is_told_once(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    done = both.take(reason=EndReason.BYE)
    await both.first(TakeStart("", both.take()), TakeEnd("", done))
    second = both.engine()
    ended = Ended(done, time.monotonic() - 1.0)
    assert await second.adopt(hello(ended=(ended,))) == []
    # Its worker may forget it all the same.
    assert second.acknowledged == [both.file]
    assert second.lab.takes.done == 1


async def test_files_that_failed_before_they_began_are_told_each(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    failed = take(file="", reason=EndReason.WRITE_ERROR, error="no room")
    before = time.monotonic()
    await both.first(TakeEnd("", failed))
    told, untold = Ended(failed, before), Ended(failed, time.monotonic())
    second = both.engine()
    assert await second.adopt(hello(ended=(told, untold))) == ["take.end alice"]


async def test_what_was_being_put_right_is_told_when_it_is(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    wrong = both.take(reason=EndReason.BYE, misplaced={Kind.VIDEO: [MISPLACED]})
    start, end = TakeStart("", both.take()), TakeEnd("", wrong)
    await both.first(start, end, Mending("alice", both.file, 5))
    right = Ended(replace(wrong, misplaced={}), time.monotonic())
    assert await both.engine().adopt(hello(ended=(right,))) == ["take.mended alice"]
    # Told, and not acknowledged.
    assert await both.engine().adopt(hello(ended=(right,))) == []


async def test_why_a_file_was_not_put_right_is_told(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    wrong = both.take(reason=EndReason.BYE, misplaced={Kind.VIDEO: [MISPLACED]})
    start, end = TakeStart("", both.take()), TakeEnd("", wrong)
    await both.first(start, end, Mending("alice", both.file, 5))
    found = hello(ended=(Ended(wrong, time.monotonic(), "it is gone"),))
    assert await both.engine().adopt(found) == ["take.unmended alice"]
    assert await both.engine().adopt(found) == []


async def test_who_left_without_an_engine_is_told_to_have_left(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first()
    left = Left("alice", EndReason.BYE, "left", time.monotonic())
    second = both.engine()
    assert await second.adopt(hello(peers=(), left=(left,))) == ["stream.leave alice"]
    assert second.told[0].text == "left"
    assert abs(second.told[0].elapsed - (left.at - both.began)) < 0.001
    assert await both.engine().adopt(hello(peers=(), left=(left,))) == []


async def test_who_is_only_listed_is_told_once_and_left_once(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    first = await both.first()
    first.lab.joined()
    first.do(first.lab.listed("alice", "bob", "carol"))
    first.do([Note(EventType.STREAM_JOIN, "shares a screen", "bob-screen")])
    second = both.engine()
    assert await second.adopt(hello()) == []
    second.lab.joined()
    second.do(second.lab.listed("alice", "bob", "dave"))
    assert words(second.told) == ["stream.join dave", "stream.leave carol"]
    second.do(second.lab.listed("alice", "bob", "carol", "dave"))
    assert words(second.told)[2:] == ["stream.join carol"], "that is news"


async def test_who_was_stopped_by_hand_did_not_leave(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first()
    left = Left("alice", EndReason.STOPPED, "", time.monotonic())
    assert await both.engine().adopt(hello(peers=(), left=(left,))) == []


async def test_who_left_before_and_came_back_left_with_the_worker(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first()
    left = Left("alice", EndReason.BYE, "left", both.began + 960.0)
    second = both.engine()
    assert await second.adopt(hello(peers=(), left=(left,))) == ["stream.leave alice"]
    assert second.told[0].text != "left"


async def test_who_left_with_a_worker_of_which_nothing_is_left(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first(TakeStart("", both.take()))
    second = both.engine()
    found = await second.adopt(hello(peers=()))
    assert sorted(found) == ["stream.leave alice", "take.end alice"]
    (end,) = [one for one in second.told if one.type == EventType.TAKE_END]
    assert (end.data["reason"], second.repairs) == ("worker-lost", 1)
    assert await both.engine().adopt(hello(peers=())) == []


async def test_the_last_words_of_a_worker_that_left_in_order(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    first = await both.first(TakeStart("", both.take()))
    info = sidecar.SessionInfo(room="lab", server="", started=1.0)
    done = both.take(reason=EndReason.SHUTDOWN)
    sidecar.merge(Path(first.session.sidecar), info, [done])
    second = both.engine()
    await second.adopt(hello(peers=()))
    (end,) = [one for one in second.told if one.type == EventType.TAKE_END]
    assert (end.data["reason"], second.repairs) == ("shutdown", 0)


async def test_a_connection_that_came_up_without_an_engine(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    engine = both.engine()
    engine.do([Note(EventType.STREAM_JOIN, "is in the room", "alice")])
    assert await both.engine().adopt(hello()) == ["stream.connect alice"]
    assert await both.engine().adopt(hello()) == []


async def test_a_stall_goes_on_in_the_next_engine_and_ends_there(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    first = await both.first()
    tracks = {Kind.VIDEO: TrackStats(received=10)}

    def stands(now: float, age: float) -> Status:
        ages = {Kind.VIDEO: TrackAges(age, age)}
        return Status((status(take=both.take(), tracks=tracks, ages=ages, heard_age=0.1),))

    data = {"what": "picture", "seconds": 3.0}
    first.do([Note(EventType.STREAM_STALL, "the picture stands still", "alice", data=data)])
    second = both.engine()
    await second.adopt(hello(status(take=both.take())))
    second.told.clear()
    now = time.monotonic()
    for _ in range(5):
        second.do(second.news._reports.hear(stands(now, 20.0), now))  # pyright: ignore[reportPrivateUsage]
        now += 1.0
    assert words(second.told) == []
    for _ in range(5):
        second.do(second.news._reports.hear(stands(now, 0.1), now))  # pyright: ignore[reportPrivateUsage]
        now += 1.0
    (told,) = second.told
    assert (told.type, told.data["what"]) == ("stream.resume", "picture")
    assert told.data["seconds"] > 5.0
    assert await both.engine().adopt(hello(status(take=both.take()))) == []


async def test_without_a_journal_what_goes_on_is_taken_for_told(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    only = both.engine()
    ended = Ended(take(file=str(tmp_path / "lab_bob_1.ts"), stream="bob"), time.monotonic())
    found = hello(status(take=both.take()), ended=(ended,))
    assert await only.adopt(found) == ["take.end bob"]


async def test_what_lives_on_says_it_is_over_as_ever(tmp_path: Path) -> None:
    both = Succession(tmp_path)
    await both.first(TakeStart("", both.take()))
    second = both.engine()
    await second.adopt(hello(status(take=both.take())))
    done = both.take(reason=EndReason.BYE)
    await second.hear(TakeEnd("p", done), Closed("p", EndReason.BYE, "left"))
    assert sorted(words(second.told)) == ["stream.leave alice", "take.end alice"]
    left = Left("alice", EndReason.BYE, "left", time.monotonic())
    ended = Ended(done, time.monotonic())
    assert await both.engine().adopt(hello(peers=(), left=(left,), ended=(ended,))) == []
