"""Recovery over a simulated link: who asks for what is missing gets nearly everything."""

from __future__ import annotations

import pytest

from roomdeck.core.model import EncodedFrame

from .link import Link, Sender, video_receiver

SECONDS = 30


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


@pytest.mark.parametrize("seed", [1, 2, 3])
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
    sender = Sender(link, seed)
    receiver = video_receiver()
    share = check(sender, receiver.poll(0) or sender.run(receiver, SECONDS))
    stats = receiver.stats
    print(link, share, sender.lost, sender.key_requests, stats)
    assert share >= least
