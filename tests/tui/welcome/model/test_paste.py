from __future__ import annotations

import pytest

from roomdeck.tui.welcome.model.paste import MOST, pasted

LINK = "https://vdo.ninja/?room=lab&wss2=handshake.example.org&password=s3cret"


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        f"\n\n  {LINK} \t\n",
        f"Join us at {LINK} tonight",
        f"Hello,\nthe room is\n{LINK}\nBye",
        f"'{LINK}'",
        f"({LINK})",
        f"<{LINK}>",
        f'roomdeck record "{LINK}" --server x',
        f"{LINK[:40]}\n{LINK[40:]}",
        f"  {LINK[:40]}\r\n  {LINK[40:]}\nBye",
        f"{LINK[:30]}\n{LINK[30:60]}\n{LINK[60:]}",
        f"\x1b[31m{LINK}".replace("\x1b[31m", "\x1b\x07"),
    ],
)
def test_a_link_is_found_in_what_is_around_it(text: str) -> None:
    assert pasted(text) == LINK


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("lab", "lab"),
        (" \n my room \nsecond", "my room"),
        ("vdo.ninja/lab\n", "vdo.ninja/lab"),
        ("see\nvdo.ninja/?room=lab\nthere", "vdo.ninja/?room=lab"),
        ("https://vdo.ninja/?room=my room", "https://vdo.ninja/?room=my room"),
        ("https://vdo.ninja/?room=a\nhttps://vdo.ninja/?room=b", "https://vdo.ninja/?room=a"),
        ("", ""),
        ("\n \r\n", ""),
    ],
)
def test_what_is_pasted_is_taken_as_it_was_meant(text: str, meant: str) -> None:
    assert pasted(text) == meant


def test_what_is_far_too_long_costs_no_time() -> None:
    assert len(pasted("x" * 10_000_000)) == MOST
