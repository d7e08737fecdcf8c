from __future__ import annotations

from itertools import pairwise

import pytest

from roomdeck.core.model import SenderReport
from roomdeck.core.rtp.clock import Unwrapper
from roomdeck.core.rtp.counters import Counters
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.reorder import ReorderBuffer
from roomdeck.core.rtp.reports import Reception, ReportSchedule, SenderReports

NTP = (2208988800 + 1_700_000_000) << 32


def fill(buffer: ReorderBuffer, numbers: range | list[int], *, repaired: bool = False) -> None:
    for number in numbers:
        packet = RtpPacket(96, False, number & 0xFFFF, 0, 1, b"x")
        buffer.push(packet, 5.0, repaired=repaired)


def new_buffer() -> ReorderBuffer:
    return ReorderBuffer(Counters(), 1.5, plain_resends=False)


def test_nothing_lost() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, range(65000, 66000))
    block = reception.block(buffer, None, 6.0)
    assert (block.ssrc, block.fraction_lost, block.lost) == (77, 0, 0)
    assert block.highest == 0x10000 + 65999 - 65536
    assert (block.last_report, block.delay) == (0, 0)


def test_losses_count_although_they_were_repaired_by_rtx() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, [n for n in range(100) if n % 4])
    fill(buffer, [4, 8, 12], repaired=True)
    block = reception.block(buffer, None, 6.0)
    assert (block.fraction_lost, block.lost) == (62, 24)  # 24 of 99
    fill(buffer, range(100, 200))
    block = reception.block(buffer, None, 7.0)
    assert (block.fraction_lost, block.lost) == (0, 24)


def test_duplicates_do_not_hide_losses() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, [*range(50), *range(50), *range(75, 100)])
    block = reception.block(buffer, None, 6.0)
    assert (block.fraction_lost, block.lost) == (64, 25)


def test_late_packets_are_not_lost() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, [n for n in range(100) if n != 50])
    buffer.flush(5.0)
    fill(buffer, [50])
    assert reception.block(buffer, None, 6.0).lost == 0


def test_a_new_beginning_starts_from_zero() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, [*range(40000, 40100, 2)])
    assert reception.block(buffer, None, 6.0).lost == 49
    fill(buffer, range(10000, 10100))
    block = reception.block(buffer, None, 7.0)
    assert (block.lost, block.fraction_lost, block.highest) == (0, 0, 10099)


def test_delay_since_last_sender_report() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, range(3))
    block = reception.block(buffer, (0x0123456789ABCDEF, 4.0), 5.5)
    assert (block.last_report, block.delay) == (0x456789AB, 0x18000)


def test_a_sender_report_may_be_stamped_after_the_tick_began() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, range(3))
    block = reception.block(buffer, (0x0123456789ABCDEF, 5.501), 5.5)
    assert (block.last_report, block.delay) == (0x456789AB, 0)


def test_jitter_in_timestamp_units() -> None:
    buffer, reception = new_buffer(), Reception(77, 90000)
    fill(buffer, range(3))
    reception.jitter.value = 0.010001
    assert reception.block(buffer, None, 5.0).jitter == 900


def test_schedule_is_about_once_a_second() -> None:
    schedule = ReportSchedule(12345)
    sent = [now / 50 for now in range(5000) if schedule.due(now / 50)]
    pauses = [after - before for before, after in pairwise(sent)]
    assert sent[0] == pytest.approx(0.5)
    assert all(0.79 < pause < 1.23 for pause in pauses)
    assert len({round(pause, 2) for pause in pauses}) > 5


def test_report_waits_for_the_clock_of_the_frames() -> None:
    reports, clock = SenderReports(), Unwrapper(32)
    reports.received(1, NTP | 1 << 31, 0xFFFFFF00, 3.0)
    assert reports.last(1, clock, 0) is None
    clock(0x100)
    expected = SenderReport(1_700_000_000.5, -0x100, 3.0, 0)
    assert reports.last(1, clock, 0) == expected
    clock(0x90000000)  # much later it is still the same
    assert reports.last(1, clock, 0) == expected


def test_report_of_another_ssrc_is_kept_for_it() -> None:
    reports, old, new = SenderReports(), Unwrapper(32), Unwrapper(32)
    old(1000)
    new(5_000_000)
    reports.received(1, NTP, 2000, 3.0)
    reports.received(2, NTP, 5_000_100, 3.5)
    assert reports.last(1, old, 0) == SenderReport(1_700_000_000, 2000, 3.0, 0)
    assert reports.last(2, new, 1) == SenderReport(1_700_000_000, 5_000_100, 3.5, 1)
    assert reports.for_delay(2) == (NTP, 3.5)


def test_reports_without_a_clock_and_from_many_sources() -> None:
    reports, clock = SenderReports(), Unwrapper(32)
    clock(0)
    reports.received(1, 0, 5, 1.0)
    assert reports.last(1, clock, 0) is None
    for ssrc in range(100):
        reports.received(ssrc, NTP, 5, 1.0)
    assert [ssrc for ssrc in range(100) if reports.for_delay(ssrc)] == list(range(92, 100))
