from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.rtp.bitstream.bits import BitReader, checked_size, read_leb128, write_leb128
from roomdeck.core.rtp.bitstream.nal import join_annex_b, split_annex_b, unescape

from .bitwriter import BitWriter, escape


@given(
    st.lists(st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, 2**n - 1), st.just(n))))
)
def test_fields_come_back(fields: list[tuple[int, int]]) -> None:
    writer = BitWriter()
    for value, count in fields:
        writer.put(value, count)
    reader = BitReader(writer.done())
    assert [reader.bits(count) for _, count in fields] == [value for value, _ in fields]


@given(st.lists(st.integers(-(2**30), 2**30)))
def test_exp_golomb_numbers_come_back(values: list[int]) -> None:
    writer = BitWriter()
    for value in values:
        writer.ue(abs(value)).se(value)
    reader = BitReader(writer.done())
    read = [(reader.exp_golomb(), reader.signed_exp_golomb()) for _ in values]
    assert read == [(abs(value), value) for value in values]


def test_endless_zeros_are_refused_early() -> None:
    reader = BitReader(bytes(100_000))
    with pytest.raises(MediaError, match="too long"):
        reader.exp_golomb()


def test_reading_past_the_end() -> None:
    reader = BitReader(b"\xff")
    reader.skip(7)
    with pytest.raises(MediaError):
        reader.bits(2)
    with pytest.raises(MediaError):
        reader.skip(2)
    assert reader.flag()
    with pytest.raises(MediaError):
        reader.flag()


@given(st.integers(0, 2**32 - 1), st.binary(max_size=3))
def test_leb128_comes_back(value: int, before: bytes) -> None:
    number = write_leb128(value)
    assert len(number) == max(1, -(-value.bit_length() // 7))
    end = len(before) + len(number)
    assert read_leb128(before + number + b"\xff", len(before)) == (value, end)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 20, b"\xff\xff\xff\xff\x7f"])
def test_malformed_leb128(data: bytes) -> None:
    with pytest.raises(MediaError):
        read_leb128(data, 0)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-2, 5), (16385, 5), (5, 16385)])
def test_impossible_sizes(size: tuple[int, int]) -> None:
    with pytest.raises(MediaError):
        checked_size(*size)
    assert checked_size(16384, 1) == (16384, 1)


@given(st.lists(st.binary(min_size=1).map(lambda raw: escape(raw) + b"\x80")), st.integers(0, 4))
def test_nal_units_come_back(nals: list[bytes], zeros: int) -> None:
    assert list(split_annex_b(join_annex_b(nals) + bytes(zeros))) == nals
    short = b"".join(bytes(zeros) + b"\0\0\1" + nal for nal in nals)
    assert list(split_annex_b(short)) == nals


@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4])).map(bytes))
def test_emulation_prevention_is_undone(payload: bytes) -> None:
    assert unescape(escape(payload)) == payload
