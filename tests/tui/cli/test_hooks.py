"""``[[hooks]]`` in the configuration file."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from roomdeck.core.config import Hook
from roomdeck.core.errors import UsageError
from roomdeck.tui.cli.configuration import configuration
from roomdeck.tui.cli.hooks import with_secrets
from roomdeck.tui.cli.program import roomdeck
from roomdeck.tui.cli.tables import Tables, tables_of

README = Path(__file__).parents[3] / "README.md"


def hooks(tmp_path: Path, text: str) -> tuple[Hook, ...]:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return with_secrets(configuration(str(file), {}).tables.hooks)


ONE = '[[hooks]]\non = ["take.end"]\n'
TWO = ONE + 'command = ["true"]\n' + ONE


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (TWO, "hooks[2]: either command or url is needed, not both"),
        (TWO + 'url = "http://x/"\ncommand = ["x"]', "hooks[2]: either command or url is needed"),
        (TWO + 'url = 5', "hooks[2].url: expected a text in quotes, not a whole number"),
        (TWO + 'url = "ftp://x/"', "hooks[2].url: expected an address like https://host/path"),
        (TWO + 'url = "http:///x"', "hooks[2].url: expected an address like"),
        (TWO + 'url = "http://[::1/"', "hooks[2].url: expected an address like"),
        (TWO + 'url = "http://x:99999/"', "hooks[2].url: expected an address like"),
        (TWO + 'command = "rm -rf x"', "hooks[2].command: expected a list, not a text in quotes"),
        (TWO + 'command = ["x", 5]', "hooks[2].command[2]: expected a text in quotes"),
        (TWO + 'command = [""]', "hooks[2].command: its first text is a program"),
        (TWO + 'command = ["x"]\ntimout = 5', "hooks[2]: no key called 'timout'; did you"),
        (TWO + 'command = ["x"]\ntimeout = 0', "hooks[2].timeout: expected a number > 0"),
        (TWO + 'command = ["x"]\nat_once = 99', "hooks[2].at_once: expected a whole number"),
        (TWO + 'command = ["x"]\nsecret = "hidden"', "hooks[2]: a secret signs what"),
        (TWO + 'url = "http://x/"\nsecret = "hidden"\nsecret_env = "X"', "hooks[2]: one of secret"),
        (TWO + 'url = "http://x/"\nsecret = "whsec_hidden!"', "hooks[2].secret: a secret that"),
        (TWO + 'url = "http://x/"\nsecret_env = "NO_SUCH"', "hooks[2].secret_env: there is no"),
        (TWO + 'url = "http://x/"\nsecret_file = "/none"', "hooks[2].secret_file: cannot read"),
        (TWO + 'url = "http://x/"\nsecret_file = "~nobody-here/x"', "cannot read ~nobody-here"),
        (TWO + 'url = "http://x/"\nsecret_file = "\\u0000"', "hooks[2].secret_file: cannot read"),
        ('[[hooks]]\non = ["take.ned"]\ncommand = ["x"]', "hooks[1].on: there is no event like"),
        ('[[hooks]]\non = ["hook.*"]\ncommand = ["x"]', "hooks[1].on: there is no event like"),
        ('[[hooks]]\non = "take.end"\ncommand = ["x"]', "hooks[1].on: expected a list, not a text"),
        ('[[hooks]]\non = []\ncommand = ["x"]', "hooks[1].on: expected a list of length >= 1"),
        ('[[hooks]]\ncommand = ["x"]', "hooks[1]: on is missing"),
        ('[hooks]\non = ["*"]', "hooks: expected a list of tables; write [[hooks]] in place of"),
        (51 * (ONE + 'command = ["true"]\n'), "hooks: expected a list of length <= 50"),
    ],
)  # fmt: skip
def test_a_wrong_hook_is_told_by_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as error:
        hooks(tmp_path, text)
    assert complaint in str(error.value)
    assert "hidden" not in str(error.value)


def test_secrets_come_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMP_SECRET", "from there")
    file = tmp_path / "secret"
    file.write_text("from a file\nand more\n")
    url = 'url = "http://x/"\n'
    text = f'{ONE}{url}secret_file = "{file}"\n{ONE}{url}secret_env = "LAMP_SECRET"\n{ONE}{url}'
    found = hooks(tmp_path, text)
    assert [hook.secret for hook in found] == ["from a file", "from there", ""]
    assert {(hook.secret_file, hook.secret_env) for hook in found} == {("", "")}
    file.write_text("\n")
    with pytest.raises(UsageError, match=r"hooks\[1\]\.secret_file: the first line of .* is empty"):
        hooks(tmp_path, text)


def test_a_command_can_ask_for_tables(tmp_path: Path) -> None:
    app, seen = typer.Typer(), list[Tables]()
    app.callback()(roomdeck)

    @app.command()
    def show(context: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction]
        seen.append(tables_of(context))

    file = tmp_path / "config.toml"
    file.write_text(ONE + 'command = ["true"]')
    CliRunner().invoke(app, ["--config", str(file), "show"], catch_exceptions=False)
    CliRunner().invoke(app, ["--config", os.devnull, "show"], catch_exceptions=False)
    assert [len(tables.hooks) for tables in seen] == [1, 0]


def example() -> tuple[str, dict[str, str]]:
    """Return the configuration in the README, and its programs by their path."""
    part = README.read_text().split("<!-- hooks -->")[1].split("<!-- end -->")[0]
    config = part.split("```toml\n")[1].split("```")[0]
    programs = re.findall(r"`(/etc/roomdeck/\w+)`.*?```python\n(.*?)```", part, re.DOTALL)
    return config, dict(programs)


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_the_example_of_the_readme_is_a_configuration(tmp_path: Path) -> None:
    config, programs = example()
    secret = tmp_path / "secret"
    secret.write_text("x")
    found = hooks(tmp_path, config.replace("/etc/roomdeck/lamp.secret", str(secret)))
    assert len(found) == 3
    assert {hook.command[0] for hook in found if hook.command} == set(programs)


EVENT = {"type": "alarm.begin", "room": "stage", "text": "alice is silent; is she muted?"}


def test_the_phone_of_the_readme(tmp_path: Path) -> None:
    executable(tmp_path / "phone", example()[1]["/etc/roomdeck/phone"])
    there = tmp_path / "sent"
    executable(
        tmp_path / "apprise",
        f"#!{sys.executable}\nimport json, sys\n"
        f"json.dump(sys.argv[1:], open({str(there)!r}, 'w'))\n",
    )
    run(tmp_path, "phone", EVENT)
    assert json.loads(there.read_text()) == ["-t", "roomdeck: stage", "-b", EVENT["text"]]


def test_the_sound_file_of_the_readme(tmp_path: Path) -> None:
    executable(tmp_path / "mp3", example()[1]["/etc/roomdeck/mp3"])
    take = tmp_path / "stage_alice.mkv"
    tone = ("-f", "lavfi", "-i", "sine=duration=0.2", "-c:a", "libopus")
    subprocess.run(["ffmpeg", "-v", "error", *tone, take], check=True, timeout=30)
    run(tmp_path, "mp3", {"type": "take.end", "file": str(take)})
    assert take.with_suffix(".mp3").stat().st_size > 500


def run(folder: Path, name: str, event: dict[str, str]) -> None:
    path = f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [folder / name],
        input=json.dumps(event).encode(),
        env=os.environ | {"PATH": path},
        check=True,
        timeout=30,
    )
