from __future__ import annotations

import pytest

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream.av1 import TEMPORAL_DELIMITER, read_obus
from roomdeck.core.rtp.depacketize import depacketizer

from .encoded import encode

depacketize, is_key, starts_frame, parameter_sets = depacketizer(Codec.AV1)

Z, Y, N = 0x80, 0x40, 0x08
DELIMITER, FRAME = b"\x10", b"\x30abcdef"
SIZED_FRAME = b"\x32\x06abcdef"


def packet(flags: int, *elements: bytes, counted: bool = False) -> bytes:
    if not counted:
        return bytes((flags,)) + b"".join(bytes((len(e),)) + e for e in elements)
    sized = b"".join(bytes((len(e),)) + e for e in elements[:-1])
    return bytes((flags | len(elements) << 4,)) + sized + elements[-1]


@pytest.mark.parametrize("counted", [False, True])
def test_delimiters_go_and_sizes_come(counted: bool) -> None:
    payload = packet(N, DELIMITER, FRAME, counted=counted)
    assert depacketize([payload]) == SIZED_FRAME


def test_units_that_have_a_size_already() -> None:
    assert depacketize([packet(0, SIZED_FRAME)]) == SIZED_FRAME
    assert depacketize([packet(0, b"\x32\x86\x00abcdef")]) == SIZED_FRAME


def test_a_whole_temporal_unit_as_one_element() -> None:
    unit = b"\x12\x00" + b"\x0a\x02xy" + SIZED_FRAME
    payloads = [packet(N | Y, unit[:9], counted=True), packet(Z, unit[9:], counted=True)]
    assert depacketize(payloads) == unit[2:]
    assert parameter_sets(payloads) == (b"\x08xy",)


@pytest.mark.parametrize(
    ("payloads", "sets"),
    [
        ([packet(N, b"\x08xy", FRAME)], (b"\x08xy",)),
        ([packet(N, b"\x0a\x02xy", FRAME)], (b"\x08xy",)),
        ([packet(N, DELIMITER, b"\x08xy"), packet(0, FRAME)], (b"\x08xy",)),
        ([packet(N | Y, DELIMITER, b"\x08x"), packet(Z, b"y", FRAME)], (b"\x08xy",)),
        ([packet(0, FRAME, b"\x08xy")], ()),
        ([packet(0, DELIMITER, FRAME)], ()),
        ([packet(Z, b"\x08xy")], ()),
        ([packet(Y, b"\x08xy")], ()),
        ([b"\x00"], ()),
    ],
)
def test_sequence_headers(payloads: list[bytes], sets: tuple[bytes, ...]) -> None:
    assert parameter_sets(payloads) == sets


def test_extension_headers_are_kept() -> None:
    assert depacketize([packet(0, b"\x34\x28abc")]) == b"\x36\x28\x03abc"


def test_a_unit_over_three_packets() -> None:
    payloads = [
        packet(N | Y, b"\x08xy", FRAME[:2], counted=True),
        b"",
        packet(Z | Y, FRAME[2:4]),
        packet(Z, FRAME[4:], b"\x30z", counted=True),
    ]
    assert depacketize(payloads) == b"\x0a\x02xy" + SIZED_FRAME + b"\x32\x01z"
    assert [starts_frame(payload) for payload in payloads] == [True, False, False, False]


def test_a_header_of_two_bytes_may_be_torn() -> None:
    payloads = [packet(Y, b"\x34"), packet(Z, b"\x28abc")]
    assert depacketize(payloads) == b"\x36\x28\x03abc"


def test_key_frames() -> None:
    key, inter = ([obu.without_size() for obu in read_obus(f.data)] for f in encode("av1")[:2])
    key = [unit for unit in key if len(unit) < 100] + [unit for unit in key if len(unit) >= 100]
    head, rest = [*key[:-1], key[-1][:50]], key[-1][50:]
    payloads = [packet(N | Y, *head), packet(Z, rest, counted=True)]
    assert is_key([b"", *payloads])
    assert is_key([bytes((payloads[0][0] & ~N,)) + payloads[0][1:], payloads[1]])
    assert is_key([packet(N, *head[1:]), payloads[1]])  # its sequence header came before
    assert not is_key(payloads[1:])
    assert is_key(payloads[:1])
    assert not is_key([payloads[0][:12]])
    assert not is_key([packet(N, *head[:-1])])
    assert not is_key([packet(N, b"", inter[-1][:50])])
    assert not is_key([packet(N, inter[-1][:50], counted=True)])
    assert not is_key([])


def test_a_key_frame_whose_torn_unit_tells_its_own_size() -> None:
    units = [unit for unit in read_obus(encode("av1")[0].data) if unit.kind != TEMPORAL_DELIMITER]
    *head, last = (unit.with_size() for unit in units)
    payloads = [packet(N | Y, *head, last[:50]), packet(Z, last[50:], counted=True)]
    assert is_key(payloads[:1])
    assert is_key(payloads)
    assert depacketize(payloads) == b"".join([*head, last])


@pytest.mark.parametrize(
    "payloads",
    [
        [],
        [b"", b""],
        [b"\x00"],
        [packet(0, DELIMITER)],
        [packet(Z, FRAME)],
        [packet(Y, FRAME)],
        [packet(Y, FRAME[:2]), packet(0, FRAME)],
        [packet(0, FRAME), packet(Z, FRAME)],
        [packet(0, FRAME)[:-1]],
        [b"\x20\x07" + FRAME],
        [b"\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff"],
        [packet(0, b"\xb0abc")],
        [packet(0, b"\x32\x09abc")],
        [packet(0, b"\x32\x01abc")],  # units of the same element, the second one damaged
        [packet(0, b"\x34")],
        [packet(0, *[b"\x30a"] * 500)] * 9,
    ],
)
def test_malformed(payloads: list[bytes]) -> None:
    with pytest.raises(MediaError):
        depacketize(payloads)


def test_empty_payload_starts_nothing() -> None:
    assert not starts_frame(b"")
    assert not starts_frame(b"\x00")
