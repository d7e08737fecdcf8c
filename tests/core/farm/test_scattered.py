"""A session whose takes are on nodes is planned as if all of them were here."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.errors import UsageError
from roomdeck.core.farm.delivery import check_wish
from roomdeck.core.farm.scattered import find_scattered, scattered
from roomdeck.core.recording.sidecar import Sidecar, Whereabouts

from .sessions import INFO, take

HERE = Path("/rec/room.json")


def test_takes_have_the_names_that_collect_gives_them() -> None:
    takes = (
        take("a", "a.ts"),
        take("b", "/disk/b.ts", node="box1"),
        take("b", "/disk/b.ts", node="box2"),
        take("c", "../other/c.ts"),
    )
    removed = Whereabouts(file="/disk/d.ts", on="box1", removed=1.0)
    takes = (*takes, take("d", "/disk/d.ts", node="box1"))
    found = scattered(HERE, Sidecar(session=INFO, takes=takes, whereabouts=(removed,)))
    assert found.origins == {
        Path("/rec/a.ts"): ("", "/rec/a.ts"),
        Path("/rec/b.ts"): ("box1", "/disk/b.ts"),
        Path("/rec/b-box2.ts"): ("box2", "/disk/b.ts"),
        Path("/rec/c.ts"): ("", "/other/c.ts"),
    }
    assert {clip.file for one in found.session.people for clip in one.clips} == {*found.origins}
    assert found.session.left_out == ("/disk/d.ts was removed from box1",)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(PRESETS["edit"], rough=("grid",)),
        Wish(PRESETS["edit"], check=True),
        Wish(PRESETS["edit"], timeline_of_masters=True),
    ],
)
def test_what_needs_takes_here_is_refused_where_they_are_not(wish: Wish) -> None:
    here = scattered(HERE, Sidecar(session=INFO, takes=(take("a", "a.ts"),)))
    check_wish(here, wish)
    there = scattered(HERE, Sidecar(session=INFO, takes=(take("a", "/a.ts", node="box1"),)))
    check_wish(there, Wish(PRESETS["edit"]))
    with pytest.raises(UsageError, match="roomdeck collect"):
        check_wish(there, wish)


def test_without_a_json_file_nobody_knows_where_takes_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no JSON file"):
        find_scattered(tmp_path)
