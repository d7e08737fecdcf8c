"""recvmmsg on loopback sockets."""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Iterator

import pytest

from roomdeck.core.webrtc.batch import BATCH, SLOT, Batch, available, prepare
from tests.core.webrtc.stamped import stamping

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="recvmmsg is Linux's")


class Pair:
    """A prepared socket, and one that sends to it."""

    def __init__(self) -> None:
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind(("127.0.0.1", 0))
        self.receiver.setblocking(False)
        prepare(self.receiver)
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.connect(self.receiver.getsockname())

    def send(self, *datagrams: bytes) -> None:
        """Loopback delivers before the call returns, but for the order of processors."""
        for data in datagrams:
            self.sender.send(data)
        assert select.select([self.receiver], [], [], 5)[0]


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.receiver.close()
    made.sender.close()


def taken(batch: Batch, pair: Pair) -> list[bytes]:
    arrivals = batch.receive(pair.receiver.fileno())
    return [batch.data(slot, size) for slot, (size, _) in enumerate(arrivals)]


def test_this_system_has_it() -> None:
    assert available()


def test_a_system_that_forbids_it_has_it_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Batch, descriptor: int) -> None:
        raise PermissionError

    monkeypatch.setattr(Batch, "receive", refuse)
    available.cache_clear()
    assert not available()
    available.cache_clear()


def test_datagrams_come_in_order_with_their_sizes(pair: Pair) -> None:
    batch, sent = Batch(), [bytes([number]) * (number * 20) for number in range(1, 70)]
    assert taken(batch, pair) == []
    pair.send(*sent)
    assert taken(batch, pair) == sent[:BATCH]
    assert taken(batch, pair) == sent[BATCH:]
    assert taken(batch, pair) == []


def test_a_slot_can_be_used_again_and_again(pair: Pair) -> None:
    batch = Batch()
    for size in (1400, 20, 0, 900):
        pair.send(b"x" * size)
        assert taken(batch, pair) == [b"x" * size]
        assert batch.address(0) == pair.sender.getsockname()


def test_what_is_too_long_is_cut_off(pair: Pair) -> None:
    batch = Batch()
    pair.send(b"x" * 50_000, b"next")
    assert taken(batch, pair) == [b"x" * SLOT, b"next"]


def test_jumbo_frames_are_taken_whole(pair: Pair) -> None:
    batch, sent = Batch(), [bytes([size & 255]) * size for size in (1501, 9000, 16_384)]
    pair.send(*sent)
    assert taken(batch, pair) == sent


def test_arrival_is_when_the_system_took_it_in(pair: Pair) -> None:
    batch = Batch()
    with stamping():
        before = time.monotonic()
        pair.send(b"early")
        after = time.monotonic()
        time.sleep(0.3)  # we are late
        ((_, arrival),) = batch.receive(pair.receiver.fileno())
    assert before - 0.05 < arrival < after + 0.05


def test_a_clock_that_was_set_does_not_count(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, wall = Batch(), time.time
    jumped = 0.0
    # A second is no more than a late reader has to wait for; it must not pass for that.
    for jump in (-3600.0, 3600.0, -1.0, 1.0, 0.3):
        pair.send(b"x")
        jumped += jump
        monkeypatch.setattr(time, "time", lambda jumped=jumped: wall() + jumped)
        before = time.monotonic()
        ((_, arrival),) = batch.receive(pair.receiver.fileno())
        assert before <= arrival <= time.monotonic()


def test_drops_are_told_with_what_comes_after_them(pair: Pair) -> None:
    batch = Batch()
    pair.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    for _ in range(200):
        pair.sender.send(bytes(1000))
    received = 0
    while count := len(taken(batch, pair)):
        received += count
    assert 0 < received < 100
    pair.send(b"behind")
    assert taken(batch, pair) == [b"behind"]
    assert batch.drops == 200 - received
    pair.send(b"no more")
    taken(batch, pair)
    assert batch.drops == 200 - received


def test_a_socket_that_cannot_be_read(pair: Pair) -> None:
    batch, descriptor = Batch(), pair.receiver.fileno()
    pair.receiver.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        batch.receive(descriptor)
