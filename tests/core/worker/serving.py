"""A peer on a connection that the test plays."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.signaling.secrets import Secrets
from roomdeck.core.webrtc.interface import ConnectionState
from roomdeck.core.worker.connections.peer import Peer
from roomdeck.core.worker.decoding.decoder import Decoder
from roomdeck.core.worker.files.writer import Writer

from ..recording.media import video
from .fakes import VIDEO, FakeConnection, FakeDecoder, Told

SECRETS = Secrets("secret", "example.org")


def offer(**changes: Any) -> worker_messages.Offer:
    known = worker_messages.Offer(
        peer="p1", stream="alice", raw_id="alice1", uuid="u1", session="s1", sdp="sdp"
    )
    return msgspec.structs.replace(known, **changes)


def session_settings(folder: Path) -> worker_messages.Settings:
    """What a worker is told about a session that begins now."""
    session = worker_messages.Session(
        room="lab",
        server="ws://x",
        output=str(folder),
        prefix="lab",
        started=time.time(),
        began=time.monotonic(),
        sidecar=str(folder / "lab.json"),
    )
    assert SECRETS.key is not None
    return worker_messages.Settings(session=session, key=SECRETS.key.hex(), suffix=SECRETS.suffix)


class Served:
    """One peer, its connection and what it tells."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any] | None = None,
        decoder: Decoder | None = None,
        **offered: Any,
    ) -> None:
        self.told = Told()
        self.writer = Writer()
        self.decoder = FakeDecoder()
        self.settings = msgspec.structs.replace(session_settings(folder), **settings or {})
        decoder = decoder or self.decoder
        self.peer = Peer(offer(**offered), self.settings, self.writer, decoder, self.told)
        self.connection = FakeConnection.made[-1]
        self._frames = iter(video(Codec.VP8))

    async def live(self, *tracks: Any) -> None:
        await self.peer.offer(offer())
        self.peer.on_state(ConnectionState.CONNECTED, "")
        self.peer.on_channel()
        self.peer.on_tracks(tracks or (VIDEO,))

    def frames(self, count: int = 25) -> list[EncodedFrame]:
        """The next frames of a camera, as if they had just arrived."""
        frames = [next(self._frames) for _ in range(count)]
        return [msgspec.structs.replace(frame, arrival=time.monotonic()) for frame in frames]

    async def recording(self) -> worker_messages.TakeStart:
        await self.live()
        self.peer.on_frames("v0", self.frames())
        return await self.told.wait(worker_messages.TakeStart)

    def neighbour(self) -> Peer:
        """Another publisher of the same worker."""
        about = offer(peer="p2", stream="bob")
        return Peer(about, self.settings, self.writer, self.decoder, self.told)

    def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self.peer.on_channel_message(text)
