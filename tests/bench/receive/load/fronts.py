"""How offers reach a recorder: through a room, or over a plain connection."""

from __future__ import annotations

import asyncio
from secrets import token_hex

import msgspec

from roomdeck.core.config import RoomConfig
from roomdeck.core.signaling.client import SignalingClient
from roomdeck.core.signaling.messages import PeerMessage, PlayRequest, offer, open_peer_message
from roomdeck.core.signaling.peer import Description
from roomdeck.core.signaling.secrets import Secrets

from .link import Link
from .pacer import Stream
from .schedule import Schedule

LINE = 1 << 20
"""Bytes of an exchange at most."""


class Exchange(msgspec.Struct, frozen=True):
    """A line of JSON each way: the offer of a stream, and the answer."""

    name: str
    sdp: str


class Plain:
    """A recorder that listens on a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def connect(self, link: Link, schedule: Schedule) -> Stream:
        """Make one offer and take the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=LINE)
        said = Exchange(link.name, await link.offer())
        writer.write(msgspec.json.encode(said) + b"\n")
        answer = msgspec.json.decode(await reader.readline(), type=Exchange)
        writer.close()
        return await link.connect(answer.sdp, schedule)


class Room:
    """A room that a recorder is in; each stream is a member of its own."""

    def __init__(self, room: RoomConfig) -> None:
        self._room = room
        self._secrets = Secrets(room.password, room.salt)
        self._staying: list[asyncio.Task[None]] = []

    async def connect(self, link: Link, schedule: Schedule) -> Stream:
        """Join, and wait for a recorder that asks for the stream."""
        connected: asyncio.Future[Stream] = asyncio.Future()
        self._staying.append(asyncio.create_task(self._stay(link, schedule, connected)))
        return await connected

    async def _stay(self, link: Link, schedule: Schedule, done: asyncio.Future[Stream]) -> None:
        secrets, session = self._secrets, token_hex(5)
        async with SignalingClient(self._room, secrets, stream=link.name) as client:
            async for happening in client:
                match happening:
                    case PlayRequest(uuid=uuid) if not done.done():
                        wire = secrets.stream_on_wire(link.name)
                        sdp = await link.offer()
                        client.send(offer(uuid, wire, session, sdp, secrets))
                    case PeerMessage() if not done.done():
                        message = open_peer_message(happening, secrets)
                        match message.description:
                            case Description(type="answer", sdp=sdp):
                                done.set_result(await link.connect(sdp, schedule))
                            case _:
                                pass
                    case _:
                        pass
