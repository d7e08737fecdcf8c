"""The process around a worker's peers: its socket, its signals, its last words."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from .. import memory
from ..cluster.cards import Here
from ..descriptors import raise_limit
from ..errors import MediaError, ProtocolError, RoomdeckError
from ..ipc import worker_messages
from ..ipc.clock_name import clock_name
from ..ipc.heir import Heir
from ..model import EndReason, EventLevel
from ..recording import sidecar
from ..tasks import Tasks
from ..webrtc import compat
from ..webrtc.path import event_loop
from .connections.peer import Peer
from .decoding.decoder import Decoder
from .files.mender import Mender
from .files.writer import Writer
from .listening import INTERVAL, Listener
from .load import LoadMeter
from .machine import MachineWatch

if TYPE_CHECKING:
    from .beside import Beside

ORPHAN_PATIENCE = 30.0
"""Seconds that a worker without streams waits for an engine (to come back)."""
NODE = "--node"
"""Option of one that engines reach over the network, and where it is."""
LOOK = 0.25
"""Seconds between two times that it is seen whether there is a picture to look at."""
LEFT_KEPT = 500
"""Connections that are over and are remembered for an engine that comes later."""
MOMENTS_KEPT = 8192
"""Of its clock: there is one in 16 s."""
TAKEN = 20.0
"""Seconds within which an engine takes what it is told, or it hangs."""
LAST_WORDS = 5.0
"""Seconds that an engine has to take note of how the last takes ended."""

logger = logging.getLogger(__name__)


class Worker:
    """Serves the streams that an engine gives it, and outlives that engine.

    Args:
        number: Which one of its engine's it is.
        here: Where it is, if engines reach it over the network.
    """

    def __init__(self, number: int, here: Here | None = None) -> None:
        self._number = number
        self._here = here
        self._told: worker_messages.Settings | None = None
        """As an engine said."""
        self._settings: worker_messages.Settings | None = None
        """As they hold on this machine."""
        self._moments: deque[worker_messages.Moment] = deque(maxlen=MOMENTS_KEPT)
        """What engines found out of this clock."""
        self._peers: dict[str, Peer] = {}
        self._ended: dict[tuple[str, str, float], worker_messages.Ended] = {}
        self._left: deque[worker_messages.Left] = deque(maxlen=LEFT_KEPT)
        self._engine: ServerConnection | None = None
        self._term = 0.0
        """When that one began, as it says."""
        self._outbox: asyncio.Queue[worker_messages.FromWorker] = asyncio.Queue()
        self._writer = Writer()
        self._mender = Mender(self._tell)
        self._decoder = Decoder(self._leave_alone)
        self._listener = Listener(self._decoder)
        self._machine = MachineWatch(self._output) if here else None
        self._load = LoadMeter(self._writer, self._machine)
        self._folder = Path()
        """Where its socket is."""
        self._heir: Heir | None = None
        self._heard = asyncio.Event()
        """Set when the engine acknowledged something, or went away."""
        self._leaving = asyncio.Event()
        self._reason = EndReason.SHUTDOWN
        self._tasks = Tasks("a command")
        self._some_closed = False
        """Connections, since what they left was let go of."""
        self._beside: Beside | None = None
        """On a node where something is done with closed files."""

    async def run(self, socket: Path) -> None:
        """Serve until told to leave, or until nobody needs it any more."""
        self._folder = socket.parent
        self._heir = Heir(self._folder)
        self._install_signals()
        async with contextlib.AsyncExitStack() as open_:
            await open_.enter_async_context(
                unix_serve(
                    self._serve_engine,
                    str(socket),
                    max_size=worker_messages.MAX_FRAME,
                    compression=None,
                )
            )
            os.chmod(socket, 0o600)
            if self._here is not None:
                # Costs nothing where nobody comes over the network.
                from ..cluster.door import door

                way_in = door(self._here, socket, self._number, os.getpid(), self._serve_engine)
                await open_.enter_async_context(way_in)
            print("ready", flush=True)
            keeping = [self._keep_time(), self._listen(), self._look()]
            keeping += [self._machine.run()] if self._machine else []
            keepers = [asyncio.create_task(it) for it in keeping]
            await self._leaving.wait()
            await self._finish()
            for keeper in keepers:
                keeper.cancel()

    def _install_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._leaving.set)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    # ── the link ─────────────────────────────────────────────────────────────────────────

    async def _serve_engine(self, engine: ServerConnection) -> None:
        term = float(_header(engine, worker_messages.TERM) or 0.0)
        if self._engine is not None and 0.0 < term < self._term:
            await engine.close(worker_messages.SUPERSEDED)
            return
        is_later, self._term = term > self._term > 0.0, term
        previous, self._engine = self._engine, engine
        if self._heir is not None:
            self._heir.meet()
        if previous is not None:
            # One that is cut off does not answer: nobody waits for that.
            code = worker_messages.SUPERSEDED if is_later else CloseCode.NORMAL_CLOSURE
            self._tasks.spawn(previous.close(code))
        self._outbox = asyncio.Queue()
        sender = asyncio.create_task(self._send_all(engine, self._outbox))
        self._tell(self._hello())
        try:
            async for frame in engine:
                self._obey(worker_messages.decode_to_worker(frame))
        except (ConnectionClosed, ProtocolError) as error:
            logger.info("the engine's link ended: %s", error)
        finally:
            sender.cancel()
            if self._engine is engine:
                self._engine = None
            self._heard.set()

    async def _send_all(
        self, engine: ServerConnection, outbox: asyncio.Queue[worker_messages.FromWorker]
    ) -> None:
        try:
            while True:
                message = await outbox.get()
                if isinstance(message, worker_messages.ClockTold):
                    message = msgspec.structs.replace(message, said=time.monotonic())
                async with asyncio.timeout(TAKEN):
                    await engine.send(worker_messages.encode(message))
        except ConnectionClosed:
            pass
        except TimeoutError:
            # No ping finds that out: it would have to be sent behind what is not taken.
            logger.warning("the engine hangs: it takes nothing")
            engine.transport.abort()

    def _tell(self, message: worker_messages.FromWorker) -> None:
        match message:
            case worker_messages.TakeEnd(_, take):
                self._ended[sidecar.key(take)] = worker_messages.Ended(take, time.monotonic())
                if take.misplaced:
                    self._mender.add(take)
            case worker_messages.TakeMended(take, error):
                now, key = time.monotonic(), sidecar.key(take)
                at = self._ended[key].at if key in self._ended else now
                self._ended[key] = worker_messages.Ended(take, at, error)
                if self._beside is not None:
                    self._beside.mended(take, error)
            case worker_messages.Closed():
                self._forget(message)
            case worker_messages.Found(_, stream) if self._engine is None:
                self._record_orphan(stream)
            case _:
                pass
        if self._engine is not None:
            self._outbox.put_nowait(message)

    def _forget(self, closed: worker_messages.Closed) -> None:
        peer = self._peers.pop(closed.peer, None)
        self._some_closed = True
        if peer is not None:
            left = (peer.stream, closed.reason, closed.text, time.monotonic())
            self._left.append(worker_messages.Left(*left))

    def _leave_alone(self, stream: str, text: str) -> None:
        self._tell(worker_messages.Notice(stream, text))

    def _record_orphan(self, stream: str) -> None:
        # Nobody can be asked whether it is wanted: better too much than too little.
        wanted = self._heir is None or self._heir.records(stream)
        order = worker_messages.Record(stream, wanted, monitored=not wanted)
        for peer in self._peers.values():
            self._tasks.spawn(peer.streams.record(order))

    def _hello(self) -> worker_messages.Hello:
        peers = self._peers.values()
        return worker_messages.Hello(
            worker=self._number,
            pid=os.getpid(),
            settings=self._told,
            peers=tuple(peer.info() for peer in peers),
            streams=self._streams(),
            ended=tuple(self._ended.values()),
            left=tuple(self._left),
            clock=clock_name(),
            began=self._settings.session.began if self._settings else None,
            moments=tuple(self._moments),
            said=time.monotonic(),
        )

    def _obey(self, message: worker_messages.ToWorker) -> None:
        match message:
            case worker_messages.ClockAsked(sent):
                self._tell(worker_messages.ClockTold(sent, time.monotonic()))
            case worker_messages.Moments(moments):
                self._moments.extend(moments)
            case worker_messages.Setup(settings, began):
                self._told, self._settings = settings, self._at_home(settings, began)
                self._writer.syncer.seconds = settings.sync
                self._writer.held_limit = settings.held_bytes
                self._have_beside(self._settings)
            case worker_messages.Heritage(config):
                if self._heir is not None:
                    self._heir.inherit(config)
            case worker_messages.Offer():
                self._offer(message)
            case worker_messages.Acknowledge(files):
                known = self._ended.items()
                self._ended = {key: one for key, one in known if one.take.file not in files}
                self._heard.set()
            case worker_messages.Split(stream):
                for peer in self._peers.values():
                    self._tasks.spawn(peer.streams.split(stream))
            case worker_messages.Record():
                for peer in self._peers.values():
                    self._tasks.spawn(peer.streams.record(message))
            case worker_messages.Still():
                self._tasks.spawn(self._still(message))
            case worker_messages.Candidates(name, candidates):
                if name in self._peers:
                    self._tasks.spawn(self._peers[name].connection.add_candidates(candidates))
            case worker_messages.Probe(name):
                if name in self._peers:
                    self._tasks.spawn(self._peers[name].probe())
            case worker_messages.Close(name, reason):
                if name in self._peers:
                    self._tasks.spawn(self._peers[name].close(reason))
            case worker_messages.Shutdown(reason):
                self._reason = reason
                self._leaving.set()

    def _at_home(
        self, settings: worker_messages.Settings, began: float | None
    ) -> worker_messages.Settings:
        session = settings.session
        if self._here is not None:
            session = self._here.session(session)
        if began is not None:
            session = msgspec.structs.replace(session, began=began)
        return msgspec.structs.replace(settings, session=session)

    def _have_beside(self, settings: worker_messages.Settings) -> None:
        if self._here is None or self._machine is None or not settings.beside:
            return
        if self._beside is not None:
            self._beside.hear(settings)
            return
        # Costs nothing where nothing is done with closed files.
        from .beside import Beside

        self._beside = Beside(self._here, self._folder, settings, self._machine)
        self._writer.closed = self._beside.closed
        self._tasks.spawn(self._beside.run())

    async def _still(self, asked: worker_messages.Still) -> None:
        recorded_streams = [peer.streams.recorded(asked.stream) for peer in self._peers.values()]
        recorded = next((recorded for recorded in recorded_streams if recorded is not None), None)
        try:
            picture = await recorded.key_frame.picture(asked.size) if recorded else None
        except MediaError as error:
            answer = worker_messages.StillPicture(asked.number, None, str(error))
        else:
            answer = worker_messages.StillPicture(asked.number, picture)
        self._tell(answer)

    def _offer(self, offer: worker_messages.Offer) -> None:
        if self._settings is None or self._leaving.is_set():
            logger.error("an offer came before the settings, or after the end")
            return
        peer = self._peers.get(offer.peer)
        try:
            peer = peer or Peer(offer, self._settings, self._writer, self._decoder, self._tell)
        except RoomdeckError as error:
            self._tell(worker_messages.Notice(offer.stream, str(error), EventLevel.ERROR))
            self._tell(worker_messages.Closed(offer.peer, EndReason.VANISHED, str(error)))
            return
        self._peers[offer.peer] = peer
        self._tasks.spawn(peer.offer(offer))

    # ── time and the end ─────────────────────────────────────────────────────────────────

    async def _keep_time(self) -> None:
        idle = alone = 0
        for second in itertools.count(1):
            await asyncio.sleep(1)
            self._look_after(Peer.every_second)
            if second % memory.INTERVAL == 0:
                self._tidy()
            self._tell(worker_messages.Status(self._streams(), self._load.read()))
            alone = 0 if self._engine else alone + 1
            if self._heir is not None and self._heir.is_due(alone):
                self._tasks.spawn(asyncio.to_thread(self._heir.start))
            idle = 0 if self._peers or self._engine else idle + 1
            if idle >= ORPHAN_PATIENCE:
                self._leaving.set()

    async def _listen(self) -> None:
        """Tell twice a second how loud streams are; no fault in it costs a recording anything."""
        complained = False
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                heard = await self._listener.listen(tuple(self._peers.values()))
            except Exception:
                if not complained:
                    complained = True
                    logger.exception("the loudness of streams could not be measured")
                continue
            if heard:
                self._tell(worker_messages.Heard(heard))

    def _tidy(self) -> None:
        if self._some_closed:
            self._some_closed = False
            memory.let_go()
        memory.give_back()

    async def _look(self) -> None:
        """See whether there is a picture to look at."""
        while True:
            await asyncio.sleep(LOOK)
            self._look_after(Peer.look_at_picture)

    def _look_after(self, look: Callable[[Peer, float], None]) -> None:
        now = time.monotonic()
        for peer in tuple(self._peers.values()):
            try:
                look(peer, now)
            except Exception:
                logger.exception("looking after %s failed", peer.stream)

    def _output(self) -> str:
        return self._settings.session.output if self._settings else ""

    def _streams(self) -> tuple[worker_messages.StreamStatus, ...]:
        return tuple(status for peer in self._peers.values() for status in peer.streams.status())

    async def _finish(self) -> None:
        if self._heir is not None:
            self._heir.leave()
        peers = list(self._peers.values())
        self._mender.remind()
        await asyncio.gather(*(peer.close(self._reason) for peer in peers))
        await self._decoder.close()
        self._writer.close()
        await self._mender.finish()
        if self._beside is not None:
            await self._beside.finish()
            self._tell(worker_messages.Status(self._streams(), self._load.read()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._wait_for_acknowledgement()
        if self._engine is not None:
            await self._engine.close()
        if self._settings is not None and self._ended:
            self._leave_in_sidecar(self._settings.session)

    async def _wait_for_acknowledgement(self) -> None:
        while self._ended and self._engine is not None:
            self._heard.clear()
            await self._heard.wait()

    def _leave_in_sidecar(self, session: worker_messages.Session) -> None:
        info = sidecar.SessionInfo(
            room=session.room, server=session.server, started=session.started
        )
        try:
            if not session.place.objection(session.output):
                takes = [one.take for one in self._ended.values()]
                sidecar.merge(Path(session.sidecar), info, takes)
        except (OSError, RoomdeckError):
            logger.exception("the sidecar could not be written")


def _header(engine: ServerConnection, name: str) -> str:
    return engine.request.headers.get(name, "") if engine.request else ""


def main(socket: Path, number: int, here: str = "") -> None:
    """Run one worker; the engine starts it with ``python -m roomdeck.core.worker``.

    Args:
        socket: Where it serves.
        number: Which one of its engine's it is.
        here: `Here` as JSON, where it is on a node of a cluster.
    """
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    raise_limit()
    compat.install()
    memory.settle()
    with asyncio.Runner(loop_factory=event_loop()) as runner:
        place = msgspec.json.decode(here, type=Here) if here else None
        runner.run(Worker(number, place).run(socket))
    socket.unlink(missing_ok=True)
