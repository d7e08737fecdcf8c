"""``--http`` as people write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.config import Http
from roomdeck.core.errors import UsageError
from roomdeck.tui.cli.http import http_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9911", "127.0.0.1", 9911),
        (" localhost:0 ", "localhost", 0),
        ("[::1]:65535", "::1", 65535),
    ],
)
def test_an_address_of_this_machine_is_enough(text: str, host: str, port: int) -> None:
    http = http_address(text, "")
    assert http == Http(host, port)
    assert http is not None
    assert http.address == text.strip()


def test_it_is_off_by_default() -> None:
    assert http_address("", "") is None


@pytest.mark.parametrize(
    "text",
    [
        "9911",
        ":9911",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:70000",
        "http://127.0.0.1:9911",
        "::1:9",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"write it like 127\.0\.0\.1:9911"):
        http_address(text, "")


def test_what_others_can_reach_needs_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="--http-token-file FILE"):
        http_address("0.0.0.0:9911", "")
    (tmp_path / "token").write_text("0123456789abcdef")
    (tmp_path / "token").chmod(0o644)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="chmod 600"):
        http_address("0.0.0.0:9911", "token")
    (tmp_path / "token").chmod(0o600)
    http = http_address("0.0.0.0:9911", "token")
    assert http == Http("0.0.0.0", 9911, str(Path.cwd() / "token"))


def test_a_token_is_for_something() -> None:
    with pytest.raises(UsageError, match="--http 127"):
        http_address("", "token")
