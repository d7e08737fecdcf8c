"""``roomdeck service``: a systemd unit for ``roomdeck rooms``."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import platformdirs

from ...core import systemd
from ...core.atomic import replace_file
from ...core.doctor.finding import Finding, Grade
from ...core.doctor.runtime import linger_command, lingers
from ...core.errors import UsageError
from ...core.supervision.supervisor import Room
from ...core.supervision.unit import NAME, Service, holds_secret, objections, text
from ..exits import Exit
from ..lines.printer import narrate
from ..text.words import count
from .doctor import Findings

_SYSTEM = Path("/etc/systemd/system")
_ANALYZE = 30.0
"""Seconds that ``systemd-analyze`` may take."""


def unit_path(system: bool) -> Path:
    """Return where the unit stands, whether or not it does."""
    return (_SYSTEM if system else platformdirs.user_config_path("systemd") / "user") / NAME


def install(rooms: Sequence[Room], config: str, system: bool, user: str) -> Exit:
    """Write the unit, and have systemd begin it.

    Raises:
        UsageError: It cannot be written, or it is not known for whom.
    """
    wanted = Service(program=_program(), config=config, user=_user(system, user))
    path = unit_path(system)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text(wanted).encode(), 0o644)
    except OSError as error:
        how = f"; it wants root: sudo {shlex.join(_program())} service install --system"
        raise UsageError(f"cannot write {path}: {error.strerror}{how if system else ''}") from None
    print(path)
    narrate(f"{count(len(rooms), 'room')} of {config}")
    manager = _systemctl(system)
    begin = [[*manager, "daemon-reload"], [*manager, "enable", "--now", NAME]]
    if not systemd.runs():
        typed = " && ".join(map(shlex.join, begin))
        narrate(f"systemd does not run here; where it does: {typed}")
        return Exit.OK
    for words in begin:
        if not _run(words):
            raise UsageError(f"{shlex.join(words)} failed; roomdeck service check may say why")
    if not system and not lingers():
        narrate(f"so that it begins without a login: {linger_command()}")
    if system:
        narrate(
            f"its engines are those of {wanted.user}: sudo -u {wanted.user} "
            f"ROOMDECK_RUNTIME_DIR=/run/roomdeck {shlex.join(_program())} status"
        )
    return Exit.OK


def remove(system: bool) -> Exit:
    """Have systemd end it, and remove the unit.

    Raises:
        UsageError: There is none, or it cannot be removed.
    """
    path = unit_path(system)
    if not path.exists():
        raise UsageError(f"there is no unit {path}")
    manager = _systemctl(system)
    if systemd.runs() and not _run([*manager, "disable", "--now", NAME]):
        raise UsageError(f"{shlex.join(manager)} disable --now {NAME} failed; nothing was removed")
    try:
        path.unlink()
    except OSError as error:
        raise UsageError(f"cannot remove {path}: {error.strerror}") from None
    if systemd.runs():
        _run([*manager, "daemon-reload"])
    narrate(f"removed {path}")
    return Exit.OK


def check(rooms: Callable[[], Sequence[Room]], config: str, system: bool, as_json: bool) -> Exit:
    """Print what is found of the unit and what it needs; 1 is where something is wrong."""
    findings = Findings(as_json)
    path = unit_path(system)
    for finding in judge_rooms(rooms, config):
        findings.tell(finding)
    try:
        unit = path.read_text(errors="replace")
    except OSError as error:
        mend = _install(system)
        said = f"{path}: {error.strerror}"
        findings.tell(Finding(check="unit", grade=Grade.WRONG, text=said, mend=mend))
        return findings.summary()
    findings.tell(judge_unit(path, unit, system))
    findings.tell(verify(unit, system))
    findings.tell(_manager(system))
    if not system:
        findings.tell(judge_lingering(lingers()))
    return findings.summary()


def judge_unit(path: Path, unit: str, system: bool = False) -> Finding:
    """Say whether a unit is as recordings need it."""
    wrong = objections(unit)
    if wrong:
        said = f"{path}: {'; '.join(wrong)}"
        mend = f"{_install(system)} writes it anew"
        return Finding(check="unit", grade=Grade.WRONG, text=said, mend=mend)
    return Finding(check="unit", grade=Grade.OK, text=f"{path} is as recordings need it")


def verify(unit: str, system: bool) -> Finding:
    """Have systemd read a unit."""
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        said = "systemd-analyze is not here: the unit is checked by roomdeck's own rules only"
        return Finding(check="syntax", grade=Grade.OK, text=said)
    with tempfile.TemporaryDirectory(prefix="roomdeck-") as folder:
        copy = Path(folder) / NAME
        copy.write_text(unit)
        scope = "--system" if system else "--user"
        words = [analyze, scope, "--man=no", "--recursive-errors=no", "verify", str(copy)]
        # A login without a session has no runtime folder, and systemd wants one to read a user's.
        environment = {"XDG_RUNTIME_DIR": folder, **os.environ}
        try:
            done = subprocess.run(
                words,
                capture_output=True,
                text=True,
                timeout=_ANALYZE,
                env=environment,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            said = f"systemd-analyze did not answer: {error}"
            return Finding(check="syntax", grade=Grade.OK, text=said)
    about = [line for line in done.stderr.splitlines() if NAME in line]
    if about:
        said = "; ".join(about)
        mend = f"{_install(system)} writes it anew"
        return Finding(check="syntax", grade=Grade.WRONG, text=said, mend=mend)
    if done.returncode:
        said = f"systemd-analyze could not read it: {done.stderr.strip()[-200:]}"
        return Finding(check="syntax", grade=Grade.WARNING, text=said)
    return Finding(check="syntax", grade=Grade.OK, text="systemd-analyze verify has no complaint")


def judge_lingering(lingering: bool) -> Finding:
    """Say whether a user's service begins at boot and stays after a logout."""
    if lingering:
        return Finding(check="lingering", grade=Grade.OK, text="it runs without a login")
    said = "it ends when you log out, and does not begin at boot"
    return Finding(check="lingering", grade=Grade.WARNING, text=said, mend=linger_command())


