"""A viewer for publishers under test: signalling and a receiving connection, no policy."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import msgspec

from roomdeck.core.config import Family, IceConfig, RoomConfig
from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.publish_config import PublishConfig, PublishEvent
from roomdeck.core.publishing.publisher import Publisher
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.signaling import channel_messages
from roomdeck.core.signaling import messages as wire
from roomdeck.core.signaling.backoff import Backoff, Patience
from roomdeck.core.signaling.channel_messages import ChannelMessage, parse_channel_message
from roomdeck.core.signaling.client import SignalingClient
from roomdeck.core.signaling.secrets import Secrets
from roomdeck.core.webrtc.connection import Connection, ConnectionState, TrackInfo

TIMEOUT = 30.0
FAST = Backoff(first=0.05, limit=0.1)
PATIENCE = Patience(detect=0.3)


class Changing:
    """Lets tests wait for a condition that some event makes true."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], object], seconds: float = TIMEOUT) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await self._changed.wait()


class Peer(Changing):
    """One receiving connection of a viewer."""

    def __init__(self, session: str | None, request: dict[str, Any] | None) -> None:
        super().__init__()
        self.session = session
        self.offers: list[wire.PeerMessage] = []
        self.said: list[ChannelMessage] = []
        self.states: list[ConnectionState] = []
        self.tracks: Sequence[TrackInfo] = ()
        self.frames: dict[str, list[EncodedFrame]] = defaultdict(list)
        self.connection = Connection(self, ice=IceConfig())
        self.negotiate: asyncio.Queue[wire.PeerMessage] = asyncio.Queue()
        self._request = request

    def on_state(self, state: ConnectionState, reason: str) -> None:
        self.states.append(state)
        self.change()

    def on_channel(self) -> None:
        if self._request is not None:
            self.say(self._request)

    def on_channel_message(self, text: str) -> None:
        message = parse_channel_message(text)
        self.said.append(message)
        if message.peer is not None:
            self.negotiate.put_nowait(message.peer)
        self.change()

    def on_excess(self, text: str) -> None:
        """An honest publisher does not get here."""
        raise AssertionError(text)

    def on_tracks(self, tracks: Sequence[TrackInfo]) -> None:
        self.tracks = tracks
        self.change()

    def on_frames(self, mid: str, frames: Sequence[EncodedFrame]) -> None:
        self.frames[mid] += frames
        self.change()

    def say(self, message: dict[str, Any]) -> None:
        assert self.connection.send(msgspec.json.encode(message).decode())

    def track(self, kind: Kind, screen: bool = False) -> TrackInfo | None:
        found = [t for t in self.tracks if t.kind is kind and (t.index >= 2) is screen]
        return found[0] if found else None

    def received(self, kind: Kind, screen: bool = False) -> list[EncodedFrame]:
        track = self.track(kind, screen)
        return self.frames[track.mid] if track else []

    async def media(self, count: int = 10, kind: Kind = Kind.VIDEO, screen: bool = False) -> None:
        """Wait for so many frames more than there are now."""
        wanted = len(self.received(kind, screen)) + count
        await self.until(lambda: len(self.received(kind, screen)) >= wanted)

    async def goodbye(self) -> None:
        await self.until(lambda: any(message.bye for message in self.said))


