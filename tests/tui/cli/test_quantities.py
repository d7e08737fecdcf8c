"""Durations and sizes as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.tui.cli.quantities import (
    byte_count,
    keep,
    picture_size,
    rate,
    split_every,
    split_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("1h30m", 5400),
        ("1h 30min", 5400),
        ("90s", 90),
        ("90", 90),
        ("1.5h", 5400),
        ("2H", 7200),
        ("1h1m1s", 3661),
        ("", 0),
        ("0", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert split_every(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["x", "30x", "-30m", "30m1h", "1m1m", "m", "1h30", "1,5h", "nan", "0.5s", "30 m 1", 400 * "9"],
)
def test_what_is_no_duration_says_so(text: str) -> None:
    with pytest.raises(UsageError, match=r"--split-every: .*(write it like|least)"):
        split_every(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4_000_000_000),
        ("4 gb", 4_000_000_000),
        ("4G", 4_000_000_000),
        ("3.5GiB", 3_758_096_384),
        ("700MB", 700_000_000),
        ("1TB", 10**12),
        ("2000000", 2_000_000),
        ("1000kB", 1_000_000),
        ("", 0),
        ("0", 0),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert split_size(text) == size


@pytest.mark.parametrize(
    "text", ["x", "4XB", "-4GB", "4GBs", "4iB", "GB", "1e9", "inf", "999kB", "4,5GB"]
)
def test_what_is_no_size_says_so(text: str) -> None:
    with pytest.raises(UsageError, match=r"--split-size: .*(write it like|least)"):
        split_size(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("300MB", 300_000_000),
        ("300000000", 300_000_000),
        ("0", 0),
        ("2 GB", 2_000_000_000),
        ("1.5GiB", 3 << 29),
        ("1.5gib", 3 << 29),
        ("64k", 64_000),
        ("2T", 2_000_000_000_000),
        ("7b", 7),
    ],
)
def test_a_size_with_its_unit(text: str, count: int) -> None:
    assert byte_count("--floor", text) == count


def test_numbers_without_a_unit_are_not_guessed_at() -> None:
    """Days read as seconds would remove takes, megabytes read as bytes fill a disk."""
    assert (keep("7d"), keep("90s"), keep("0"), keep(" ")) == (604_800, 90, 0, None)
    for text in ("7", "1.5", " 12 "):
        with pytest.raises(UsageError, match=r"--keep: .* of what"):
            keep(text)
    for text in ("300", "4", "999999"):
        with pytest.raises(UsageError, match=r"--floor: .* of what"):
            byte_count("--floor", text)


@pytest.mark.parametrize(
    "text", ["", "MB", "-3MB", "3 bananas", "3iB", "1e9", "nan", "3MBB", 400 * "9"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--floor: no size"):
        byte_count("--floor", text)


@pytest.mark.parametrize(
    ("text", "fps"),
    [
        ("", None),
        ("25", Fraction(25)),
        ("12.5", Fraction(25, 2)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
    ],
)
def test_rates(text: str, fps: Fraction | None) -> None:
    assert rate(text) == fps


@pytest.mark.parametrize("text", ["fast", "0", "-25", "1/0", "241", "nan", "inf", "0.5"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(UsageError, match="--fps: no rate"):
        rate(text)


def test_picture_sizes() -> None:
    assert picture_size("1280x720") == (1280, 720)
    for text in ("", "1280", "1281x720", "0x0", "9000x9000", "x", "-2x4"):
        with pytest.raises(UsageError, match="--size: no size"):
            picture_size(text)