def judge_rooms(rooms: Callable[[], Sequence[Room]], config: str) -> Iterator[Finding]:
    """Say which rooms there are, and whether their secrets are."""
    try:
        found = rooms()
    except UsageError as error:
        yield Finding(check="rooms", grade=Grade.WRONG, text=str(error), mend=f"edit {config}")
        return
    said = "; ".join(f"{room.name} {room.times}" for room in found)
    yield Finding(check="rooms", grade=Grade.OK, text=said)
    for path in _secrets(Path(config)):
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            said = f"{path} holds secrets, and others than its owner may use it"
            mend = shlex.join(["chmod", "600", str(path)])
            yield Finding(check="secrets", grade=Grade.WARNING, text=said, mend=mend)


def _secrets(config: Path) -> Iterator[Path]:
    """Yield the files that hold secrets: those that are named, and the file itself."""
    tables = [tomllib.loads(config.read_text())]
    seen: set[Path] = set()
    while tables:
        for key, value in tables.pop().items():
            for inner in cast(list[object], value) if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    tables.append(cast(dict[str, Any], inner))
            if isinstance(value, str):
                seen.update(_holding(config, key.replace("-", "_"), value))
    yield from sorted(seen)


def _holding(config: Path, name: str, value: str) -> Iterator[Path]:
    """Yield the file that holds the secret that an option gives, if it gives one."""
    if name.endswith(("password", "secret")):
        if value not in ("", "false"):
            yield config
    elif holds_secret(value):
        yield config
    elif name.endswith(("password_file", "secret_file")):
        file = Path(value).expanduser()
        if file.is_file():
            yield file


def _manager(system: bool) -> Finding:
    manager = shlex.join(_systemctl(system))
    if not systemd.runs():
        said = "systemd does not run here: whether the service does cannot be said"
        return Finding(check="running", grade=Grade.WARNING, text=said)
    words = [*_systemctl(system), "show", NAME, "-p", "ActiveState,UnitFileState,StatusText"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_ANALYZE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        said = f"{manager} does not answer: {error}"
        return Finding(check="running", grade=Grade.WARNING, text=said)
    lines = [line.split("=", 1) for line in done.stdout.splitlines() if "=" in line]
    return judge_state(dict(lines), manager)


def judge_state(state: dict[str, str], manager: str) -> Finding:
    """Say whether systemd runs it, by what ``systemctl show`` says."""
    active, enabled = state.get("ActiveState", ""), state.get("UnitFileState", "")
    if active != "active":
        said = f"it does not run: {active or 'unknown'}"
        mend = f"{manager} enable --now {NAME}, and {manager} status {NAME} says why"
        return Finding(check="running", grade=Grade.WRONG, text=said, mend=mend)
    if enabled != "enabled":
        said = "it runs, and will not at the next boot"
        mend = f"{manager} enable {NAME}"
        return Finding(check="running", grade=Grade.WARNING, text=said, mend=mend)
    said = f"it runs: {state.get('StatusText') or 'active'}"
    return Finding(check="running", grade=Grade.OK, text=said)


def _program() -> tuple[str, ...]:
    """Return how this very roomdeck is called."""
    beside = Path(sys.executable).with_name("roomdeck")
    return (str(beside),) if os.access(beside, os.X_OK) else (sys.executable, "-m", "roomdeck.tui")


def _user(system: bool, user: str) -> str:
    if not system:
        if user:
            raise UsageError("--as is for --system; a unit of a user's own runs as that user")
        return ""
    user = user or os.environ.get("SUDO_USER", "")
    if not user:
        raise UsageError("as whom? roomdeck service install --system --as USER")
    try:
        pwd.getpwnam(user)
    except KeyError:
        raise UsageError(f"there is no user {user!r}: --as takes one that is") from None
    return user


def _install(system: bool) -> str:
    return f"roomdeck service install{' --system' if system else ''}"


def _systemctl(system: bool) -> list[str]:
    return ["systemctl"] if system else ["systemctl", "--user"]


def _run(words: Sequence[str]) -> bool:
    return subprocess.run(words, check=False).returncode == 0
