"""Somebody in the room who means no good."""

# A stranger uses the transports below a connection as no well-behaved peer does.
# pyright: reportPrivateUsage=false
from __future__ import annotations

import asyncio
import struct
from typing import Any

import google_crc32c
from aiortc.rtcsctptransport import DataChunk, SackChunk

from roomdeck.core.model import Codec
from roomdeck.core.publishing.publisher import Publisher

from ..e2e.lab import PATIENCE, Lab


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
