"""One session: the parts that record a room, and their way from the first to the last."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Sequence

import msgspec

from .. import memory
from ..attendant.orders import Orders
from ..config import RecordConfig
from ..ipc import worker_messages
from ..ipc.room_folder import RoomFolder
from ..model import EndReason, Event, EventType, Monitor, Outcome, RoomSnapshot
from ..signaling.client import SignalingClient
from ..signaling.secrets import Secrets
from ..systemd import notify
from ..tasks import unless
from .adoption import Adoption
from .attendance import Attendance
from .clients.control_server import ControlServer
from .giving_way import GivingWay
from .handshake import Handshake
from .records.disk_budget import DiskBudget
from .records.disk_watch import DiskWatch
from .records.records import Records
from .records.repairs import Repairs
from .records.session import differences
from .requests import Requests
from .room.actions import Note
from .room.alarms.watch import AlarmWatch
from .room.commands import Commands
from .room.reports import Reports
from .room.room import Room
from .room.rows import MAX_IN_CLUSTER, MAX_STREAMS
from .room.rules import Rules
from .room.storage import Storage
from .room.takes import Takes
from .snapshots import Snapshots
from .worker_news import WorkerNews
from .workers.dispatch import Dispatcher
from .workers.fabric import Fabric, WorkerLink
from .workers.pool import WorkerPool
from .workers.spares import Spares
from .workers.stills import Stills

PUBLISH_INTERVAL = 1.0
_MOVED = (
    "this engine goes on with what one on another machine began: what workers do not tell any "
    "more, as takes that ended before and markers, is in {} there"
)
_GOES_ON = (
    "this recording goes on as it began; what is asked for now by {} holds from the next one on"
)


class RoomSession:
    """Records a room in one session, until it is to stop and every file is closed.

    Args:
        config: What to record.
        settings: What workers are told, with the session.
        fabric: Where workers are.
        secrets: Of the room.
        client: The websocket, not opened yet.
        stopping: Set when it is to stop; by itself where it cannot go on.
        heir: It gives way to an engine that a person starts.
        on_event: Called with every event, at once.
        on_snapshot: Called with every snapshot.
    """

    def __init__(
        self,
        config: RecordConfig,
        settings: worker_messages.Settings,
        fabric: Fabric,
        secrets: Secrets,
        client: SignalingClient,
        stopping: asyncio.Event,
        heir: bool,
        on_event: Callable[[Event], None],
        on_snapshot: Callable[[RoomSnapshot], None],
    ) -> None:
        self._config = config
        self._settings = settings
        self._session = session = settings.session
        self._stopping = stopping
        self._hurried = False
        self._broken = False

        folder = RoomFolder.of(config.room)
        self._room = room = _room(config)
        commands = Commands(room)
        budget = DiskBudget(config.disk_floor)
        self._takes = Takes(room)
        self._reports = Reports(room, self._takes)
        self._records = records = Records(
            session,
            folder.journal,
            config.report,
            self._acknowledge,
            (lambda event: self.control.report(event), on_event),
        )
        note = records.note
        self.control = ControlServer(
            records.journal, lambda request: self._requests.answer(request)
        )
        self._pool = WorkerPool(
            fabric,
            settings,
            worker_messages.Heritage(config),
            lambda message: self._news.hear(message),
            lambda handle: self._news.lost(handle),
            lambda handle: self._news.back(handle),
        )
        self._spares = Spares(self._pool)
        self._handshake = Handshake(
            config.room, secrets, client, room, lambda actions: self._dispatcher.do(actions)
        )
        self._dispatcher = Dispatcher(
            self._pool, secrets, self._handshake.send, note, self._handshake.rejoin
        )
        self.giving_way = GivingWay(heir, stopping, note, self._handshake.leave)
        do = self._dispatcher.do
        stills = Stills(room, do)
        self._repairs = Repairs(session.output, records.sidecar, note)
        orders = _orders(folder, session, records.id, config)
        self._attendance = Attendance(orders, folder.attendant_log, note)
        self._snapshots = Snapshots(
            session,
            room,
            self._reports.meters,
            self._takes,
            self._pool,
            self._handshake,
            budget,
            _alarms(config, settings),
            note,
            (self.control.publish, on_snapshot),
        )
        self._disk = DiskWatch(
            session,
            budget,
            Storage(room, commands),
            self._snapshots.written,
            do,
            None if config.cluster is None else self._pool.unwritable,
        )
        self._news: WorkerNews = WorkerNews(
            self._reports,
            self._takes,
            stills,
            self._dispatcher,
            records.sidecar,
            self._repairs,
            self._spares,
            note,
            self.control.hear,
            stopping,
            self._pool.leave,
        )
        self._requests = Requests(
            session,
            commands,
            stills,
            records.sidecar,
            self._snapshots,
            do,
            stopping.set,
            self.giving_way.give_way,
            self._attendance.hears.set,
            self._bequeath,
            self._pool.drain,
        )

    async def adopt(self, found: Sequence[WorkerLink]) -> None:
        """Take over the workers of an engine that is gone."""
        handles = await self._pool.meet(found)
        if handles:
            past = self._records.take_up()
            self._snapshots.resume(past.alarms)
            adoption = Adoption(
                self._session, past, self._reports, self._news, self._repairs, self._dispatcher.do
            )
            await adoption.run([handle.hello for handle in handles])
            if any(_is_abroad(one.hello, self._session) for one in found):
                self._records.note(Note.warning(_MOVED.format(self._session.sidecar)))
            if others := differences(self._config, self._settings):
                self._records.note(Note.warning(_GOES_ON.format(", ".join(others))))
        self._records.forget_past()
        await self._bequeath()
        await self._pool.adopt(handles)

    async def run(self) -> None:
        """Record until it is to stop, and finish, or leave it to who takes over.

        Raises:
            ControlError: No worker came up; names its log.
        """
        looks = self._config.monitor is not Monitor.OFF and not self._room.recorded()
        text = "looking at {}; nothing is recorded" if looks else "recording {}"
        self._records.note(Note(EventType.ENGINE_START, text.format(self._session.room)))
        writer = asyncio.create_task(self._records.sidecar.run())
        tasks = [
            asyncio.create_task(self._dispatcher.run(self._news.hear)),
            asyncio.create_task(self._handshake.run()),
            asyncio.create_task(self._keep_time()),
            asyncio.create_task(self._disk.run()),
            asyncio.create_task(self._stop_in_time()),
            asyncio.create_task(self._repairs.run()),
        ]
        attending = asyncio.create_task(self._attendance.run())
        for task in (*tasks, writer, attending):
            task.add_done_callback(self._check)
        try:
            await unless(self._stopping, self._spares.prepare())
            await self._stopping.wait()
        finally:
            # Nobody may open a connection that would not hear of the end.
            await _cancel(tasks)
            await self._spares.stop()
            if not self.giving_way.yielded:
                await self._finish()
            await _cancel([writer, attending])
            self._records.close()

    @property
    def sidecar(self) -> str:
        """Path of its JSON file."""
        return self._session.sidecar

    def hurry(self) -> None:
        """End workers that are not done with their files."""
        self._hurried = self._pool.hurry() or self._hurried
        self._records.hurry()

    def outcome(self) -> Outcome:
        """Return what became of it so far."""
        return Outcome(
            joined=self._handshake.joined.is_set(),
            takes=self._takes.done,
            failed=self._takes.failed,
            disk_full=self._takes.disk_full or self._disk.was_full,
            broken=self._broken,
            asked=self._config.monitor is Monitor.OFF or bool(self._room.recorded()),
            hurried=self._hurried,
        )

    async def _finish(self) -> None:
        self._stopping.set()
        notify("STOPPING=1")
        self._snapshots.finish()
        self._records.note(Note(EventType.ENGINE_STOP, "finishing every file"))
        await self._pool.tell_all(worker_messages.Shutdown(EndReason.SHUTDOWN))
        await self._pool.join()
        await self._spares.dismiss()
        self._dispatcher.do(await self._records.finish())
        self._handshake.close()
        data = msgspec.to_builtins(self.outcome())
        self._records.note(Note(EventType.ENGINE_END, "all files are closed", data=data))
        self._snapshots.publish()
        if not self._hurried:
            await self._attendance.heard()

    async def _keep_time(self) -> None:
        give_back_at = 0.0
        while not self._stopping.is_set():
            now = time.monotonic()
            self._dispatcher.do(self._reports.tick(self._pool.snapshot(), now))
            self._dispatcher.do(self._room.moves.tick(self._pool.to_move(), now))
            self._pool.watch()
            self._pool.take_back()
            if self._pool.superseded:
                self.giving_way.leave_it_to_the_other(now)
            else:
                self._spares.tick(now)
            for text, take in self._pool.completed():
                self._news.completed(text, take)
            await self._pool.ask_time()
            await self._pool.tidy(now)
            self._snapshots.publish()
            if now >= give_back_at:
                # Each take makes the sidecar longer, which is read and written in other threads.
                memory.give_back()
                give_back_at = now + memory.INTERVAL
            await asyncio.sleep(PUBLISH_INTERVAL)

    async def _stop_in_time(self) -> None:
        if self._config.seconds is not None:
            # Who never joins has nothing to record, but must not wait for ever either.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._config.seconds):
                    await self._handshake.joined.wait()
            await asyncio.sleep(self._config.seconds)
            self._stopping.set()

    def _check(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._broken = True
            self._records.note(Note.error(f"internal error: {task.exception()!r}"))
            self._stopping.set()

    async def _bequeath(self) -> None:
        """Have workers know what is recorded as somebody asked for it, for when we are gone."""
        config = msgspec.structs.replace(self._config, recorded=self._room.recorded())
        await self._pool.bequeath(worker_messages.Heritage(config))

    async def _acknowledge(self, files: tuple[str, ...]) -> None:
        if files:
            await self._pool.tell_all(worker_messages.Acknowledge(files))


def _room(config: RecordConfig) -> Room:
    rules = Rules(config.only, config.exclude, config.monitor, config.recorded)
    most = MAX_STREAMS if config.cluster is None else MAX_IN_CLUSTER
    return Room(rules, lambda: uuid.uuid4().hex[:12], most)


def _alarms(config: RecordConfig, settings: worker_messages.Settings) -> AlarmWatch:
    return AlarmWatch(
        config.alarms,
        config.expected,
        settings.sync,
        audio=settings.audio,
        video=settings.video,
    )


def _orders(
    folder: RoomFolder, session: worker_messages.Session, journal: str, config: RecordConfig
) -> Orders:
    return Orders(
        folder=str(folder.path),
        room=session.room,
        output=session.output,
        sidecar=session.sidecar,
        journal=journal,
        token_file=config.cluster.token_file if config.cluster else "",
        config=config.attendant,
    )


def _is_abroad(hello: worker_messages.Hello, session: worker_messages.Session) -> bool:
    """Whether a worker was told of the session by an engine on another machine."""
    return hello.settings is not None and hello.settings.session.clock != session.clock


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
