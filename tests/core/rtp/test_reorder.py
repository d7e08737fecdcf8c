from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.rtp.counters import Counters
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.reorder import GAP, START_WAIT, Gap, Item, ReorderBuffer

GIVE_UP = 1.5


def packet(number: int) -> RtpPacket:
    return RtpPacket(96, False, number & 0xFFFF, 0, 1, str(number).encode())


def numbers(items: Iterable[Item]) -> list[int | None]:
    """Numbers of the packets, ``None`` for a gap."""
    return [None if isinstance(item, Gap) else int(item[0].payload or b"-1") for item in items]


class Fixture:
    def __init__(self, first: int = 100, *, plain_resends: bool = True) -> None:
        self.counters = Counters()
        self.buffer = ReorderBuffer(self.counters, GIVE_UP, plain_resends=plain_resends)
        self.push(first)
        assert self.expire(START_WAIT) == [first]

    def push(self, number: int, now: float = 0.0, *, repaired: bool = False) -> list[int | None]:
        return numbers(self.buffer.push(packet(number), now, repaired=repaired))

    def expire(self, now: float) -> list[int | None]:
        return numbers(self.buffer.expire(now))


def test_in_order() -> None:
    fixture = Fixture(0xFFFE)
    assert [fixture.push(n) for n in range(0xFFFF, 0x10003)] == [
        [n] for n in range(0xFFFF, 0x10003)
    ]
    assert fixture.counters.expected == fixture.counters.received == 5


def test_hole_is_filled() -> None:
    fixture = Fixture()
    assert fixture.push(102, 1.0) == []
    assert fixture.push(103, 1.0) == []
    assert list(fixture.buffer.missing) == [0x10000 + 101]
    assert fixture.push(101, 2.0, repaired=True) == [101, 102, 103]
    counters = fixture.counters
    assert (counters.expected, counters.received, counters.recovered) == (4, 3, 1)


def test_hole_is_given_up_alone() -> None:
    fixture = Fixture()
    fixture.push(102, 1.0)
    fixture.push(104, 1.2)
    assert fixture.expire(2.4) == []
    assert fixture.expire(2.5) == [None, 102]
    assert fixture.push(103, 2.6) == [103, 104]
    assert (fixture.counters.lost, fixture.counters.received) == (1, 4)


def test_late_is_not_a_duplicate() -> None:
    fixture = Fixture()
    fixture.push(102, 1.0)
    fixture.expire(2.5)
    assert fixture.push(101, 2.6) == []
    assert fixture.push(101, 2.7) == []
    assert fixture.push(99, 2.7) == []
    counters = fixture.counters
    assert (counters.late, counters.duplicates, counters.lost) == (2, 1, 1)
    assert fixture.buffer.arrivals == 3


def test_probes_with_old_packets_are_ignored() -> None:
    fixture = Fixture()
    fixture.push(101)
    for number in (100, 101, 50, 100 + 3000, 100 - 3000, 400):
        assert fixture.push(number, repaired=True) == []
    assert fixture.counters.snapshot(0).duplicates == 0
    assert fixture.push(102) == [102]


def test_plain_resend_counts_as_recovered_only_where_resends_are_plain() -> None:
    for plain in (True, False):
        fixture = Fixture(plain_resends=plain)
        fixture.push(102, 1.0)
        assert fixture.buffer.nacks.due(fixture.buffer.missing, 1.1)
        fixture.push(101, 1.15)
        assert fixture.counters.recovered == plain
        assert fixture.counters.received + fixture.counters.recovered == 3


def test_packets_sent_before_the_first_to_arrive() -> None:
    counters = Counters()
    buffer = ReorderBuffer(counters, GIVE_UP, plain_resends=True)
    assert [buffer.push(packet(n), 1.0) for n in (0x10002, 0x10000, 0xFFFF, 0xFFFF)] == [[]] * 4
    assert numbers(buffer.expire(1.1)) == [0xFFFF, 0x10000]
    assert numbers(buffer.push(packet(0x10001), 1.2)) == [0x10001, 0x10002]
    assert (counters.expected, counters.received, counters.duplicates) == (4, 4, 1)


def test_one_stray_packet_changes_nothing() -> None:
    fixture = Fixture()
    assert fixture.push(30000) == []
    assert fixture.push(101) == [101]
    assert fixture.push(20000) == []
    assert fixture.push(102) == [102]
    assert fixture.counters.expected == 3


