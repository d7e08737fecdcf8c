"""Who may ask has to know a secret, and it has to be one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roomdeck.core.attendant.http.token_file import read_token
from roomdeck.core.config import Http
from roomdeck.core.errors import UsageError

TOKEN = "0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "token"
    made.write_text(f"{TOKEN}\n")
    made.chmod(0o600)
    return made


def test_it_is_the_first_line(file: Path) -> None:
    assert read_token(Http("192.0.2.1", 9911, str(file))) == TOKEN
    assert read_token(Http("127.0.0.1", 9911, str(file))) == TOKEN


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    assert read_token(Http(host, 9911)) == ""


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.0.2.1", "box", "127.1", "localhost.example", "::ffff:127.0.0.1", "*"],
)
def test_all_else_does(host: str) -> None:
    with pytest.raises(UsageError, match=r"--http-token-file FILE .* make one"):
        read_token(Http(host, 9911))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o666])
def test_others_may_neither_read_nor_write_it(file: Path, mode: int) -> None:
    file.chmod(mode)
    if mode == 0o640 and os.getuid() == 0:
        assert read_token(Http("::", 1, str(file))) == TOKEN  # as services are given secrets
    else:
        with pytest.raises(UsageError, match=f"chmod 600 {file}"):
            read_token(Http("::", 1, str(file)))


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_it_is_not_of_somebody_else(file: Path) -> None:
    os.chown(file, 12345, 12345)
    with pytest.raises(UsageError, match="belongs to somebody else"):
        read_token(Http("::", 1, str(file)))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("\nsecond", "is empty"),
        ("short", "less than 16 characters"),
        ("a token of words in a row", "other characters"),
        ("ümlautümlautümlaut", "other characters"),
        ("=0123456789abcdef", "other characters"),
    ],
)
def test_it_is_one_that_can_be_sent(file: Path, text: str, complaint: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError, match=complaint):
        read_token(Http("::", 1, str(file)))


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the token file"):
        read_token(Http("::", 1, str(tmp_path / "none")))
    with pytest.raises(UsageError, match="cannot read the token file"):
        read_token(Http("::", 1, "a\0b"))
    (tmp_path / "binary").write_bytes(b"\xff" * 20)
    (tmp_path / "binary").chmod(0o600)
    with pytest.raises(UsageError, match="cannot read the token file"):
        read_token(Http("::", 1, str(tmp_path / "binary")))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match="is no file"):
        read_token(Http("::", 1, str(tmp_path / "pipe")))
    with pytest.raises(UsageError, match="Is a directory"):
        read_token(Http("::", 1, str(tmp_path)))
