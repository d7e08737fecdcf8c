"""Carries out what the room's state machine asks for, in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from ...errors import ControlError
from ...ipc import worker_messages
from ...model import EndReason
from ...signaling.messages import bye, play
from ...signaling.peer import Message, Role, answer, candidates
from ...signaling.secrets import Secrets
from ..room.actions import Action, Goodbye, Note, Open, Play, Rejoin, Tell
from .pool import WorkerPool

logger = logging.getLogger(__name__)


class Dispatcher:
    """The hands of the engine.

    Args:
        pool: Holds the connections.
        secrets: Encrypts answers where the offer came encrypted.
        send: Says something to the handshake server.
        note: Enters something into the journal.
        rejoin: Has the handshake server give another address.
    """

    def __init__(
        self,
        pool: WorkerPool,
        secrets: Secrets,
        send: Callable[[Message], None],
        note: Callable[[Note], None],
        rejoin: Callable[[], None] = lambda: None,
    ) -> None:
        self._pool = pool
        self._secrets = secrets
        self._send = send
        self._note = note
        self._rejoin = rejoin
        self._actions: asyncio.Queue[Action] = asyncio.Queue()
        self._offers: dict[str, worker_messages.Offer] = {}
        self._opening: dict[str, list[worker_messages.ToWorker]] = {}
        """What is said to connections while their worker is still being started."""

    def do(self, actions: Iterable[Action]) -> None:
        """Note what is to be noted at once, and queue the rest."""
        for action in actions:
            if isinstance(action, Note):
                self._note(action)
            else:
                self._actions.put_nowait(action)

    async def run(self, failed: Callable[[worker_messages.Closed], None]) -> None:
        """Carry out actions until cancelled; a worker that starts keeps only its own waiting.

        Args:
            failed: Called with a connection that found no worker, as if one said that it is over.
        """
        async with asyncio.TaskGroup() as openings:
            while True:
                match await self._actions.get():
                    case Play(raw_id, uuid):
                        self._send(play(raw_id, uuid))
                    case Goodbye(uuid):
                        self._send(bye(uuid))
                    case Rejoin():
                        self._rejoin()
                    case Open() as action:
                        self._opening[action.offer.peer] = []
                        openings.create_task(self._open(action, failed))
                    case Tell(peer, message):
                        await self._tell(peer, message)
                    case Note() as note:
                        self._note(note)

    def reply(self, message: worker_messages.Answer) -> None:
        """Send a worker's answer back to the publisher, in kind."""
        offer = self._offers.get(message.peer)
        if offer is None:
            return
        secrets = self._secrets if offer.encrypted else None
        self._send(answer(offer.uuid, offer.session, message.sdp, secrets))
        if message.candidates:
            items, role = message.candidates, Role.REMOTE
            self._send(candidates(offer.uuid, offer.session, items, role, secrets))

    def forget(self, peer: str) -> None:
        """A connection is over."""
        self._offers.pop(peer, None)

    async def _open(self, action: Open, failed: Callable[[worker_messages.Closed], None]) -> None:
        offer = action.offer
        waiting = self._opening[offer.peer]
        try:
            if missed := self._pool.missed(action.names):
                self._note(Note.warning(f"{missed}; it is recorded on another", offer.stream))
            worker = await self._pool.place(offer.peer, action.group, action.names)
        except ControlError as error:
            del self._opening[offer.peer]
            logger.error("%s", error)
            lost = EndReason.WORKER_LOST
            failed(worker_messages.Closed(offer.peer, lost, str(error)))
            return
        self._offers[offer.peer] = offer
        await worker.send(offer)
        while waiting:
            await self._say(offer.peer, waiting.pop(0))
        del self._opening[offer.peer]

    async def _tell(self, peer: str, message: worker_messages.ToWorker) -> None:
        if peer in self._opening:
            self._opening[peer].append(message)
        else:
            await self._say(peer, message)

    async def _say(self, peer: str, message: worker_messages.ToWorker) -> None:
        worker = self._pool.holder(peer)
        if worker is not None:
            if isinstance(message, worker_messages.Offer):
                self._offers[peer] = message
            await worker.send(message)
