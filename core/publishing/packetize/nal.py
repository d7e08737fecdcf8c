"""What the packetisers of H.264 and H.265 share."""

from __future__ import annotations

from collections.abc import Iterable


def aggregate(nals: Iterable[bytes], mtu: int, *, header: int) -> list[list[bytes]]:
    """Neighbouring units in groups that fit one aggregation packet.

    Args:
        nals: The units of a frame.
        mtu: Bytes in a payload; a unit that is larger stays alone.
        header: Bytes before the first unit's two-byte length.
    """
    groups: list[list[bytes]] = []
    used = mtu
    for nal in nals:
        if groups and used + 2 + len(nal) <= mtu:
            groups[-1].append(nal)
        else:
            groups.append([nal])
            used = header
        used += 2 + len(nal)
    return groups
