"""The test vectors of protocol.md §2.4 and §3, read from the page."""

import json
from pathlib import Path

import pytest

from roomdeck.core.signaling.secrets import Secrets, password_from_text

PAGE = Path(__file__).parents[3] / "core" / "signaling" / "protocol.md"


def rows(mark: str) -> list[list[str]]:
    """The cells of the table behind a mark, without their backticks; ``none`` is an empty one."""
    table = PAGE.read_text(encoding="utf-8").partition(f"<!-- {mark} -->\n")[2]
    lines = table.partition("<!-- end -->")[0].splitlines()[2:]
    cells = [line.strip("| ").split(" | ") for line in lines]
    assert cells
    return [["" if cell == "none" else cell.strip("`") for cell in row] for row in cells]


@pytest.mark.parametrize(("password", "salt", "suffix", "room", "room_id"), rows("names"))
def test_names(password: str, salt: str, suffix: str, room: str, room_id: str) -> None:
    secrets = Secrets(password_from_text(password), salt)
    assert (secrets.suffix, secrets.room_id(room)) == (suffix, room_id)


@pytest.mark.parametrize(("password", "salt", "vector", "plain", "sealed"), rows("sealed"))
def test_encryption(password: str, salt: str, vector: str, plain: str, sealed: str) -> None:
    secrets = Secrets(password, salt)
    assert secrets.encrypt(json.loads(plain), bytes.fromhex(vector)) == (sealed, vector)
    assert secrets.decrypt(sealed, vector) == json.loads(plain)
