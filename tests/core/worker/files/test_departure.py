"""Whether a size is far from what is usual."""

from __future__ import annotations

from roomdeck.core.worker.files.departure import Departure

USUAL = 9329, 10873, 8237, 10325, 8250, 10250, 8408, 10228
"""Bytes a second of 160x90 in H.264, key frames every two seconds not counted."""
COVERED = 17_500
"""Of one in whose middle the lens was covered; its encoder has a rate to keep."""


def test_what_is_usual_of_who_came_just_now_is_known_soon() -> None:
    departure = Departure(4.5)
    assert not any(map(departure.see, USUAL))
    assert departure.see(COVERED)


def test_what_is_far_is_what_is_usual_then() -> None:
    departure = Departure(4.5)
    assert [departure.see(size) for size in (10_000, 10_000, 90_000, 90_000)] == [
        False,
        False,
        True,
        False,
    ]
