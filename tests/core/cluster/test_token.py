"""The token of a cluster: where it is, and what it is good for."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.cluster.token import VARIABLE, Side, proof, proves, read_token, token_path
from roomdeck.core.errors import UsageError

TOKEN = "t" * 40


def test_ray_and_roomdeck_have_one_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.delenv(VARIABLE, raising=False)
    assert token_path() == Path("/home/ann/.ray/auth_token")
    monkeypatch.setenv(VARIABLE, "/etc/token")
    assert token_path() == Path("/etc/token")
    assert token_path("~/mine") == Path("/home/ann/mine")


def test_it_is_read_without_the_end_of_its_line(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    assert read_token(file) == TOKEN


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (None, 0, "no token"),
        (TOKEN, 0o640, "chmod 600"),
        ("short", 0o600, "shorter than 32"),
    ],
)
def test_without_a_good_one_it_says_how_to_make_one(
    tmp_path: Path, text: str | None, mode: int, said: str
) -> None:
    file = tmp_path / "token"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    with pytest.raises(UsageError, match=said) as error:
        read_token(file)
    assert str(file) in str(error.value)
    assert mode == 0o640 or "token_hex" in str(error.value)


def test_a_proof_is_good_for_one_side_and_one_challenge() -> None:
    shown = proof(TOKEN, Side.ENGINE, "challenge", "nonce")
    assert TOKEN not in shown
    assert proves(shown, TOKEN, Side.ENGINE, "challenge", "nonce")
    assert not proves(shown, TOKEN, Side.WORKER, "challenge", "nonce")
    assert not proves(shown, TOKEN, Side.ENGINE, "another", "nonce")
    assert not proves(shown, TOKEN, Side.ENGINE, "challenge", "another")
    assert not proves(shown, "another", Side.ENGINE, "challenge", "nonce")
    assert not proves("\udcff", TOKEN, Side.ENGINE, "challenge", "nonce")
