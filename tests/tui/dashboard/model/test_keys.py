from __future__ import annotations

from collections import Counter

import pytest

from roomdeck.tui.dashboard.bindings import bindings
from roomdeck.tui.dashboard.model.keys import KEYS, Scope, footer, footer_width, keys_of

TAKEN = ("ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+z", "ctrl+h", "ctrl+j", "ctrl+k", "ctrl+l")
"""By tmux, screen, flow control, job control, and those who navigate panes."""
TOGETHER = [
    (Scope.TABLE, Scope.CURSOR, Scope.EVERYWHERE),
    (Scope.DETAIL, Scope.EVERYWHERE),
    (Scope.WALL, Scope.EVERYWHERE),
    (Scope.EVENTS, Scope.EVERYWHERE),
    (Scope.HELP, Scope.EVERYWHERE),
    (Scope.CONFIRM,),
    (Scope.LEAVE,),
]


@pytest.mark.parametrize("scopes", TOGETHER)
def test_a_key_means_one_thing_in_one_place(scopes: tuple[Scope, ...]) -> None:
    names = Counter(name for key in keys_of(*scopes) for name in key.keys)
    assert [name for name, times in names.items() if times > 1] == []


def test_ids_are_unique() -> None:
    assert len({key.id for key in KEYS}) == len(KEYS)


def test_every_key_is_explained() -> None:
    assert [key.id for key in KEYS if not (key.label and key.help and key.action)] == []


def test_no_key_is_taken_by_terminals() -> None:
    names = {name for key in KEYS for name in key.keys}
    assert names & set(TAKEN) == set()
    assert {name for name in names if "+" in name} <= {"ctrl+c", "ctrl+p"}


@pytest.mark.parametrize("scopes", TOGETHER)
def test_the_footer_fits_every_width(scopes: tuple[Scope, ...]) -> None:
    for width in range(20, 161):
        for plain in (False, True):
            assert footer_width(footer(width, *scopes, plain=plain), plain) <= width


def labels(width: int) -> list[str]:
    return [key.label for key in footer(width, *TOGETHER[0])]


def test_the_footer_of_a_usual_terminal() -> None:
    wanted = ["Record", "Stop", "Exclude", "Mark", "Detail", "Filter", "Help", "Quit"]
    assert [label for label in labels(79) if label != "New file"] == wanted


def test_the_narrowest_footer_still_says_how_to_leave() -> None:
    assert labels(39) == ["Record", "Stop", "Help", "Quit"]


def test_ctrl_c_works_before_anything_else() -> None:
    found = [binding for binding in bindings(Scope.EVERYWHERE) if binding.priority]
    assert [binding.key for binding in found] == ["ctrl+c"]
