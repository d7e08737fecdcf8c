"""One input out of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

LONGEST = 20_000
_TELLING = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0",
    b"\xff\xff",
    b"\0\0\1",
    b"\xff" * 4,
    b"\0" * 8,
)

Change = Callable[[Random, bytearray, bytes], None]


def mutate(random: Random, seeds: Sequence[bytes]) -> bytes:
    """Change one of the seeds in a few places."""
    data, other = bytearray(random.choice(seeds)), random.choice(seeds)
    for _ in range(random.choice((1, 1, 2, 3, 5, 9))):
        random.choice(_CHANGES)(random, data, other)
    return bytes(data[:LONGEST])


def _place(random: Random, data: bytes | bytearray) -> int:
    return random.randrange(len(data) + 1)


def _flip(random: Random, data: bytearray, _: bytes) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _set(random: Random, data: bytearray, _: bytes) -> None:
    at, value = _place(random, data), random.choice(_TELLING)
    data[at : at + len(value)] = value


def _insert(random: Random, data: bytearray, _: bytes) -> None:
    at = _place(random, data)
    data[at:at] = random.choice((*_TELLING, random.randbytes(random.randrange(1, 9))))


def _remove(random: Random, data: bytearray, _: bytes) -> None:
    at = _place(random, data)
    del data[at : at + random.choice((1, 1, 2, 4, 16, 200))]


def _repeat(random: Random, data: bytearray, _: bytes) -> None:
    at = _place(random, data)
    data[at:at] = data[at : at + random.randrange(1, 40)] * random.choice((1, 2, 10, 500))


def _splice(random: Random, data: bytearray, other: bytes) -> None:
    data[_place(random, data) :] = other[_place(random, other) :]


def _cut(random: Random, data: bytearray, _: bytes) -> None:
    del data[_place(random, data) :]


_CHANGES: tuple[Change, ...] = (_flip, _flip, _set, _insert, _remove, _repeat, _splice, _cut)