class TestViewer(Changing):
    """Watches one stream of a room, as often as it is told to."""

    __test__ = False

    def __init__(self, room: RoomConfig, stream: str, request: dict[str, Any] | None) -> None:
        super().__init__()
        self.secrets = Secrets(room.password, room.salt)
        self.stream = stream
        self.autoplay = True
        self.peers: list[Peer] = []
        self.announced: list[str] = []
        """Addresses under which the stream was announced."""
        self.encrypted: set[bool] = set()
        self.client = SignalingClient(room, self.secrets, backoff=FAST, patience=PATIENCE)
        self._request = request
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def peer(self) -> Peer:
        return self.peers[-1]

    def play(self) -> None:
        self.client.send(wire.play(self.secrets.stream_on_wire(self.stream)))

    async def run(self) -> None:
        async for happening in self.client:
            match happening:
                case wire.Listing(members):
                    for member in members:
                        self._announced(member.uuid, member.wire_stream)
                case wire.Joined(uuid, stream) | wire.Announced(uuid, stream):
                    self._announced(uuid, stream)
                case wire.PeerMessage():
                    await self._negotiate(happening)
                case _:
                    pass
            self.change()

    def _announced(self, uuid: str, stream: str | None) -> None:
        if stream == self.secrets.stream_on_wire(self.stream):
            self.announced.append(uuid)
            if self.autoplay:
                self.play()

    async def _negotiate(self, message: wire.PeerMessage) -> None:
        self.encrypted.add(message.encrypted)
        message = wire.open_peer_message(message, self.secrets)
        peer = next((p for p in self.peers if p.session == message.session), None)
        if peer is None:
            peer = Peer(message.session, self._request)
            self.peers.append(peer)
            task = asyncio.create_task(self._renegotiate(peer))
            self._tasks.add(task)
        if isinstance(message.description, wire.Description):
            peer.offers.append(message)
            answer = await peer.connection.accept_offer(message.description.sdp)
            secrets = self.secrets if message.encrypted else None
            self.client.send(wire.answer(message.uuid, message.session, answer.sdp, secrets))
        if not isinstance(message.candidates, str):
            await peer.connection.add_candidates(message.candidates)

    async def _renegotiate(self, peer: Peer) -> None:
        while True:
            message = await peer.negotiate.get()
            self.encrypted.add(message.encrypted)
            message = wire.open_peer_message(message, self.secrets)
            if isinstance(message.description, wire.Description):
                peer.offers.append(message)
                answer = await peer.connection.accept_offer(message.description.sdp)
                secrets = self.secrets if message.encrypted else None
                peer.say(wire.answer(None, message.session, answer.sdp, secrets))
                peer.change()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for peer in self.peers:
            await peer.connection.close()


EVERYTHING = channel_messages.recorder_request(True, True, None, "Lab")


@contextlib.asynccontextmanager
async def viewing(
    room: RoomConfig, stream: str = "alice", request: dict[str, Any] | None = EVERYTHING
) -> AsyncGenerator[TestViewer]:
    """A viewer that is in the room."""
    viewer = TestViewer(room, stream, request)
    async with viewer.client:
        task = asyncio.create_task(viewer.run())
        await viewer.until(lambda: viewer.client.connected or task.done())
        try:
            yield viewer
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.wait([task])
            await viewer.close()


class Broadcast(Changing):
    """A publisher that runs, and what it said about itself."""

    def __init__(self, config: PublishConfig) -> None:
        super().__init__()
        self.events: list[PublishEvent] = []
        self.publisher = Publisher(config, self._on_event, backoff=FAST, patience=PATIENCE)
        self.task = asyncio.create_task(self.publisher.run())

    def _on_event(self, event: PublishEvent) -> None:
        self.events.append(event)
        self.change()

    def count(self, kind: str) -> int:
        return sum(event.type == kind for event in self.events)

    async def happened(self, kind: str, times: int = 1) -> None:
        await self.until(lambda: self.count(kind) >= times or self.task.done())
        if self.task.done():
            self.task.result()

    async def ended(self) -> None:
        await asyncio.wait_for(self.task, TIMEOUT)


@contextlib.asynccontextmanager
async def publishing(config: PublishConfig) -> AsyncGenerator[Broadcast]:
    """A publisher that is in the room; it is told to stop in the end."""
    broadcast = Broadcast(config)
    try:
        await broadcast.happened("joined")
        yield broadcast
    finally:
        broadcast.publisher.stop()
        await broadcast.ended()


def room_at(url: str, family: Family = Family.ROUTED, password: str | None = None) -> RoomConfig:
    return RoomConfig(room="lab", server=url, family=family, password=password)


def tiny_source(**changes: Any) -> SourceConfig:
    """Pictures that cost little."""
    source = SourceConfig(
        name="alice", codec=Codec.VP8, width=160, height=120, bitrate=200_000, number=1
    )
    return msgspec.structs.replace(source, **changes)
