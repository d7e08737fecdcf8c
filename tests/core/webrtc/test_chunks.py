"""What is refused of SCTP before anybody reads it."""

from __future__ import annotations

import struct

import pytest
from aiortc.rtcsctptransport import (
    Chunk,
    DataChunk,
    HeartbeatChunk,
    InitChunk,
    ReconfigChunk,
    SackChunk,
)

from roomdeck.core.errors import MediaError
from roomdeck.core.webrtc.chunks import MAX_PIECES, acknowledges, count_pieces


def packet(*chunks: Chunk) -> bytes:
    return bytes(12) + b"".join(bytes(chunk) for chunk in chunks)


def data() -> DataChunk:
    chunk = DataChunk(flags=3)
    chunk.user_data = b"x"
    return chunk


def test_what_publishers_send_is_counted() -> None:
    init, heartbeat, sack = InitChunk(), HeartbeatChunk(), SackChunk()
    init.params = [(0xC000, b""), (0x8008, b"\xc0\x82"), (7, bytes(24))]
    heartbeat.params = [(1, bytes(30))]
    sack.gaps, sack.duplicates = [(2, 3), (5, 9)], [1, 2, 3]
    assert count_pieces(packet(init)) == 4
    assert count_pieces(packet(heartbeat)) == 2
    assert count_pieces(packet(sack, data(), data())) == 3
    assert count_pieces(bytes(12)) == 0


@pytest.mark.parametrize("kind", [1, 2, 4, 5, 6, 9, 130])
@pytest.mark.parametrize("length", [0, 1, 3])
def test_a_parameter_without_a_length_is_refused(kind: int, length: int) -> None:
    """aiortc reads one of length 0 again and again, and keeps it each time."""
    head = bytes(16) if kind in (1, 2) else b""
    body = head + struct.pack("!HH", 7, length) + bytes(8)
    with pytest.raises(MediaError):
        count_pieces(bytes(12) + struct.pack("!BBH", kind, 0, 4 + len(body)) + body)


@pytest.mark.parametrize("length", [0, 3, 21])
def test_a_chunk_of_an_impossible_length_is_refused(length: int) -> None:
    with pytest.raises(MediaError):
        count_pieces(bytes(12) + struct.pack("!BBH", 0, 0, length) + bytes(16))


def test_too_many_pieces_are_refused() -> None:
    small = struct.pack("!BBH", 4, 0, 4)
    assert count_pieces(bytes(12) + small * MAX_PIECES) == MAX_PIECES
    reset = ReconfigChunk()
    reset.params = [(17, bytes(8))] * MAX_PIECES
    for data in (bytes(12) + small * (MAX_PIECES + 1), packet(reset)):
        with pytest.raises(MediaError):
            count_pieces(data)


@pytest.mark.parametrize(
    ("gaps", "outstanding", "right"),
    [
        ([], 0, True),
        ([(2, 3), (5, 5)], 5, True),
        ([(2, 3), (5, 6)], 5, False),
        ([(1, 65535)], 3, False),
        ([(2, 3), (3, 4)], 9, False),
        ([(5, 6), (2, 3)], 9, False),
        ([(4, 3)], 9, False),
        ([(0, 1)], 9, False),
    ],
)
def test_gap_blocks_name_what_was_sent_once(
    gaps: list[tuple[int, int]], outstanding: int, right: bool
) -> None:
    assert acknowledges(gaps, outstanding) is right
