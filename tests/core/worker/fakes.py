"""A connection that a test plays, what a peer on it says, and a disk that is stuck."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from roomdeck.core.config import IceConfig, Sound
from roomdeck.core.errors import MediaError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Codec, EncodedFrame, Kind, SenderReport, TrackStats
from roomdeck.core.recording.decoding_process import Found, Order, carry_out
from roomdeck.core.webrtc.interface import (
    Answer,
    ConnectionHandler,
    ConnectionState,
    TrackInfo,
)
from roomdeck.core.worker.decoding.decoder import Decoder
from roomdeck.core.worker.files.writer import Writer

T = TypeVar("T")

VIDEO = TrackInfo("v0", Kind.VIDEO, Codec.VP8, "cam", 0)
AUDIO = TrackInfo("a1", Kind.AUDIO, Codec.OPUS, "cam", 1)
SCREEN = TrackInfo("v2", Kind.VIDEO, Codec.VP8, "scr", 2)


class FakeConnection:
    """Stands in for `roomdeck.core.webrtc.connection.Connection`."""

    made: ClassVar[list[FakeConnection]] = []

    def __init__(
        self,
        handler: ConnectionHandler,
        *,
        ice: IceConfig,
        codec: Codec | None,
        audio: bool,
        video: bool,
        sound: Sound,
    ) -> None:
        self.handler = handler
        self.offers: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.tried: list[Any] = []
        self.key_frames: list[str] = []
        self.asked = asyncio.Event()
        """Set when a key frame was."""
        self.packets: dict[str, float] = {}
        self.heard_at: float | None = None
        self.there = True
        self.closed = 0
        self._news = asyncio.Event()
        self.broken = False
        self.last: dict[str, list[EncodedFrame]] = {}
        self.round_trip = 0.05
        self.drops, self.malformed, self.unrouted = 7, 3, 5
        self.heard_at: float | None = None
        self.expected = 10
        self.said_levels: list[int] = []
        """What packets of sound say of themselves, until it is asked for."""
        FakeConnection.made.append(self)

    @property
    def media(self) -> FakeConnection:
        """It stands in for that too."""
        return self

    async def accept_offer(self, sdp: str) -> Answer:
        if self.broken:
            raise MediaError("nonsense")
        self.offers.append(sdp)
        return Answer(f"answer to {sdp}", [{"candidate": "candidate:9"}])

    async def add_candidates(self, candidates: Sequence[Mapping[str, Any] | str]) -> None:
        self.tried += candidates

    def send(self, text: str) -> bool:
        self.sent.append(json.loads(text))
        self._news.set()
        return True

    async def said(self, count: int) -> None:
        """Wait for so many messages on the data channel."""
        async with asyncio.timeout(30):
            while len(self.sent) < count:
                self._news.clear()
                await self._news.wait()

    def stats(self) -> dict[str, TrackStats]:
        counted = TrackStats(expected=self.expected, received=self.expected - 1)
        return dict.fromkeys(("v0", "a1"), counted)

    def report(self, mid: str) -> SenderReport | None:
        return None

    def levels(self, mid: str) -> list[int]:
        levels, self.said_levels = self.said_levels, []
        return levels

    def last_packet_at(self, mid: str) -> float | None:
        return self.packets.get(mid)

    async def is_there(self) -> bool:
        return self.there

    def request_key_frame(self, mid: str) -> None:
        self.key_frames.append(mid)
        self.asked.set()

    async def close(self, drain: bool = True) -> None:
        self.closed += 1
        for mid, frames in self.last.items():
            self.handler.on_frames(mid, frames)
        self.handler.on_state(ConnectionState.CLOSED, "closed by us")


class Told:
    """What a peer says to its engine."""

    def __init__(self) -> None:
        self.messages: list[worker_messages.FromWorker] = []
        self._news = asyncio.Condition()

    def __call__(self, message: worker_messages.FromWorker) -> None:
        self.messages.append(message)
        self._task = asyncio.ensure_future(self._wake())

    async def _wake(self) -> None:
        async with self._news:
            self._news.notify_all()

    def all(self, kind: type[T]) -> list[T]:
        return [message for message in self.messages if isinstance(message, kind)]

    async def wait(self, kind: type[T], count: int = 1) -> T:
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.all(kind)) >= count)
        return self.all(kind)[count - 1]


class FakeDecoder(Decoder):
    """Decodes where it is, and keeps what it was asked; what it refuses was not tried."""

    def __init__(self) -> None:
        super().__init__(lambda stream, text: None)
        self.orders: list[Order] = []
        self.refuses = False

    async def decode(self, *orders: Order) -> list[Found | None]:
        self.orders += orders
        return [None if self.refuses else carry_out(order) for order in orders]


class Stuck:
    """A disk that does not answer until it is let go."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._leave = threading.Event()
        self._entered = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Stuck:
        self._task = asyncio.create_task(self._writer.run(self._wait))
        await self._entered.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.let_go()
        await self._task

    def let_go(self) -> None:
        self._leave.set()

    def _wait(self) -> None:
        self._loop.call_soon_threadsafe(self._entered.set)
        self._leave.wait(10)
