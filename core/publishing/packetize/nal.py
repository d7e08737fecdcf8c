"""What the packetisers of H.264 and H.265 share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence


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


def packetize_nals(
    nals: Iterable[bytes],
    mtu: int,
    *,
    header: int,
    combine: Callable[[Sequence[bytes]], bytes],
    fragment: Callable[[bytes, int], list[bytes]],
) -> list[bytes]:
    """Small units together, large ones in fragments, the others alone.

    Args:
        nals: The units of a frame.
        mtu: Bytes in a payload.
        header: As for `aggregate`.
        combine: Makes an aggregation packet.
        fragment: Cuts a unit into payloads of at most so many bytes.
    """
    payloads: list[bytes] = []
    for group in aggregate(nals, mtu, header=header):
        if len(group) > 1:
            payloads.append(combine(group))
        elif len(group[0]) <= mtu:
            payloads.append(group[0])
        else:
            payloads.extend(fragment(group[0], mtu))
    return payloads
