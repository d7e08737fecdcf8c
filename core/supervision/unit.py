"""A systemd unit that keeps rooms: its text, and what must hold of one that somebody wrote. Pure.

What is in it follows from that engines and workers outlive who started them: systemd tells only the
one process to end, waits for it, and ends nothing else by itself (systemd.kill(5),
systemd.service(5), systemd.exec(5)).
"""

from __future__ import annotations

import re

import msgspec

NAME = "roomdeck.service"
STOP = 600
"""Seconds that files have to be closed, and to be put right: an hour of a stream takes up to half
a minute of that."""
LEAST_STOP = 60
DESCRIPTORS = 65536
LEAST_DESCRIPTORS = 4096
_RUNTIME = "roomdeck"
_LIMIT = "infinity"
_NETWORK: tuple[str, ...] = (
    "Wants=network-online.target",
    "After=network-online.target time-sync.target",
)
"""What the system's own manager knows of, and a user's does not."""
_SECRET = re.compile(
    r"--(?:turn-)?password[ =]|\bROOMDECK_(?:TURN_)?PASSWORD=|[?&](?:password|pw)=", re.IGNORECASE
)
_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "ms": 0.001}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*")


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit is to run."""

    program: tuple[str, ...]
    """Absolute path of roomdeck, and words that come first."""
    config: str
    """Absolute path of the configuration file."""
    user: str = ""
    """Whom the system runs it as; empty is a unit of a user's own."""


def text(service: Service) -> str:
    """Return a unit."""
    words = [*service.program, "--config", service.config, "rooms"]
    lines: list[str] = [
        "# Written by roomdeck service install, and written anew by it; changes go into a drop-in:",
        f"# systemctl {'' if service.user else '--user '}edit {NAME}",
        "[Unit]",
        "Description=roomdeck records rooms",
        *(_NETWORK if service.user else []),
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={' '.join(map(quoted, words))}",
        "ExecReload=/bin/kill -HUP $MAINPID",
        *_identity(service.user),
        "# Only the one process is told to end: it has engines and workers finish their files.",
        "KillMode=process",
        f"TimeoutStopSec={STOP}",
        "# One worker that runs out of memory is not the end of the others.",
        "OOMPolicy=continue",
        "Restart=on-failure",
        "RestartSec=5",
        f"LimitNOFILE={DESCRIPTORS}",
        "NoNewPrivileges=yes",
        "",
        "[Install]",
        f"WantedBy={'multi-user' if service.user else 'default'}.target",
    ]
    return "\n".join(lines) + "\n"


def _identity(user: str) -> list[str]:
    """Return as whom, and where processes find each other also after a restart."""
    if not user:
        return ["WorkingDirectory=-~"]
    return [
        f"User={user}",
        "WorkingDirectory=-~",
        f"RuntimeDirectory={_RUNTIME}",
        "RuntimeDirectoryMode=0700",
        "RuntimeDirectoryPreserve=yes",
        f"Environment=ROOMDECK_RUNTIME_DIR=/run/{_RUNTIME}",
    ]


def quoted(word: str) -> str:
    """Return a word of a command line as units have it (systemd.syntax(7), systemd.unit(5))."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if re.fullmatch(r"[\w@%+=:,./$~-]+", escaped) else f'"{escaped}"'


def settings(unit: str) -> dict[str, list[str]]:
    """Return what a unit says: values by key, of all sections, in their order.

    An empty value takes back what was said before, and a line that ends with a backslash goes on.
    """
    found: dict[str, list[str]] = {}
    for line in re.sub(r"\\\n", " ", unit).splitlines():
        key, is_setting, value = line.strip().partition("=")
        if not is_setting or line.lstrip().startswith(("#", ";", "[")):
            continue
        if value.strip():
            found.setdefault(key.strip(), []).append(value.strip())
        else:
            found.pop(key.strip(), None)
    return found


def objections(unit: str) -> list[str]:
    """Return what is wrong with a unit that runs roomdeck, in words."""
    said = settings(unit)

    def last(key: str) -> str:
        return said.get(key, [""])[-1]

    found: list[str] = []
    if "roomdeck" not in last("ExecStart"):
        found.append("ExecStart= does not run roomdeck")
    if any(holds_secret(value) for values in said.values() for value in values):
        found.append(
            "there is a password in it, which everybody on this machine can read; "
            "password_file names a file with it"
        )
    if last("KillMode") != "process":
        found.append("KillMode=process is missing: workers are killed with their files open")
    if last("OOMPolicy") != "continue":
        found.append("OOMPolicy=continue is missing: a worker out of memory ends all recordings")
    if last("Type") != "notify":
        found.append("Type=notify is missing: nobody knows when it records")
    if last("Restart") not in ("on-failure", "always", "on-abnormal"):
        found.append("Restart=on-failure is missing: after a crash nobody looks after the rooms")
    stop = seconds(last("TimeoutStopSec"))
    if stop is None or stop < LEAST_STOP:
        found.append(f"TimeoutStopSec={STOP} is missing: files need time to be closed")
    limit = last("LimitNOFILE").split(":")[-1]
    if limit != _LIMIT and (not limit.isdecimal() or int(limit) < LEAST_DESCRIPTORS):
        found.append(f"LimitNOFILE={DESCRIPTORS} is missing: many streams need many sockets")
    if last("RuntimeDirectory") and last("RuntimeDirectoryPreserve") != "yes":
        found.append("RuntimeDirectoryPreserve=yes is missing: a restart would lose the engines")
    if last("PrivateTmp") in ("yes", "true", "1") and "ROOMDECK_RUNTIME_DIR" not in unit:
        found.append("PrivateTmp=yes hides the runtime folder: set ROOMDECK_RUNTIME_DIR as well")
    return found


def holds_secret(words: str) -> bool:
    """Whether there is a password in a command line, in an environment, or in a link."""
    return _SECRET.search(words) is not None


def seconds(span: str) -> float | None:
    """Read a length of time as units have it (systemd.time(7)); ``None``: it is none."""
    if span == _LIMIT:
        return float("inf")
    total, position = 0.0, 0
    while position < len(span):
        match = _SPAN.match(span, position)
        if match is None or match[2] not in _UNITS:
            return None
        total, position = total + float(match[1]) * _UNITS[match[2]], match.end()
    return total if span else None
