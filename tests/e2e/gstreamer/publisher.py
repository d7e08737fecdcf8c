"""A native publisher: GStreamer sends the media, signalling is done here (protocol.md §9.2).

Like raspberry_ninja it offers media at once, and packets that it cannot send yet wait in queues:
the first seconds of a track may arrive as one burst.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import struct
import subprocess
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

from roomdeck.core.config import RoomConfig
from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.recording.sentlog import SentLog
from roomdeck.core.signaling import channel_messages
from roomdeck.core.signaling.client import SignalingClient
from roomdeck.core.signaling.messages import (
    Joined,
    PeerMessage,
    PlayRequest,
    Role,
    candidates,
    offer,
    open_peer_message,
)
from roomdeck.core.signaling.secrets import Secrets

PYTHON = "/usr/bin/python3"
"""The one that Debian's bindings belong to."""
PROGRAM = Path(__file__).with_name("source.py")
PATIENCE = 30.0
_HEADER = struct.Struct(">c?qI")


@functools.cache
def available() -> bool:
    """Return whether GStreamer, its webrtcbin and its bindings for Python are installed."""
    try:
        done = subprocess.run([PYTHON, PROGRAM, "--probe"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


class GStreamerPublisher:
    """One stream for one viewer; made by `gstreamer`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        client: SignalingClient,
        room: RoomConfig,
        stream: str,
    ) -> None:
        self._process = process
        self._client = client
        self._secrets = Secrets(room.password, room.salt)
        self._stream = stream
        self._session = token_hex(5)
        self._viewer: str | None = None
        self._said: set[str] = set()
        self.late = 0.0
        """Once it has ended: seconds by which a frame was ready late at worst, on a busy machine.

        Sender reports tell when packets are sent, so they may be off by as much.
        """
        self._news = asyncio.Condition()

    async def said(self, kind: str) -> None:
        """Wait until GStreamer has said this."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: kind in self._said)

    def say_goodbye(self) -> None:
        """Leave as somebody who means it: nothing is sent after it."""
        self._tell(type="leave", text=json.dumps(channel_messages.bye()))

    def volume(self, value: float) -> None:
        """Be as loud as that from now on; 1 is full scale."""
        self._tell(type="volume", value=value)

    async def end(self) -> None:
        """Stop encoding."""
        self._tell(type="end")
        await self.said("ended")

    async def relay(self) -> None:
        """Carry what both sides say, for ever."""
        await asyncio.gather(self._from_room(), self._from_gstreamer())

    async def _from_room(self) -> None:
        async for happening in self._client:
            match happening:
                case PlayRequest(uuid=uuid) | Joined(uuid=uuid) if self._viewer is None:
                    self._viewer = uuid
                    self._tell(type="start")
                case PlayRequest(uuid=uuid) if uuid == self._viewer and "connected" in self._said:
                    self._begin_anew()
                case PeerMessage(uuid=uuid) if uuid == self._viewer:
                    self._hear(open_peer_message(happening, self._secrets))
                case _:
                    pass

    def _begin_anew(self) -> None:
        """As raspberry_ninja does for whoever asks again, whatever it believes of a connection."""
        self._session = token_hex(5)
        self._said.discard("connected")
        self._tell(type="start")

    def _hear(self, message: PeerMessage) -> None:
        description = message.description
        if description is not None and not isinstance(description, str):
            self._tell(type="answer", sdp=description.sdp)
        for one in message.candidates:
            assert isinstance(one, dict)
            index = one.get("sdpMLineIndex") or 0
            self._tell(type="candidate", candidate=one["candidate"], index=index)

    async def _from_gstreamer(self) -> None:
        assert self._process.stdout is not None
        async for text in self._process.stdout:
            line = json.loads(text)
            if line["type"] == "heard":
                self._answer_ping(line["text"])
            elif line["type"] in ("offer", "candidate"):
                self._say(line)
            elif line["type"] == "ended":
                self.late = line["late"]
            async with self._news:
                self._said.add(line["type"])
                self._news.notify_all()

    def _answer_ping(self, text: str) -> None:
        value = channel_messages.parse_channel_message(text).ping
        if value is not None:
            self._tell(type="say", text=json.dumps(channel_messages.pong(value)))

    def _say(self, line: dict[str, Any]) -> None:
        """Say to the viewer what GStreamer wants it to know."""
        if line["type"] == "offer":
            wire = self._secrets.stream_on_wire(self._stream)
            message = offer(self._viewer, wire, self._session, line["sdp"], self._secrets)
        else:
            item = {"candidate": line["candidate"], "sdpMLineIndex": line["index"]}
            message = candidates(self._viewer, self._session, [item], Role.LOCAL, self._secrets)
        self._client.send(message)

    def _tell(self, **line: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")


@contextlib.asynccontextmanager
async def gstreamer(
    room: RoomConfig,
    stream: str,
    sent: Path,
    codec: Codec = Codec.H264,
    *,
    keep_video: float = 0.0,
    keep_audio: float = 0.0,
) -> AsyncGenerator[GStreamerPublisher, None]:
    """Publish a stream; at the end what was encoded is in the list ``sent``.

    Args:
        room: Where.
        stream: Its id.
        sent: Path of the list.
        codec: Of the picture: H.264 or VP8.
        keep_video: Seconds after connecting for which packets of the picture wait in a queue.
        keep_audio: The same for the sound.
    """
    frames = sent.with_suffix(".frames")
    process = await asyncio.create_subprocess_exec(
        *(PYTHON, str(PROGRAM), "--codec", codec.value, "--frames", str(frames)),
        *("--keep-video", str(keep_video), "--keep-audio", str(keep_audio)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        async with SignalingClient(
            room, Secrets(room.password, room.salt), stream=stream
        ) as client:
            publisher = GStreamerPublisher(process, client, room, stream)
            relaying = asyncio.create_task(publisher.relay())
            try:
                yield publisher
                await publisher.end()
            finally:
                relaying.cancel()
                await asyncio.wait([relaying])
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    with SentLog(sent) as log:
        for frame in _frames(frames.read_bytes(), codec):
            log.write(frame)


def _frames(data: bytes, codec: Codec) -> Iterator[EncodedFrame]:
    """What was encoded, with times that count from one zero."""
    position = 0
    while position + _HEADER.size <= len(data):
        letter, key, time, size = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        kind = codec if letter == b"v" else Codec.OPUS
        ticks = round(time * kind.clock_rate / 1_000_000_000)
        yield EncodedFrame(kind, data[position : position + size], ticks, time / 1e9, key)
        position += size
