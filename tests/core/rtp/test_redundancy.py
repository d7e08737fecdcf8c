from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.redundancy import RedBlock, build_red, split_red
from roomdeck.core.rtp.rtx import unwrap_rtx, wrap_rtx

BLOCKS = st.builds(RedBlock, st.integers(0, 127), st.integers(0, 0x3FFF), st.binary(max_size=1023))


@given(st.lists(BLOCKS, max_size=4), st.integers(0, 127), st.binary(max_size=200))
def test_red_round_trip(copies: list[RedBlock], payload_type: int, payload: bytes) -> None:
    blocks = [*copies, RedBlock(payload_type, 0, payload)]
    assert split_red(build_red(blocks)) == blocks


def test_red_bytes() -> None:
    # F=1 PT=111, offset 960, length 2; F=0 PT=111
    data = bytes.fromhex("ef0f0002" + "6f" + "aabb" + "cc")
    assert split_red(data) == [RedBlock(111, 960, b"\xaa\xbb"), RedBlock(111, 0, b"\xcc")]


def test_no_more_blocks_than_anybody_sends() -> None:
    header = bytes.fromhex("ef0f0000")
    assert len(split_red(31 * header + b"\x6f")) == 32
    with pytest.raises(MediaError):
        split_red(32 * header + b"\x6f")


@pytest.mark.parametrize("data", ["", "ef0f00", "ef0f0002", "ef0f00026faa"])
def test_malformed_red(data: str) -> None:
    with pytest.raises(MediaError):
        split_red(bytes.fromhex(data))


@given(st.binary(max_size=30))
def test_any_red(data: bytes) -> None:
    try:
        assert split_red(data)
    except MediaError:
        return


def test_rtx() -> None:
    packet = RtpPacket(96, True, 0xABCD, 5, 1, b"payload")
    resent = wrap_rtx(packet, 97, 2, 0x10003)
    assert resent == RtpPacket(97, True, 3, 5, 2, b"\xab\xcdpayload")
    assert unwrap_rtx(resent, 96, 1) == packet


@pytest.mark.parametrize("payload", [b"", b"\x01"])
def test_rtx_without_original(payload: bytes) -> None:
    with pytest.raises(MediaError):
        unwrap_rtx(RtpPacket(97, False, 1, 1, 2, payload), 96, 1)
