"""The README says what is so."""

import re
from pathlib import Path

from roomdeck.core.engine.room.alarms.settings import RULES
from roomdeck.tui.dashboard.model.help import readme_table

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_its_keys_are_those_of_the_key_table() -> None:
    assert readme_table() in README


def test_its_pictures_are_there() -> None:
    named = [part.split(")")[0] for part in README.split("](screenshots/")[1:]]
    assert named
    for name in named:
        assert (Path(__file__).parents[2] / "screenshots" / name).is_file()


def test_the_table_of_alarms_is_what_the_rules_say() -> None:
    rows = [line for line in README.splitlines() if re.match(r"\| `[a-z-]+` \|.* s \|$", line)]
    found = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [(kind, limit, after) for kind, _, limit, after in found] == [
        (
            f"`{kind.value}`",
            f"{rule.limit.usual:g} {rule.limit.unit}" if rule.limit else "",
            f"{rule.after:g} s",
        )
        for kind, rule in RULES.items()
    ]
