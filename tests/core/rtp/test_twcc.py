from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.rtp.rtcp import TransportWideFeedback, parse_rtcp
from roomdeck.core.rtp.twcc import FeedbackReport, TransportFeedback, encode_chunks, parse_feedback


def parsed(data: bytes | None) -> FeedbackReport:
    assert data is not None
    assert len(data) <= 1200
    (packet,) = parse_rtcp(data)
    assert isinstance(packet, TransportWideFeedback)
    assert (packet.sender_ssrc, packet.media_ssrc) == (1, 2)
    return packet.report


def ticks(report: FeedbackReport) -> dict[int, int]:
    """Arrival in 250 µs by 16-bit sequence number."""
    return {
        (report.base_sequence + index) & 0xFFFF: report.reference_time * 256 + arrival
        for index, arrival in enumerate(report.arrivals)
        if arrival is not None
    }


def drain(feedback: TransportFeedback, now: float) -> list[FeedbackReport]:
    reports: list[FeedbackReport] = []
    while data := feedback.feedback(now, 1, 2):
        reports.append(parsed(data))
    return reports


# Steps to the next packet: how many sequence numbers on, how many milliseconds later.
STEPS = st.lists(
    st.tuples(st.sampled_from([1] * 12 + [-2, 2, 3, 9, 40]), st.integers(0, 90)), max_size=200
)


@given(STEPS, st.integers(0, 0xFFFF), st.integers(0, 4_000_000_000), st.integers(1, 40))
def test_round_trip(steps: list[tuple[int, int]], first: int, start: int, batch: int) -> None:
    feedback = TransportFeedback()
    sequence, time = first, start
    arrived: list[tuple[int, float]] = []
    sent: dict[int, int] = {}
    for step, wait in [(0, 0), *steps]:
        sequence += step
        time += wait
        arrived.append((sequence & 0xFFFF, time / 1000))
        sent.setdefault(sequence & 0xFFFF, int(time / 1000 * 4000))
    for begin in range(0, len(arrived), batch):
        sequences, times = zip(*arrived[begin : begin + batch], strict=True)
        feedback.received(list(sequences), list(times))
    seen: dict[int, int] = {}
    for report in drain(feedback, time / 1000):
        seen |= ticks(report)
    mask = 0x1000000 * 256 - 1
    assert {s: t & mask for s, t in seen.items()} == {s: t & mask for s, t in sent.items()}


@given(st.lists(st.integers(0, 2) | st.just(0), max_size=400), st.integers(0, 400))
def test_chunks(symbols: list[int], run: int) -> None:
    symbols = symbols + [1] * run
    deltas = b"".join(bytes(symbol) for symbol in symbols)
    head = bytes((0, 9)) + len(symbols).to_bytes(2, "big") + bytes(4)
    report = parse_feedback(head + encode_chunks(bytes(symbols)) + deltas)
    assert [a is not None for a in report.arrivals] == [bool(symbol) for symbol in symbols]


def test_run_of_any_length() -> None:
    assert encode_chunks(bytes(20000)) == bytes.fromhex("1fff1fff0e22")


def test_known_bytes() -> None:
    feedback = TransportFeedback()
    for sequence, now in ((0xFFFE, 0.064), (0xFFFF, 0.065), (1, 0.200), (2, 0.1)):
        feedback.received([sequence], [now])
    # Two bits each: small, small, absent, large, large; then the deltas 0, 4, 540 and -400.
    words = "8fcd0006 00000001 00000002 fffe0005 00000100 d4a0 0004 021c fe70"
    assert feedback.feedback(0.2, 1, 2) == bytes.fromhex(words.replace(" ", ""))


def test_padding_bytes() -> None:
    feedback = TransportFeedback()
    feedback.received([7], [0.1])
    words = "afcd0005 00000001 00000002 00070001 00000100 a000 90 01"
    assert feedback.feedback(0.2, 1, 2) == bytes.fromhex(words.replace(" ", ""))


def test_one_packet_in_80_ms() -> None:
    feedback = TransportFeedback()
    assert feedback.feedback(5.0, 1, 2) is None
    feedback.received([1], [5.0])
    assert parsed(feedback.feedback(5.0, 1, 2)).feedback_count == 0
    feedback.received([2], [5.01])
    assert feedback.feedback(5.07, 1, 2) is None
    assert parsed(feedback.feedback(5.1, 1, 2)) == FeedbackReport(2, 1, 78, (72,))
    assert feedback.feedback(5.3, 1, 2) is None


def test_nothing_between_two_reports_is_left_out() -> None:
    feedback = TransportFeedback()
    feedback.received([10], [1.0])
    assert ticks(parsed(feedback.feedback(1.0, 1, 2))) == {10: 4000}
    feedback.received([13], [1.1])
    report = parsed(feedback.feedback(1.1, 1, 2))
    assert (report.base_sequence, len(report.arrivals)) == (11, 3)
    feedback.received([12], [1.15])  # late: told again, with what came after it
    report = parsed(feedback.feedback(1.21, 1, 2))
    assert ticks(report) == {12: 4600, 13: 4400}


def test_big_backlog_is_split() -> None:
    feedback = TransportFeedback()
    for number in range(1500):
        feedback.received([number], [number * 0.07 % 5])
    reports = drain(feedback, 6.0)
    assert [len(report.arrivals) for report in reports] == [500, 500, 500]
    assert [report.feedback_count for report in reports] == [0, 1, 2]


def test_delta_too_large_for_one_packet() -> None:
    feedback = TransportFeedback()
    feedback.received([1], [1.0])
    feedback.received([2], [60.0])
    assert [ticks(r) for r in drain(feedback, 60.0)] == [{1: 4000}, {2: 240000}]


def test_memory_is_bounded_without_feedback() -> None:
    feedback = TransportFeedback()
    for number in range(100_000):
        feedback.received([number & 0xFFFF], [number / 1000])
    assert len(drain(feedback, 100.0)) < 40


def test_jump_begins_anew() -> None:
    feedback = TransportFeedback()
    feedback.received([1], [1.0])
    feedback.received([20000], [1.1])
    assert [ticks(r) for r in drain(feedback, 2.0)] == [{20000: 4400}]


@pytest.mark.parametrize(
    "data", ["0001000100000000", "00010001000000002001", "00010001000000006001", "0001"]
)
def test_malformed(data: str) -> None:
    with pytest.raises(MediaError):
        parse_feedback(bytes.fromhex(data))


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    try:
        parse_feedback(data)
    except MediaError:
        return
