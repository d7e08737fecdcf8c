"""A transport stream (ISO/IEC 13818-1) that broke off: cut to its last whole frame, in place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from ...errors import MediaError

PACKET = 188
_SYNC = 0x47
_MEDIA = range(0x100, 0x110)
"""PIDs of pictures and sound, as libavformat numbers them."""
_LOOK_BACK = 400_000
"""Packets within which the last frame begins: 75 MB."""


def complete(path: Path) -> None:
    """Cut off what the end of a file has of a packet or of a frame.

    Raises:
        OSError: It cannot be read or changed.
        MediaError: There is nothing in it.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        packets = _whole(file, size // PACKET)
        if not packets:
            raise MediaError("nothing of it reached the disk")
        if packets * PACKET == size:
            return  # It was cut off between two writes, which hold whole frames.
        file.truncate(_last_frame(file, packets) * PACKET)


def _whole(file: BinaryIO, packets: int) -> int:
    """How many packets there are up to a tail that was never written, which reads as zeros."""
    while packets and _packet(file, packets - 1)[0] != _SYNC:
        packets -= 1
    return packets


def _last_frame(file: BinaryIO, packets: int) -> int:
    """How many packets there are up to a frame that is not whole."""
    pid: int | None = None
    payload, ends = 0, False
    for index in range(packets - 1, max(-1, packets - _LOOK_BACK), -1):
        packet = _packet(file, index)
        number = int.from_bytes(packet[1:3]) & 0x1FFF
        if number not in _MEDIA or pid not in (None, number):
            continue
        begin = 5 + packet[4] if packet[3] & 0x20 else 4
        if pid is None:
            # The last packet of a frame is filled up before its content.
            pid, ends = number, begin > 4
        payload += PACKET - begin
        if packet[1] & 0x40:
            length = int.from_bytes(packet[begin + 4 : begin + 6])
            whole = payload == length + 6 if length else ends and index < packets - 1
            return packets if whole else index
    return packets


def _packet(file: BinaryIO, index: int) -> bytes:
    file.seek(index * PACKET)
    return file.read(PACKET)
