"""Recovery over a simulated link: who asks for what is missing gets nearly everything."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .simulated_network import SSRC, VP8, Link, Sender, video_receiver

SECONDS = 20


def check(sender: Sender, out: list[EncodedFrame]) -> float:
    """The share of frames that came through; every one of them byte for byte, in order."""
    numbers: list[int] = []
    for frame in out:
        header = 10 if frame.key else 3
        number = int.from_bytes(frame.data[header : header + 4], "big")
        assert sender.frames[number] == (frame.data, frame.key)
        assert frame.rtp_time - out[0].rtp_time == 3000 * (number - first_number(out))
        numbers.append(number)
    assert numbers == sorted(set(numbers))
    for before, after, frame in zip(numbers, numbers[1:], out[1:], strict=False):
        assert frame.hole == (after != before + 1)
        assert after == before + 1 or frame.key
    return len(numbers) / len(sender.frames)


def first_number(out: list[EncodedFrame]) -> int:
    return int.from_bytes(out[0].data[10:14], "big")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("link", "least"),
    [
        (Link(), 1.0),
        (Link(loss=0.01), 0.999),
        (Link(loss=0.05), 0.99),
        (Link(loss=0.05, feedback_loss=0.05), 0.99),
        (Link(loss=0.2), 0.95),
        (Link(loss=0.2, feedback_loss=0.2), 0.95),
        (Link(loss=0.05, burst=5, round_trip=0.1), 0.99),
        (Link(reorder=0.05, duplicate=0.02), 1.0),
        (Link(loss=0.05, reorder=0.05, duplicate=0.05, feedback_loss=0.05), 0.99),
    ],
    ids=lambda value: str(value) if isinstance(value, Link) else "",
)
def test_frames_recovered(link: Link, least: float, seed: int) -> None:
    sender, receiver = Sender(link, seed), video_receiver()
    assert check(sender, sender.run(receiver, SECONDS)) >= least
    stats = receiver.stats
    assert stats.expected == stats.received + stats.recovered + stats.lost


def test_frames_recovered_by_plain_resends() -> None:
    sender = Sender(Link(loss=0.05, feedback_loss=0.05), rtx=False)
    receiver = TrackReceiver(Kind.VIDEO, {VP8: PayloadFormat(Codec.VP8, nack=True)}, 1)
    assert check(sender, sender.run(receiver, SECONDS)) >= 0.99
    assert receiver.stats.recovered == sender.lost_originals


def test_reports_tell_the_loss_of_the_link() -> None:
    sender, receiver = Sender(Link(loss=0.2)), video_receiver()
    sender.run(receiver, SECONDS)
    blocks = [report.blocks[0] for report in sender.reports]
    assert SECONDS - 3 <= len(blocks) <= SECONDS + 6
    assert {block.ssrc for block in blocks} == {SSRC}
    last = blocks[-1]
    assert last.lost == pytest.approx(sender.lost_originals, abs=3)
    assert last.highest == sender.sequence - 1
    share = sum(block.fraction_lost for block in blocks[:SECONDS]) / SECONDS / 256
    assert share == pytest.approx(0.2, abs=0.04)


def test_without_repair_the_holes_are_counted() -> None:
    sender = Sender(Link(loss=0.01))
    receiver = TrackReceiver(Kind.VIDEO, {VP8: PayloadFormat(Codec.VP8)}, 1)
    out = sender.run(receiver, SECONDS)
    assert check(sender, out) < 0.9
    stats = receiver.stats
    assert stats.lost == pytest.approx(sender.lost_originals, abs=2)
    assert stats.holes == sum(frame.hole for frame in out) > 5
