"""Which answers are worth another attempt, and when."""

from __future__ import annotations

import pytest

from roomdeck.core.attendant.hooks.answers import LONGEST_WAIT, failure


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_it_is_taken(status: int) -> None:
    assert failure(status, "", 0) is None


@pytest.mark.parametrize(
    ("status", "again"),
    [
        *((status, False) for status in (301, 302, 308, 400, 401, 404, 410)),
        *((status, True) for status in (408, 429, 500, 502, 503)),
    ],
)
def test_what_is_refused_for_good_is_not_sent_again(status: int, again: bool) -> None:
    found = failure(status, "", 0)
    assert found is not None
    assert found.again is again
    assert str(status) in found.error


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("99999999999999999999", LONGEST_WAIT),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("soon", 0.0),
        ("", 0.0),
        ("٣", 0.0),
        ("1e9", 0.0),
    ],
)
def test_who_asks_for_time_gets_it_within_reason(text: str, wait: float) -> None:
    found = failure(429, text, 40.0)
    assert found is not None
    assert found.wait == wait
