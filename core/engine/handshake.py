"""The engine's end of the one websocket: what the server says goes to the room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from ..config import DEFAULT_PASSWORD, Family, RoomConfig
from ..model import EventLevel, EventType, SignalingState
from ..signaling.client import Connected, Disconnected, Happening, SignalingClient
from ..signaling.peer import Message
from ..signaling.secrets import Secrets
from ..systemd import notify
from ..tasks import unless
from .room.actions import Action, Note
from .room.room import Room
from .room.translate import Translator


class Handshake:
    """Stays connected with the handshake server, and knows how that is.

    Args:
        config: Where the room is.
        secrets: Opens what is encrypted.
        client: The websocket, which it enters.
        room: Is told what happens.
        do: Carries out what follows.
    """

    def __init__(
        self,
        config: RoomConfig,
        secrets: Secrets,
        client: SignalingClient,
        room: Room,
        do: Callable[[Iterable[Action]], None],
    ) -> None:
        self._config = config
        self._room = room
        self._do = do
        private = config.password not in (None, DEFAULT_PASSWORD)
        for wire in map(secrets.stream_on_wire, config.streams):
            room.expect(secrets.stream_shown(wire), wire)
        self._translator = Translator(room, secrets, private, config.streams)
        self._client = client
        self.state = SignalingState.CONNECTING
        self.detail = ""
        """The family of the server, or why there is no connection with it."""
        self.joined = asyncio.Event()
        """Set when it was in the room for the first time."""
        self._leaving = asyncio.Event()

    def send(self, message: Message) -> None:
        """Say something to the server."""
        self._client.send(message)

    def rejoin(self) -> None:
        """Come back to the server under another address."""
        self._client.rejoin()

    async def run(self) -> None:
        """Stay connected until cancelled, or until it is left."""
        await unless(self._leaving, self._stay())
        self.close()
        self._do(self._room.disconnected())

    def leave(self) -> None:
        """Leave the server: nobody is asked any more, and nobody offers."""
        self._leaving.set()

    def close(self) -> None:
        """Take note that it is over."""
        self.state = SignalingState.CLOSED

    async def _stay(self) -> None:
        async with self._client as happenings:
            async for happening in happenings:
                self._happen(happening)

    def _happen(self, happening: Happening) -> None:
        now = time.monotonic()
        match happening:
            case Connected(family):
                known = family is not Family.AUTO
                self.state, self.detail = SignalingState.JOINED, family.value if known else ""
                self.joined.set()
                where = self._where(family)
                notify(f"STATUS={where}")
                self._do([Note(EventType.LINK_JOINED, where)])
                self._do(self._room.joined(now, self._announces(family)))
            case Disconnected(reason, retry_in):
                self.state = SignalingState.RECONNECTING
                self.detail = f"{reason}; again in {retry_in:.0f} s"
                notify(f"STATUS=reconnecting: {reason}")
                data = {"reason": reason, "retry_in": round(retry_in, 1)}
                lost = Note(EventType.LINK_LOST, self.detail, "", EventLevel.WARNING, data)
                self._do([lost])
                self._do(self._room.disconnected())
            case message:
                self._do(self._translator.act(message, now))

    def _announces(self, family: Family) -> bool:
        """Whether the server says whose each stream is; outside rooms none does."""
        return family is Family.ROUTED and bool(self._config.room)

    def _where(self, family: Family) -> str:
        if self._config.room:
            return f"in the room ({family.value} server)"
        return f"on the server, outside rooms; asking for {', '.join(self._config.streams)}"
