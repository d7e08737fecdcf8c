"""The parameter sets of H.264 that a file has in its header (ITU-T H.264, 7.4.1.2.1). Pure.

A file of pieces that were copied and pieces that were encoded has both of their sets, under
different ids: so one header holds for all of it, and no picture has to bring its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...recording.lengths import with_lengths
from ...rtp.bitstream.h264 import AUD, FILLER, PPS, SPS, nal_type, unit_key
from ...rtp.bitstream.nal import all_units, join_annex_b, split_annex_b

ParameterSets = tuple[bytes, ...]
"""NAL units, SPS before PPS."""
IDS = range(31, -1, -1)
"""Of an SPS; the highest first, which no encoder takes by itself."""
_NOT_NEEDED = frozenset({SPS, PPS, AUD, FILLER})
_HIGH = 100
_PLAIN = frozenset({66, 77, 88, _HIGH})
"""profile_idc of those with 8 bits and 4:2:0 in any decoder (A.2)."""


def parameter_sets(frame: bytes) -> ParameterSets | None:
    """Return the sets that a key frame brings along; ``None`` where one is missing or unusual."""
    sets = dict.fromkeys(nal for nal in split_annex_b(frame) if nal_type(nal) in (SPS, PPS))
    sps = [nal for nal in sets if nal_type(nal) == SPS]
    pps = [nal for nal in sets if nal_type(nal) == PPS]
    if not pps or not sps or any(len(nal) < 4 or nal[1] not in _PLAIN for nal in sps):
        return None
    return (*sps, *pps)


def listed_sets(record: bytes) -> bytes:
    """Return the sets of a header (avcC), as Annex B; empty where they are none or damaged.

    Args:
        record: As `configuration` makes it.
    """
    found: list[bytes] = []
    position = 5
    for mask in (0x1F, 0xFF):  # how many SPS there are, then how many PPS
        if position >= len(record):
            return b""
        count = record[position] & mask
        position += 1
        for _ in range(count):
            size = int.from_bytes(record[position : position + 2])
            found.append(record[position + 2 : position + 2 + size])
            position += 2 + size
    return join_annex_b(found)


def free_id(sets: Iterable[bytes]) -> int:
    """Return an id that none of these sets has."""
    taken = {key[1] for nal in sets if (key := unit_key(nal)) is not None}
    return next(number for number in IDS if number not in taken)


def without_sets(frame: bytes) -> bytes:
    """Return an access unit as MP4 keeps it: lengths of four bytes, no parameter sets.

    Nor delimiters and filler.

    Args:
        frame: Annex B.
    """
    return with_lengths([nal for nal in all_units(frame) if nal[0] & 0x1F not in _NOT_NEEDED])


def configuration(sets: ParameterSets) -> bytes:
    """Return the header that holds for all pictures of a file (ISO/IEC 14496-15, 5.3.3.1: avcC).

    Of several sequence parameter sets it says the highest profile and level: that is what a decoder
    is opened for, in hardware once and for all.

    Args:
        sets: One SPS at least.
    """
    sps = list(dict.fromkeys(nal for nal in sets if nal_type(nal) == SPS))
    pps = list(dict.fromkeys(nal for nal in sets if nal_type(nal) == PPS))
    profile = max(nal[1] for nal in sps)
    constraints = 0xFF
    for nal in sps:
        constraints &= nal[2]
    level = max(nal[3] for nal in sps)
    record = bytes([1, profile, constraints, level, 0xFC | 3])
    record += bytes([0xE0 | len(sps)]) + _listed(sps) + bytes([len(pps)]) + _listed(pps)
    # Chroma 4:2:0 and 8 bits, as all of `_PLAIN`; no extensions of an SPS.
    return record + bytes([0xFC | 1, 0xF8, 0xF8, 0]) * (profile == _HIGH)


def _listed(nals: Iterable[bytes]) -> bytes:
    return b"".join(len(nal).to_bytes(2) + nal for nal in nals)
