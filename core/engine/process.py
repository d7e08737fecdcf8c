"""The engine among others: one per room, found by clients, followed by an heir."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Sequence

import msgspec

from .. import memory
from ..config import RecordConfig
from ..errors import ControlError
from ..ipc.clock_name import clock_name
from ..ipc.control_client import ControlClient
from ..ipc.room_folder import EngineInfo, RoomFolder
from ..ipc.silent_engine import end_silent
from ..ipc.worker_messages import Session, Settings
from ..model import Event, Outcome, RoomSnapshot
from ..recording.place import Place
from ..signaling.client import SignalingClient
from ..signaling.secrets import Secrets
from ..systemd import notify
from ..tasks import unless
from .lock import hold_lock, wait_for
from .records.session import new_session, prepare_output, with_sidecar, worker_settings
from .room_session import RoomSession
from .workers.fabric import Fabric, WorkerLink
from .workers.local import LocalFabric
from .workers.worker_clock import began_here

HURRY_PATIENCE = 2.0
"""Seconds that files have to be closed after a second signal."""
CLIENT_PATIENCE = 3.0
"""Seconds that clients have to hear the last events."""
COMES_UP = 10.0
"""Seconds that an heir may need until it can be asked to give way."""
LOOK = 0.1
"""Seconds between two looks at whether it can."""


class Engine:
    """Has a room for itself, in a session of its own or one that it takes over, until stopped.

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
        self._folder = RoomFolder.of(config.room)
        self._secrets = Secrets(config.room.password, config.room.salt)
        self._client = SignalingClient(config.room, self._secrets)
        self._new = new_session(config)
        """Where nobody left one to go on with."""
        self._session: RoomSession | None = None
        self.ready = asyncio.Event()
        """Set when clients can connect."""
        self._stopping = asyncio.Event()

    @property
    def yielded(self) -> bool:
        """Whether another engine has taken over: its workers go on."""
        return self._session is not None and self._session.giving_way.yielded

    @property
    def superseded(self) -> bool:
        """Whether a later engine, on another machine, has the room now."""
        return self._session is not None and self._session.giving_way.superseded

    @property
    def sidecar(self) -> str:
        """Path of the session's JSON file; empty while there is none."""
        return "" if self._session is None else self._session.sidecar

    def stop(self) -> None:
        """Finish every file and leave."""
        self._stopping.set()

    def interrupt(self) -> None:
        """Stop at the first signal; at the second, wait no more than two seconds for the files."""
        if self._stopping.is_set():
            asyncio.get_running_loop().call_later(HURRY_PATIENCE, self._hurry)
        self._stopping.set()

    def _hurry(self) -> None:
        if self._session is not None:
            self._session.hurry()

    async def run(self) -> Outcome:
        """Record until `stop`, or until the configured time is over.

        Raises:
            UsageError: The output or the runtime folder cannot be used.
            ControlError: An engine for this room is running already.
        """
        memory.look_rarely()
        self._folder.create()
        with await self._lock():
            fabric = self._fabric()
            try:
                return await self._record(fabric)
            finally:
                await fabric.close()

    async def _record(self, fabric: Fabric) -> Outcome:
        found = await unless(self._stopping, fabric.find())
        if found is None:
            return Outcome()
        settings = self._settings(found)
        session = self._session = RoomSession(
            self._config,
            settings,
            fabric,
            self._secrets,
            self._client,
            self._stopping,
            self._heir,
            self._on_event,
            self._on_snapshot,
        )
        await session.adopt(found)
        await session.control.open(self._folder.control_socket)
        self._folder.write_card(self._card(settings.session))
        self.ready.set()
        notify("READY=1")
        try:
            await session.run()
        finally:
            await session.control.close(CLIENT_PATIENCE)
            self._folder.control_socket.unlink(missing_ok=True)
            self._folder.card.unlink(missing_ok=True)
        return session.outcome()

    def _fabric(self) -> Fabric:
        """Return where workers are to be.

        Raises:
            UsageError: The token of a cluster is missing.
        """
        if self._config.cluster is None:
            return LocalFabric(self._folder, self._config.workers)
        # Loads what speaks with workers over the network.
        from .workers.cluster import ClusterFabric

        config = self._config
        return ClusterFabric(self._folder, self._config.cluster, config.workers, config.disk_floor)

    async def _lock(self) -> contextlib.ExitStack:
        """Return the room's lock, held; an heir that has it gives way to us, once it is up.

        One that hangs is ended: who comes to its room is not recorded.

        Raises:
            ControlError: An engine that a person started has it.
        """
        until = time.monotonic() + (0.0 if self._heir else COMES_UP)
        while True:
            refused = not self._heir and not await self._may_follow()
            with contextlib.ExitStack() as held:
                try:
                    held.enter_context(hold_lock(self._folder))
                except ControlError:
                    if not refused and await end_silent(self._folder):
                        until = time.monotonic() + COMES_UP
                    elif refused or time.monotonic() >= until:
                        raise
                else:
                    return held.pop_all()
            await asyncio.sleep(LOOK)

    async def _may_follow(self) -> bool:
        """Have an heir give way; return whether no other engine says that it will not."""
        try:
            client = await ControlClient.connect(self._folder)
        except ControlError:
            return True
        try:
            async with client:
                await client.command("yield")
        except ControlError:
            return False
        await asyncio.to_thread(wait_for, self._folder)
        return True

    def _settings(self, found: Sequence[WorkerLink]) -> Settings:
        """Return those of workers that go on, or new ones.

        Raises:
            ControlError: There are no workers for an heir.
            UsageError: The output cannot be used.
        """
        if self._heir and not found:
            raise ControlError("nothing is being recorded that another engine could take over")
        settings = next((one.hello.settings for one in found if one.hello.settings), None)
        if settings is None:
            prepare_output(self._config.output)
            session = with_sidecar(self._new)
            settings = worker_settings(self._config, session, self._secrets)
        return msgspec.structs.replace(settings, session=_by_our_clock(settings.session, found))

    def _card(self, session: Session) -> EngineInfo:
        room, output = self._config.room, self._config.output
        return EngineInfo(room.name, room.server, os.getpid(), session.started, output)


def _by_our_clock(session: Session, found: Sequence[WorkerLink]) -> Session:
    """Return a session as it is here, where an engine on another machine began it.

    Raises:
        UsageError: Its folder cannot be used here.
    """
    if session.clock in ("", clock_name()):
        return session
    prepare_output(session.output)
    began = began_here([one.hello for one in found])
    if began is None:
        began = time.monotonic() - (time.time() - session.started)
    place = Place.of(session.output)
    return msgspec.structs.replace(session, began=began, clock=clock_name(), place=place)
