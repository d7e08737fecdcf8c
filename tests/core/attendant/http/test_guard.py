"""Strangers are told apart, and bounded."""

from __future__ import annotations

import pytest

from roomdeck.core.attendant.http.guard import (
    COMMANDS,
    COMMANDS_AT_ONCE,
    REFUSALS_AT_ONCE,
    REQUESTS,
    REQUESTS_AT_ONCE,
    Guard,
)
from roomdeck.core.errors import RefusedError

TOKEN = "0123456789abcdef"


def refused(guard: Guard, now: float = 0.0, **headers: str) -> int | None:
    try:
        guard.check({name.title(): value for name, value in headers.items()}, now)
    except RefusedError as refusal:
        return refusal.status
    return None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:9911", "127.0.0.1", "[::1]:9911", "localhost:9911", "LOCALHOST", "192.0.2.1:80"],
)
def test_addresses_of_this_machine_are_asked_for(host: str) -> None:
    assert refused(Guard("", True), host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:9911",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1:9911:1",
        "[::1",
        "127.0.0.1:x",
        "localhost.",
    ],
)
def test_names_that_could_be_made_to_lead_here_are_not(host: str) -> None:
    assert refused(Guard("", True), host=host) == 421


def test_with_the_token_any_name_of_this_machine_does() -> None:
    bearer = f"Bearer {TOKEN}"
    assert refused(Guard(TOKEN, False), host="box.example", authorization=bearer) is None


@pytest.mark.parametrize(
    "given",
    [
        "",
        TOKEN,
        "Bearer",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        "Bearer ümlaut",
        "Bearer \udcff",
    ],
)
def test_others_are_told_what_they_need(given: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        Guard(TOKEN, False).check({"Authorization": given}, 0.0)
    assert refusal.value.status == 401
    assert refusal.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_is_of_any_case() -> None:
    assert refused(Guard(TOKEN, False), authorization=f"bearer {TOKEN}") is None


def test_who_goes_on_guessing_is_not_answered_and_costs_others_nothing() -> None:
    guard = Guard(TOKEN, False)
    told = [refused(guard, authorization="Bearer no") for _ in range(int(REFUSALS_AT_ONCE) + 2)]
    assert told == [401] * int(REFUSALS_AT_ONCE) + [0, 0]
    assert refused(guard, authorization=f"Bearer {TOKEN}") is None


def test_requests_and_commands_are_so_many_in_a_second() -> None:
    guard = Guard("", True)
    for _ in range(int(REQUESTS_AT_ONCE)):
        assert refused(guard, host="[::1]") is None
    assert refused(guard, host="[::1]") == 429
    assert refused(guard, 1 / REQUESTS, host="[::1]") is None
    for _ in range(int(COMMANDS_AT_ONCE)):
        guard.check_command(0.0)
    with pytest.raises(RefusedError):
        guard.check_command(0.0)
    guard.check_command(1 / COMMANDS)
