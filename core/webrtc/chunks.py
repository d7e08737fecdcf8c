"""SCTP packets as strangers write them (RFC 9260, 3), before aiortc reads them. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ..errors import MediaError

MAX_PIECES = 128
"""Chunks and parameters in a packet; some forty small messages would fit into one."""
_COMMON_HEADER = 12
_HEADER = struct.Struct("!BBH")
_PARAMETER = struct.Struct("!HH")
_INIT, _INIT_ACK, _HEARTBEAT, _HEARTBEAT_ACK, _ABORT, _ERROR, _RE_CONFIG = 1, 2, 4, 5, 6, 9, 130
_PARAMETERS_AT = {
    _INIT: 20,
    _INIT_ACK: 20,
    _HEARTBEAT: 4,
    _HEARTBEAT_ACK: 4,
    _ABORT: 4,
    _ERROR: 4,
    _RE_CONFIG: 4,
}
"""Where the parameters or causes of a chunk begin."""


def count_pieces(packet: bytes) -> int:
    """How many pieces of work a packet is: its chunks and their parameters.

    Raises:
        MediaError: A length in it is impossible (aiortc would read a parameter of no length for
            ever), or it has more than `MAX_PIECES`.
    """
    pieces, position = 0, _COMMON_HEADER
    while position + 4 <= len(packet):
        kind, _, length = _HEADER.unpack_from(packet, position)
        end = position + length
        if length < 4 or end > len(packet):
            raise MediaError("malformed SCTP chunk")
        pieces += 1
        if kind in _PARAMETERS_AT:
            pieces += _count_parameters(packet, position + _PARAMETERS_AT[kind], end)
        if pieces > MAX_PIECES:
            raise MediaError("an SCTP packet of too many pieces")
        position = end + -length % 4
    return pieces


def _count_parameters(packet: bytes, position: int, end: int) -> int:
    count = 0
    while position + 4 <= end:
        _, length = _PARAMETER.unpack_from(packet, position)
        if length < 4:
            raise MediaError("malformed SCTP parameter")
        count += 1
        position += length + -length % 4
    return count


def acknowledges(gaps: Iterable[tuple[int, int]], outstanding: int) -> bool:
    """Whether gap blocks of a SACK (RFC 9260, 3.3.4) name only what was sent, each once.

    Args:
        gaps: First and last of each block, counted from the cumulative TSN.
        outstanding: How many were sent beyond that TSN.
    """
    last = 0
    for first, end in gaps:
        if not last < first <= end <= outstanding:
            return False
        last = end
    return True
