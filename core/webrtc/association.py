"""The SCTP association of a connection's data channel: aiortc's, within bounds.

aiortc walks over every number that a peer's gap blocks span, sorts all that came out of order at
each chunk, and keeps each stream that was ever named. Here a packet is looked at before, and
what no publisher needs for a few small messages is refused: dropped without being acknowledged,
as where a receiver has no room (RFC 9260, 6.2).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

from aiortc import RTCDtlsTransport, RTCSctpTransport
from aiortc.rtcsctptransport import DataChunk, ForwardTsnChunk, SackChunk

from ..budget import Budget
from ..errors import MediaError
from .chunks import acknowledges, count_pieces

PIECES = 500.0, 2000.0
"""Chunks and parameters in a second and at once; each takes up to 0.2 ms."""
MAX_AHEAD = 512
"""TSNs beyond the last one that came in order: a message of 256 KiB is 230."""
MAX_HELD = 1024
"""Chunks of messages that are not complete."""
MAX_INBOUND = 64
"""Streams. There is one channel that matters, and pages count from 0."""
MAX_CHANNELS = 16
MAX_UNSENT = 64
"""Messages that wait for the peer to take those before them."""
_SERIAL = 1 << 32
_DCEP, _OPEN = 50, 3
"""Payload protocol and message type of an opening (RFC 8832, 8.1)."""


class Association(RTCSctpTransport):
    """Refuses what would cost too much, and says so."""

    def __init__(self, transport: RTCDtlsTransport, port: int, tell: Callable[[], None]) -> None:
        """Prepare an association over a DTLS transport.

        Args:
            transport: Below it.
            port: Of both ends.
            tell: Called at each excess.
        """
        super().__init__(transport, port)
        self._tell = tell
        self._pieces = Budget(*PIECES)

    @property
    def congested(self) -> bool:
        """Whether messages wait because the peer takes none."""
        return len(self._data_channel_queue) >= MAX_UNSENT

    async def _handle_data(self, data: bytes) -> None:
        try:
            pieces = count_pieces(data)
        except MediaError:
            self._tell()
            return
        if self._pieces.spend(time.monotonic(), pieces):
            await super()._handle_data(data)
        else:
            self._tell()

    async def _receive_sack_chunk(self, chunk: SackChunk) -> None:
        gaps = cast(Any, chunk).gaps
        outstanding = (self._local_tsn - 1 - chunk.cumulative_tsn) % _SERIAL
        if outstanding < _SERIAL // 2 and acknowledges(gaps, outstanding):
            await super()._receive_sack_chunk(chunk)
        else:
            self._tell()

    async def _receive_data_chunk(self, chunk: DataChunk) -> None:
        if self._has_room(chunk):
            await super()._receive_data_chunk(chunk)
        else:
            self._tell()

    def _has_room(self, chunk: DataChunk) -> bool:
        if self._last_received_tsn is None or self._advertised_rwnd <= 0:
            return False
        ahead = (chunk.tsn - self._last_received_tsn) % _SERIAL
        if MAX_AHEAD < ahead < _SERIAL // 2:
            return False
        held = sum(len(stream.reassembly) for stream in self._inbound_streams.values())
        return held < MAX_HELD and self._may_have(chunk.stream_id)

    def _may_have(self, stream: int) -> bool:
        return stream in self._inbound_streams or len(self._inbound_streams) < MAX_INBOUND

    def _mark_received(self, tsn: int) -> bool:
        """As aiortc's, without sorting all that is out of order for each chunk."""
        last = self._last_received_tsn
        if last is None:
            return True
        early = self._sack_misordered
        if (tsn - last - 1) % _SERIAL >= _SERIAL // 2 or tsn in early:
            self._sack_duplicates.append(tsn)
            return True
        early.add(tsn)
        while (following := (last + 1) % _SERIAL) in early:
            early.remove(following)
            last = following
        self._last_received_tsn = last
        return False

    async def _receive_forward_tsn_chunk(self, chunk: ForwardTsnChunk) -> None:
        chunk.streams = [named for named in chunk.streams if self._may_have(named[0])]
        del chunk.streams[MAX_INBOUND:]
        await super()._receive_forward_tsn_chunk(chunk)

    async def _data_channel_receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        opening = pp_id == _DCEP and data[:1] == bytes((_OPEN,))
        known = stream_id in self._data_channels
        if opening and (known or self.congested or len(self._data_channels) >= MAX_CHANNELS):
            self._tell()
            return
        await super()._data_channel_receive(stream_id, pp_id, data)
