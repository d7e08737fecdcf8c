"""What becomes of all that workers say, and of their end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from ..ipc import worker_messages
from ..model import EndReason, SoundMeter, TakeSummary
from .records.repairs import Repairs, repaired
from .records.sidecar_writer import SidecarWriter
from .room.actions import Action, Note
from .room.reports import Reports
from .room.takes import Takes
from .workers.dispatch import Dispatcher
from .workers.handle import Death, WorkerHandle
from .workers.spares import Spares
from .workers.stills import Stills

_ENDS: dict[Death | None, str] = {
    Death.LEFT: "was told to leave",
    Death.KILLED: "was killed",
    Death.BROKE: "died",
    Death.HUNG: "hung and was ended",
    Death.UNREACHABLE: "cannot be reached any more",
}


class WorkerNews:
    """Brings what workers say, and their end, to whom it concerns.

    Args:
        reports: Hears of connections and streams.
        takes: Hears of files.
        stills: Hears of pictures.
        dispatcher: Answers publishers, and carries out what follows.
        sidecar: Has takes entered before they are told.
        repairs: Completes what a worker left.
        spares: Has another worker ready.
        note: Takes what there is to say.
        hear: Takes how loud streams are.
        stopping: Set when workers are to go.
        leave: Has takes of a worker that is gone completed on its machine, if that is another.
    """

    def __init__(
        self,
        reports: Reports,
        takes: Takes,
        stills: Stills,
        dispatcher: Dispatcher,
        sidecar: SidecarWriter,
        repairs: Repairs,
        spares: Spares,
        note: Callable[[Note], None],
        hear: Callable[[Mapping[str, SoundMeter]], None],
        stopping: asyncio.Event,
        leave: Callable[[WorkerHandle, Sequence[TakeSummary]], None],
    ) -> None:
        self._reports = reports
        self._takes = takes
        self._stills = stills
        self._dispatcher = dispatcher
        self._sidecar = sidecar
        self._repairs = repairs
        self._spares = spares
        self._note = note
        self._hear = hear
        self._stopping = stopping
        self._leave = leave

    def hear(self, message: worker_messages.FromWorker) -> None:
        """A worker says something."""
        now = time.monotonic()
        match message:
            case worker_messages.Hello() | worker_messages.ClockTold():
                pass
            case worker_messages.Answer():
                self._dispatcher.reply(message)
            case worker_messages.StillPicture():
                self._stills.answered(message)
            case worker_messages.Heard(streams):
                self._hear(self._reports.heard(streams))
            case worker_messages.TakeStart(peer, take):
                self._spares.take_began(now)
                self.started(peer, take)
            case worker_messages.TakeEnd(_, take):
                self.ended(take)
            case worker_messages.Mending():
                self._dispatcher.do(self._takes.mending(message, self._stopping.is_set()))
            case worker_messages.TakeMended(take, error):
                self.mended(take, error)
            case _:
                if isinstance(message, worker_messages.Closed):
                    self._dispatcher.forget(message.peer)
                self._dispatcher.do(self._reports.hear(message, now))

    def lost(self, handle: WorkerHandle) -> None:
        """A worker is gone, and what it held with it."""
        now, peers = time.monotonic(), sorted(handle.peers)
        if handle.death is Death.SUPERSEDED:
            return self._handed_over(handle.number, handle.node, peers)
        if not self._stopping.is_set() and (peers or not handle.leaving):
            where = f" on {handle.node}" if handle.node else ""
            text = f"media worker {handle.number}{where} {_ENDS[handle.death]}"
            text += "; its streams are asked for again" if peers else ""
            self._note(Note.error(text))
            self._spares.worker_lost(now)
        takes = self._takes.of(handle.peers)
        self._leave(handle, takes)
        for take in takes:
            self._repairs.expect()
            self.ended(msgspec.structs.replace(take, reason=EndReason.WORKER_LOST))
        for peer in peers:
            self._dispatcher.forget(peer)
        broke = handle.death in (Death.BROKE, Death.HUNG)
        self._dispatcher.do(self._reports.lost(peers, now, broke))

    def _handed_over(self, number: int, node: str, peers: Sequence[str]) -> None:
        """A worker goes on for another engine: nothing of it is over, and nothing of it is ours."""
        self._note(Note.warning(f"media worker {number} on {node} has another engine now"))
        for peer in peers:
            self._dispatcher.forget(peer)
        self._dispatcher.do(self._reports.handed_over(peers))

    def back(self, handle: WorkerHandle) -> bool:
        """A worker that was taken to be lost is not: nothing that it recorded meanwhile is, either.

        What nobody else has it goes on with; the rest it ends, and tells how each take ended.

        Returns:
            Whether there is something with which it goes on.
        """
        hello = handle.hello
        text = f"media worker {handle.number} on {handle.node} can be reached again"
        self._note(Note.warning(text, data={"worker": handle.number, "node": handle.node}))
        for one in hello.ended:
            self.ended(one.take, one.at)
        kept, actions = self._reports.take_back(hello, time.monotonic())
        self._dispatcher.do(actions)
        return kept

    def completed(self, text: str, take: TakeSummary | None) -> None:
        """What a worker left on another machine was completed there, or could not be."""
        if take is not None:
            if take.reason is EndReason.INTERRUPTED:
                # Not all was ended: we know what it was.
                take = msgspec.structs.replace(take, reason=EndReason.WORKER_LOST)
            self._sidecar.enter(take)
        self._note(repaired(text, take))

    def started(
        self, peer: str, take: TakeSummary, at: float | None = None, *, told: bool = False
    ) -> None:
        """A file was opened.

        Args:
            peer: By which connection.
            take: What it is to be.
            at: As of `Note`.
            told: Everybody knows.
        """
        self._enter(take, self._takes.started(peer, take, at), told)

    def ended(self, take: TakeSummary, at: float | None = None, *, told: bool = False) -> None:
        """A file was closed, well or badly; arguments as of `started`."""
        self._enter(take, self._takes.ended(take, time.monotonic(), at), told)

    def mended(self, take: TakeSummary, error: str) -> None:
        """A closed file was put right, or stays as it was."""
        self._dispatcher.do(self._takes.mended(take, error))
        self._sidecar.enter(take)

    def _enter(self, take: TakeSummary, actions: list[Action], told: bool) -> None:
        """Put a take into the sidecar, and say so when it is there, unless that was said."""
        self._sidecar.enter(take, lambda: self._dispatcher.do(() if told else actions))
