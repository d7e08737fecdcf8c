"""The data channel's association against a peer that means no good, without a network."""

from __future__ import annotations

import struct
from typing import Any

import google_crc32c
import pytest
from aiortc.rtcsctptransport import (
    Chunk,
    DataChunk,
    ForwardTsnChunk,
    InitChunk,
    SackChunk,
    parse_packet,
)

from roomdeck.core.budget import Budget
from roomdeck.core.webrtc import association
from roomdeck.core.webrtc.association import (
    MAX_AHEAD,
    MAX_CHANNELS,
    MAX_HELD,
    MAX_INBOUND,
    Association,
)

from .peers import member

FIRST, LAST, UNORDERED = 2, 1, 4


class Wire:
    """A DTLS transport that is connected and remembers what is sent."""

    state = "connected"
    _role = "server"

    def __init__(self) -> None:
        self.sent: list[Chunk] = []

    def _register_data_receiver(self, receiver: Any) -> None:
        """There is one already."""

    def _unregister_data_receiver(self, receiver: Any) -> None:
        """It stays."""

    async def _send_data(self, data: bytes) -> None:
        self.sent += parse_packet(data)[3]


class Peer:
    """The other end, as somebody writes it who knows our limits."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.told = 0
        self.ours = Association(self.wire, 5000, self._tell)  # type: ignore[arg-type]
        self.tsn = 1000

    def _tell(self) -> None:
        self.told += 1

    async def associated(self) -> Peer:
        await self.ours.start(None, 5000)
        init = InitChunk()
        init.initiate_tag, init.initial_tsn, init.advertised_rwnd = 7, self.tsn, 1 << 20
        init.inbound_streams = init.outbound_streams = 65535
        await self.send(init, tag=0)
        self.wire.sent.clear()
        return self

    async def send(self, *chunks: Chunk, tag: int | None = None) -> None:
        await self.send_body(b"".join(bytes(chunk) for chunk in chunks), tag)

    async def send_body(self, body: bytes, tag: int | None = None) -> None:
        """Send a packet with these bytes in the place of chunks."""
        tag = member(self.ours, "_local_verification_tag") if tag is None else tag
        head = struct.pack("!HHL", 5000, 5000, tag)
        checksum = struct.pack("<L", member(google_crc32c, "value")(head + bytes(4) + body))
        await member(self.ours, "_handle_data")(head + checksum + body)

    async def data(
        self, *ahead: int, stream: int = 0, flags: int = FIRST | LAST, body: bytes = b"x"
    ) -> None:
        """Chunks that are so many numbers beyond the next one."""
        for begin in range(0, len(ahead), 50):
            await self.send(*[self._chunk(n, stream, flags, body) for n in ahead[begin:][:50]])

    def _chunk(self, ahead: int, stream: int, flags: int, body: bytes) -> DataChunk:
        chunk = DataChunk(flags=flags)
        chunk.tsn, chunk.stream_id, chunk.protocol = self.tsn + ahead, stream, 51
        chunk.stream_seq = ahead & 0xFFFF
        chunk.user_data = body
        return chunk

    @property
    def acknowledged(self) -> tuple[int, list[tuple[int, int]], list[int]]:
        """The last SACK that they got: cumulative TSN, gap blocks and duplicates."""
        sack: Any = self.wire.sent[-1]
        return sack.cumulative_tsn, sack.gaps, sack.duplicates

    @property
    def held(self) -> int:
        streams = member(self.ours, "_inbound_streams").values()
        return sum(len(stream.reassembly) for stream in streams)


@pytest.fixture
async def peer(monkeypatch: pytest.MonkeyPatch) -> Peer:
    """One whose packets are not too many."""
    monkeypatch.setattr(association, "PIECES", (1e9, 1e9))
    return await Peer().associated()


async def test_gap_blocks_that_span_everything_are_not_walked_over(peer: Peer) -> None:
    sack = SackChunk()
    sack.cumulative_tsn = member(peer.ours, "_last_sacked_tsn")
    sack.gaps, sack.duplicates = [(1, 65535)] * 270, []
    for _ in range(100):  # each took seconds
        await peer.send(sack)
    assert peer.told == 100
    sack.gaps = []
    await peer.send(sack)
    assert peer.told == 100


async def test_what_was_never_sent_cannot_be_acknowledged(peer: Peer) -> None:
    before = member(peer.ours, "_last_sacked_tsn")
    sack = SackChunk()
    sack.cumulative_tsn, sack.gaps, sack.duplicates = (before + 5) % 2**32, [], []
    await peer.send(sack)
    assert (peer.told, member(peer.ours, "_last_sacked_tsn")) == (1, before)


async def test_what_comes_after_a_hole_is_kept_only_so_far(peer: Peer) -> None:
    await peer.data(*range(1, 30_000))
    assert peer.held == len(member(peer.ours, "_sack_misordered")) == MAX_AHEAD - 1
    assert peer.told == 30_000 - MAX_AHEAD
    # The hole is filled, and all that was kept comes with it.
    await peer.data(0)
    assert (peer.held, len(member(peer.ours, "_sack_misordered"))) == (0, 0)
    assert member(peer.ours, "_last_received_tsn") == 1000 + MAX_AHEAD - 1


async def test_order_and_duplicates_are_told_as_before(peer: Peer) -> None:
    await peer.data(0, 2, 3, 5, 3, 0)
    assert peer.acknowledged == (
        1000,
        [(2, 3), (5, 5)],
        [1003, 1000],
    )
    await peer.data(1, 4)
    assert peer.acknowledged == (1005, [], [])


async def test_numbers_may_begin_anew(peer: Peer) -> None:
    setattr(peer.ours, "_last_received_tsn", 2**32 - 2)  # noqa: B010  private
    peer.tsn = 0
    await peer.data(0, 1)
    peer.tsn = 2**32 - 1
    await peer.data(0)
    assert member(peer.ours, "_last_received_tsn") == 1
    await peer.data(0)
    assert peer.acknowledged[2] == [2**32 - 1]


@pytest.mark.parametrize("flags", [FIRST, 0, UNORDERED, FIRST | UNORDERED])
async def test_a_message_without_an_end_is_held_only_so_far(peer: Peer, flags: int) -> None:
    await peer.data(0, flags=flags)
    await peer.data(*range(1, 5000), flags=flags & ~FIRST)
    assert peer.held == MAX_HELD
    assert peer.told == 5000 - MAX_HELD


async def test_streams_are_not_kept_for_the_asking(peer: Peer) -> None:
    for stream in range(1000):
        await peer.data(stream, stream=stream)
        forward = ForwardTsnChunk()
        forward.cumulative_tsn = peer.tsn + stream
        forward.streams = [(stream * 50 + more, 1) for more in range(250)]
        await peer.send(forward)
    assert len(member(peer.ours, "_inbound_streams")) <= 2 * MAX_INBOUND


async def test_channels_are_not_opened_for_the_asking(peer: Peer) -> None:
    opening = struct.pack("!BBHLHH", 3, 0, 0, 0, 1, 0) + b"x"
    receive = member(peer.ours, "_data_channel_receive")
    for stream in range(100):
        await receive(stream, 50, opening)
        await receive(0, 50, opening)
    assert len(member(peer.ours, "_data_channels")) == MAX_CHANNELS


async def test_the_pieces_of_packets_are_counted() -> None:
    peer = await Peer().associated()
    setattr(peer.ours, "_pieces", Budget(0.0, 100.0))  # noqa: B010  private
    await peer.data(*range(300))
    assert member(peer.ours, "_last_received_tsn") == 1099
    assert peer.told == 4
