"""The README says what is so."""

from pathlib import Path

from roomdeck.tui.dashboard.model.help import readme_table

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_its_keys_are_those_of_the_key_table() -> None:
    assert readme_table() in README


def test_its_pictures_are_there() -> None:
    named = [part.split(")")[0] for part in README.split("](screenshots/")[1:]]
    assert named
    for name in named:
        assert (Path(__file__).parents[2] / "screenshots" / name).is_file()
