"""Somebody in the room who means no good."""

# A stranger uses the transports below a connection as no well-behaved peer does.
# pyright: reportPrivateUsage=false
from __future__ import annotations

import asyncio
import json
import secrets as chance
import struct
from typing import Any

import google_crc32c
from aiortc.rtcsctptransport import DataChunk, SackChunk
from websockets.asyncio.client import connect

from roomdeck.core.model import Codec
from roomdeck.core.publishing.publisher import Publisher
from roomdeck.core.signaling.messages import join, offer
from roomdeck.core.signaling.secrets import Secrets

from ..e2e.lab import PATIENCE, Lab

_FINGERPRINT = ":".join(["AB"] * 32)
_SECTION = """a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=sendonly
a=rtcp-mux
"""
_OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:0
a=rtpmap:96 VP8/90000
{section}m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:1
a=rtpmap:111 opus/48000/2
{section}"""


class Stranger:
    """A connected publisher, and what lies below its connection."""

    def __init__(self, publisher: Publisher) -> None:
        (viewer,) = publisher.viewers.values()
        self._publisher = publisher
        self._sctp: Any = viewer._connection._pc.sctp
        self._tsn = self._sctp._local_tsn + 10

    @classmethod
    async def connect(cls, lab: Lab, stream: str = "mallory") -> Stranger:
        """Publish, and wait until the recorder is connected."""
        publisher = lab.publish(stream, Codec.VP8, seconds=None, number=99)
        async with asyncio.timeout(PATIENCE):
            while not any(  # noqa: ASYNC110 - nothing tells
                viewer.connected for viewer in publisher.viewers.values()
            ):
                await asyncio.sleep(0.05)
        return cls(publisher)

    async def acknowledge_everything(self) -> bool:
        """Send a SACK whose gap blocks span all numbers; return whether we are still heard."""
        chunk = SackChunk()
        chunk.cumulative_tsn = self._sctp._last_received_tsn
        chunk.advertised_rwnd = 100_000
        chunk.gaps = [(1, 65535)] * 270
        return await self._send(bytes(chunk))

    async def send_in_disorder(self) -> bool:
        """Send fifty chunks of a byte, after one that never comes."""
        chunks: list[bytes] = []
        for _ in range(50):
            chunk = DataChunk()
            chunk.flags, chunk.tsn, chunk.stream_id, chunk.protocol = 2, self._tsn, 1, 51
            chunk.stream_seq, chunk.user_data = 5, b"x"
            self._tsn += 1
            chunks.append(bytes(chunk))
        return await self._send(b"".join(chunks))

    async def _send(self, chunks: bytes) -> bool:
        sctp = self._sctp
        ports = sctp._local_port, sctp._remote_port, sctp._remote_verification_tag
        head = struct.pack("!HHL", *ports)
        checksum: int = google_crc32c.value(head + bytes(4) + chunks)  # pyright: ignore
        try:
            await sctp.transport._send_data(head + struct.pack("<L", checksum) + chunks)
        except ConnectionError:
            return False
        return True

    def leave(self) -> None:
        """Go, without a word."""
        self._publisher.vanish()


async def flood_with_offers(lab: Lab, count: int, seconds: float) -> None:
    """Offer ever new streams through one websocket."""
    room = lab.room()
    known = Secrets(room.password, room.salt)
    section = _SECTION.format(fingerprint=_FINGERPRINT)
    description = _OFFER.format(section=section).replace("\n", "\r\n")
    async with connect(lab.server.url, max_size=None) as socket:
        await socket.send(json.dumps(join(known.room_id(room.room))))
        listing = json.loads(await socket.recv())["list"]
        recorder = next(member["UUID"] for member in listing if "streamID" not in member)
        for number in range(count):
            stream = known.stream_on_wire(f"spam{number:05d}")
            said = offer(recorder, stream, chance.token_hex(5), description, known)
            await socket.send(json.dumps(said))
            await asyncio.sleep(seconds / count)