def test_jump_ahead_is_an_outage() -> None:
    fixture = Fixture()
    fixture.push(103)
    assert fixture.push(5000, 9.0) == []
    assert fixture.push(5002, 9.0) == [None, 103, None, 5000]
    counters = fixture.counters
    assert (counters.expected, counters.received) == (4903, 4)
    assert counters.lost + len(fixture.buffer.missing) == 4899
    assert fixture.push(5001, 9.1) == [5001, 5002]


def test_jump_back_is_a_new_beginning() -> None:
    fixture = Fixture(40000)
    assert fixture.push(10001, 1.0) == []
    items = fixture.buffer.push(packet(10000), 1.0)
    assert items[0] == Gap(restarted=True)
    assert numbers(items) == [None, 10000, 10001]
    assert fixture.buffer.highest - fixture.buffer.base == 1
    assert fixture.counters.lost == 0


def test_bounds() -> None:
    fixture = Fixture(0)
    gaps = 0
    for number in range(1, 60_000, 1900):
        gaps += fixture.push(number).count(None)
        assert len(fixture.buffer.missing) <= 4096 + 1900
    assert gaps
    for number in range(60_000, 100_000):
        fixture.push(number)
    counters = fixture.counters
    waiting = len(fixture.buffer.missing)
    assert counters.expected == counters.received + counters.lost + waiting


def test_flush_gives_up_everything() -> None:
    fixture = Fixture()
    fixture.push(102)
    fixture.push(105)
    assert numbers(fixture.buffer.flush(0)) == [None, 102, None, 105]
    assert fixture.counters.lost == 3
    assert not fixture.buffer.missing


@given(
    st.integers(0, 0xFFFF),
    st.permutations(range(1, 40)),
    st.sets(st.integers(1, 39)),
    st.lists(st.integers(0, 39), max_size=10),
)
def test_any_order_loss_and_duplicates(
    first: int, order: list[int], lost: set[int], again: list[int]
) -> None:
    fixture = Fixture(first)
    out: list[int | None] = []
    sent = [n for n in order if n not in lost]
    for number in [*sent, *(n for n in again if n not in lost)]:
        out += fixture.push(first + number, 1.0)
    out += fixture.expire(1.0 + GIVE_UP)
    packets = [n for n in out if n is not None]
    assert packets == [first + n for n in sorted(sent)]
    for before, after in zip([first, *packets], packets, strict=False):
        index = out.index(after)
        assert (after != before + 1) == (index > 0 and out[index - 1] is None) or index == 0
    counters = fixture.counters
    assert counters.expected == counters.received + counters.lost
    assert counters.received == 1 + len(sent)
    assert counters.duplicates == sum(n not in lost for n in again)


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.booleans(), st.floats(0, 3)), max_size=60))
def test_any_numbers(steps: list[tuple[int, bool, float]]) -> None:
    counters = Counters()
    buffer = ReorderBuffer(counters, GIVE_UP, plain_resends=True)
    now = 0.0
    for sequence, repaired, wait in steps:
        now += wait
        buffer.push(packet(sequence), now, repaired=repaired)
        buffer.expire(now)
    buffer.flush(now)
    assert counters.expected == counters.received + counters.recovered + counters.lost
    assert GAP not in buffer.flush(now)


def test_a_sender_that_leaps_all_the_time_is_not_waited_for() -> None:
    """Each leap would cost as much as two thousand packets."""
    fixture = Fixture(0)
    leaps = 100
    out: list[int | None] = []
    for leap in range(1, leaps + 1):
        out += fixture.push(leap * 1999, 1.0 + leap / 1000)
        assert len(fixture.buffer.missing) <= 4096
    assert not fixture.buffer.missing
    assert [number for number in out if number is not None] == [1999 * n for n in range(1, 101)]
    assert out[-2:] == [None, leaps * 1999]
    counters = fixture.counters
    assert counters.lost == counters.expected - counters.received == leaps * 1998
    # What is missing a while later is waited for again.
    assert fixture.push(leaps * 1999 + 2, 3.0) == []
    assert len(fixture.buffer.missing) == 1


def test_padding_behind_a_hole_is_looked_through_only_so_far() -> None:
    fixture = Fixture(0)
    for number in range(2, 2 + 300):
        fixture.buffer.push(RtpPacket(96, False, number, 0, 1, b""), 1.0)
    fixture.push(302, 1.0)
    assert fixture.buffer.blocked() is None
    assert fixture.expire(1.0 + GIVE_UP)[-1] == 302
