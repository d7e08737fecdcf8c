"""The engine around the room's state machine: websocket, workers, files, clients."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import time
import uuid
from collections.abc import Callable, Sequence

import msgspec

from .. import memory
from ..config import RecordConfig
from ..errors import ControlError
from ..ipc import spare_worker, worker_messages
from ..ipc.control_client import ControlClient
from ..ipc.control_messages import Request
from ..ipc.room_folder import EngineInfo, RoomFolder
from ..model import EndReason, Event, EventLevel, EventType, Outcome, Picture, RoomSnapshot
from ..recording import disk
from ..signaling.secrets import Secrets
from .clients.control_server import ControlServer
from .handshake import Handshake
from .lock import hold_lock, wait_for
from .records.disk_budget import DiskBudget
from .records.journal import Journal
from .records.repairs import repair
from .records.session import new_session, prepare_output, with_sidecar, worker_settings
from .records.sidecar_writer import SidecarWriter
from .room.actions import Action, Note
from .room.alarms import Alarms
from .room.commands import Commands
from .room.rates import RateMeters
from .room.room import Room
from .room.rules import Rules
from .room.snapshot import stream_snapshots
from .room.storage import Storage
from .room.takes import Takes
from .room.watching import Watching
from .systemd import notify
from .workers.dispatch import Dispatcher
from .workers.pool import Death, WorkerHandle, WorkerPool
from .workers.stills import Stills

_ENDS: dict[Death | None, str] = {
    Death.LEFT: "was told to leave",
    Death.KILLED: "was killed",
    Death.BROKE: "died",
    Death.HUNG: "hung and was ended",
}
PUBLISH_INTERVAL = 1.0
DISK_INTERVAL = 1.0
REPAIR_DELAY = 2.0
"""Seconds after the death of a worker in which its files are left alone."""
HURRY_PATIENCE = 2.0
"""Seconds that files have to be closed after a second signal."""
STAND_BY_AFTER = 2.0
"""Seconds of recording after which a worker stands by for when one is lost."""
STAND_BY_AGAIN = 1.0
"""Seconds after a loss until another one does: those who come back go first."""
CLIENT_PATIENCE = 3.0
"""Seconds that clients have to hear the last events."""


class Engine:
    """Records one room until it is stopped.

    Args:
        config: What to record.
        on_event: Called with every event, at once.
        on_snapshot: Called with every snapshot.
        heir: It takes over from one that is gone, and gives way to one that a person starts.
    """

    def __init__(
        self,
        config: RecordConfig,
        on_event: Callable[[Event], None] = lambda event: None,
        on_snapshot: Callable[[RoomSnapshot], None] = lambda snapshot: None,
        heir: bool = False,
    ) -> None:
        self._config = config
        self._on_event = on_event
        self._on_snapshot = on_snapshot
        self._heir = heir
        self.yielded = False
        """Whether another engine has taken over: its workers go on."""
        self._secrets = Secrets(config.room.password, config.room.salt)
        self._folder = RoomFolder.of(config.room)
        self._journal = Journal()
        self._room = Room(Rules(config.only, config.exclude), lambda: uuid.uuid4().hex[:12])
        self._commands = Commands(self._room)
        self._takes = Takes(self._room)
        self._watching = Watching(self._room)
        self._storage = Storage(self._room, self._commands)
        self._budget = DiskBudget(config.disk_floor)
        self._control = ControlServer(self._journal, self._command)
        self._session = new_session(config)
        self._pool = WorkerPool(
            self._folder,
            worker_settings(config, self._session, self._secrets),
            worker_messages.Heritage(config),
            config.workers or os.cpu_count() or 1,
            self._on_worker,
            self._on_worker_lost,
        )
        self._handshake = Handshake(
            config.room, self._secrets, self._room, lambda actions: self._dispatcher.do(actions)
        )
        self._dispatcher = Dispatcher(self._pool, self._secrets, self._handshake.send, self._note)
        self._stills = Stills(self._room, self._dispatcher.do)
        self._sidecar = SidecarWriter(self._session, self._acknowledge)
        self._meters = RateMeters()
        self._alarms = Alarms(config.sync)
        self._versions = itertools.count(1)
        self.ready = asyncio.Event()
        """Set when clients can connect."""
        self._stopping = asyncio.Event()
        self._stand_by_at: float | None = None
        self._refilling: asyncio.Task[None] | None = None
        self._written = 0.0
        """Bytes per second that come, as of the last snapshot."""
        self._lost = asyncio.Event()
        """Set when a worker left files without their end."""
        self._hurried = False
        self._was_full = False
        self._broken = False

    def stop(self) -> None:
        """Finish every file and leave."""
        self._stopping.set()

    def interrupt(self) -> None:
        """Stop at the first signal; at the second, wait no more than two seconds for the files."""
        if self._stopping.is_set():
            asyncio.get_running_loop().call_later(HURRY_PATIENCE, self._hurry)
        self._stopping.set()

    def _hurry(self) -> None:
        self._hurried = self._pool.hurry() or self._hurried

    async def run(self) -> Outcome:
        """Record until `stop`, or until the configured time is over.

        Raises:
            UsageError: The output or the runtime folder cannot be used.
            ControlError: An engine for this room is running already.
        """
        self._folder.create()
        with await self._lock():
            await self._adopt()
            await self._control.open(self._folder.control_socket)
            self._folder.write_card(
                EngineInfo(
                    self._config.room.name,
                    self._config.room.server,
                    os.getpid(),
                    self._session.started,
                    self._config.output,
                )
            )
            self.ready.set()
            notify("READY=1")
            try:
                await self._record()
            finally:
                await self._control.close(CLIENT_PATIENCE)
                self._folder.control_socket.unlink(missing_ok=True)
                self._folder.card.unlink(missing_ok=True)
        return self._outcome()

    async def _lock(self) -> contextlib.AbstractContextManager[None]:
        """Return the lock of the room; an heir that has it gives way to us.

        Raises:
            ControlError: An engine that a person started has it.
        """
        if not self._heir:
            with contextlib.suppress(ControlError):
                async with await ControlClient.connect(self._folder) as client:
                    await client.command("yield")
                await asyncio.to_thread(wait_for, self._folder)
        return hold_lock(self._folder)

    def _outcome(self) -> Outcome:
        return Outcome(
            joined=self._handshake.joined.is_set(),
            takes=self._takes.done,
            failed=self._takes.failed,
            disk_full=self._was_full,
            broken=self._broken,
            hurried=self._hurried,
        )

    # ── life ─────────────────────────────────────────────────────────────────────────────

    async def _adopt(self) -> None:
        found = await self._pool.find()
        if self._heir and not found:
            raise ControlError("nothing is being recorded that another engine could take over")
        settings = next((hello.settings for hello in found if hello.settings), None)
        if settings is None:
            prepare_output(self._config.output)
            session = with_sidecar(self._session)
            settings = worker_settings(self._config, session, self._secrets)
        self._session = settings.session
        self._pool.use(settings)
        self._sidecar = SidecarWriter(self._session, self._acknowledge)
        for hello in found:
            self._dispatcher.do(self._room.connections.adopt(hello))
            self._alarms.adopt(hello.streams)
            for take in hello.ended:
                self._ended(take)
        await self._pool.listen()

    async def _record(self) -> None:
        self._note(Note(EventType.ENGINE_START, f"recording {self._session.room}"))
        writer = asyncio.create_task(self._sidecar.run())
        tasks = [
            asyncio.create_task(self._dispatcher.run(self._connection_failed)),
            asyncio.create_task(self._handshake.run()),
            asyncio.create_task(self._keep_time()),
            asyncio.create_task(self._watch_disk()),
            asyncio.create_task(self._stop_in_time()),
            asyncio.create_task(self._repair()),
        ]
        for task in (*tasks, writer):
            task.add_done_callback(self._check)
        try:
            await self._pool.prepare()
            await self._stopping.wait()
        finally:
            # Nobody may open a connection that would not hear of the end.
            await _cancel([*tasks, self._refilling] if self._refilling else tasks)
            if not self.yielded:
                await self._finish()
            await _cancel([writer])

    async def _repair(self) -> None:
        """Complete what was left by those before us, and by workers that die."""
        sure = False
        while True:
            try:
                await repair(self._session.output, self._note, sure=sure)
            except (OSError, ValueError) as error:
                self._note(Note.warning(f"files were not repaired: {error}"))
            await self._lost.wait()
            # One that hangs is ended meanwhile.
            await asyncio.sleep(REPAIR_DELAY)
            self._lost.clear()
            # What was known of its takes is told first.
            await self._sidecar.finish()
            sure = True

    async def _finish(self) -> None:
        self._stopping.set()
        notify("STOPPING=1")
        self._note(Note(EventType.ENGINE_STOP, "finishing every file"))
        await self._pool.tell_all(worker_messages.Shutdown(EndReason.SHUTDOWN))
        await self._pool.join()
        await asyncio.to_thread(spare_worker.dismiss)
        await self._sidecar.finish()
        self._handshake.close()
        data = msgspec.to_builtins(self._outcome())
        self._note(Note(EventType.ENGINE_END, "all files are closed", data=data))
        self._publish()

    def _check(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._broken = True
            self._note(Note.error(f"internal error: {task.exception()!r}"))
            self.stop()

    async def _stop_in_time(self) -> None:
        if self._config.seconds is not None:
            # Who never joins has nothing to record, but must not wait for ever either.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._handshake.joined.wait(), self._config.seconds)
            await asyncio.sleep(self._config.seconds)
            self.stop()

    async def _keep_time(self) -> None:
        give_back_at = 0.0
        while not self._stopping.is_set():
            now = time.monotonic()
            self._dispatcher.do(
                [*self._room.tick(now), *self._watching.tick(now), *self._takes.tick(now)]
            )
            self._dispatcher.do(self._alarms.workers(self._pool.snapshot(), now))
            self._pool.watch()
            if self._stand_by_at is not None and now >= self._stand_by_at:
                self._pool.stand_by()
            await self._pool.tidy(now)
            self._publish()
            if now >= give_back_at:
                # Each take makes the sidecar longer, which is read and written in other threads.
                memory.give_back()
                give_back_at = now + memory.INTERVAL
            await asyncio.sleep(PUBLISH_INTERVAL)

    async def _watch_disk(self) -> None:
        while True:
            session, now = self._session, time.monotonic()
            gone = await asyncio.to_thread(session.place.objection, session.output)
            if not gone:
                space = await asyncio.to_thread(disk.space, session.output)
                for note in self._budget.update(space, self._written, now):
                    self._note(note)
            why = gone or self._budget.why
            self._dispatcher.do(self._storage.check(why, not gone, now))
            self._was_full |= bool(why) and not gone
            await asyncio.sleep(DISK_INTERVAL)

    # ── the workers ──────────────────────────────────────────────────────────────────────

    def _on_worker(self, message: worker_messages.FromWorker) -> None:
        now = time.monotonic()
        match message:
            case worker_messages.Status(streams):
                self._takes.report(streams)
                present = self._watching.report(streams, now)
                for status in present:
                    self._meters.add(status, now)
                self._dispatcher.do(self._watching.inspect(present, now))
                self._dispatcher.do(self._alarms.packets(streams, now))
            case worker_messages.Answer():
                self._dispatcher.reply(message)
            case worker_messages.Connected(peer):
                self._dispatcher.do(self._room.connections.connected(peer, now))
            case worker_messages.Closed(peer, reason, text):
                self._forget(peer)
                self._dispatcher.do(self._room.closed(peer, reason, text, now))
            case worker_messages.Found():
                self._dispatcher.do(self._room.connections.found_screen(message))
            case worker_messages.PublisherInfo():
                self._watching.info(message)
            case worker_messages.TakeStart(peer, take):
                self._stand_by_at = self._stand_by_at or now + STAND_BY_AFTER
                self._enter(take, self._takes.started(peer, take))
            case worker_messages.TakeEnd(_, take):
                self._ended(take)
            case worker_messages.Mending():
                self._dispatcher.do(self._takes.mending(message, self._stopping.is_set()))
            case worker_messages.TakeMended(take, error):
                self._dispatcher.do(self._takes.mended(take, error))
                self._sidecar.enter(take)
            case worker_messages.Notice(stream, text, level):
                kind = EventType.ERROR if level is EventLevel.ERROR else EventType.WARNING
                self._note(Note(kind, text, stream, level))
            case worker_messages.StillPicture():
                self._stills.answered(message)
            case worker_messages.Alive(peer):
                self._dispatcher.do(self._room.alive(peer, now))
            case worker_messages.Hello():
                pass

    def _ended(self, take: worker_messages.TakeSummary) -> None:
        self._was_full |= take.reason is EndReason.DISK_FULL
        self._enter(take, self._takes.ended(take, time.monotonic()))

    def _enter(self, take: worker_messages.TakeSummary, actions: list[Action]) -> None:
        """Put a take into the sidecar, and say so when it is there."""
        self._sidecar.enter(take, lambda: self._dispatcher.do(actions))

    def _on_worker_lost(self, handle: WorkerHandle) -> None:
        now, peers = time.monotonic(), sorted(handle.peers)
        if not self._stopping.is_set() and (peers or not handle.leaving):
            text = f"media worker {handle.number} {_ENDS[handle.death]}"
            text += "; its streams are asked for again" if peers else ""
            self._note(Note.error(text))
            self._stand_by_at = now + STAND_BY_AGAIN
            # It is up, or nearly, when the offers come.
            self._refilling = asyncio.create_task(self._refill())
        for take in self._takes.of(handle.peers):
            self._lost.set()
            self._ended(msgspec.structs.replace(take, reason=EndReason.WORKER_LOST))
        for peer in peers:
            self._forget(peer)
        broke = handle.death in (Death.BROKE, Death.HUNG)
        self._dispatcher.do(self._room.worker_lost(peers, now, broke))

    async def _refill(self) -> None:
        with contextlib.suppress(ControlError):
            await self._pool.refill()

    def _forget(self, peer: str) -> None:
        self._dispatcher.forget(peer)
        self._alarms.forget(peer)

    def _connection_failed(self, peer: str, reason: EndReason, text: str) -> None:
        self._dispatcher.do(self._room.closed(peer, reason, text, time.monotonic()))

    async def _acknowledge(self, files: tuple[str, ...]) -> None:
        if files:
            await self._pool.tell_all(worker_messages.Acknowledge(files))

    # ── the clients ──────────────────────────────────────────────────────────────────────

    async def _command(self, request: Request) -> str | Picture:
        match request.command:
            case "shutdown":
                self.stop()
                return "finishing every file, then leaving"
            case "yield" if not self._heir:
                raise ControlError("this engine was started by a person, and stays")
            case "yield":
                self.yielded = True
                self.stop()
                return "giving way"
            case "status":
                self._publish()
                return "here"
            case "still":
                return await self._stills.ask(request.streams) or "there is no key frame yet"
            case "mark":
                return self._mark(request)
            case verb:
                text, actions = self._commands.command(verb, request.streams, time.monotonic())
                self._dispatcher.do(actions)
                self._publish()
                return text

    def _mark(self, request: Request) -> str:
        marker = self._commands.marker(request.streams, request.text, time.time(), self._elapsed())
        self._sidecar.enter(marker)
        stream = marker.streams[0] if len(marker.streams) == 1 else ""
        data = {"offset": marker.offset, "streams": list(marker.streams)}
        self._note(Note(EventType.MARKER, marker.text or "marker", stream, data=data))
        return f"marked {', '.join(marker.streams) or 'the room'} at {marker.offset:.1f} s"

    def _elapsed(self) -> float:
        return time.monotonic() - self._session.began

    def _note(self, note: Note) -> None:
        event = self._journal.add(
            time.time(),
            note.type,
            note.text,
            elapsed=self._elapsed(),
            stream=note.stream,
            level=note.level,
            data=note.data,
        )
        self._control.report(event)
        self._on_event(event)

    def _publish(self) -> None:
        snapshot = self._snapshot()
        self._control.publish(snapshot)
        self._on_snapshot(snapshot)

    def _snapshot(self) -> RoomSnapshot:
        streams = stream_snapshots(self._room.entries, self._meters, self._pool.holders())
        self._written = sum(stream.bitrate for stream in streams) / 8
        return RoomSnapshot(
            version=next(self._versions),
            time=time.time(),
            room=self._session.room,
            server=self._session.server,
            link=self._handshake.state,
            link_detail=self._handshake.detail,
            started=self._session.started,
            elapsed=self._elapsed(),
            streams=streams,
            disk=self._budget.snapshot(),
            output=self._session.output,
            sidecar=self._session.sidecar,
            workers=self._pool.snapshot(),
            takes_done=self._takes.done,
            takes_failed=self._takes.failed,
        )


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
