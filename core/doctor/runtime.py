"""Whether the folder in which processes find each other can be used, and stays."""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import socket
from pathlib import Path

from ..errors import UsageError
from ..ipc.room_folder import RoomFolder
from ..ipc.runtime_folder import RUNTIME_VARIABLE, runtime_directory
from .finding import Finding, Grade

_SESSIONS = "/run/user/"
LINGERING = Path("/var/lib/systemd/linger")
"""Has a file for each user whose processes stay when the last session ends (loginctl(1))."""


def runtime_folder() -> Finding:
    """Make a room's folder and a socket in it, and take both away again."""
    base = runtime_directory()
    try:
        # As long as a room's.
        folder = RoomFolder(base / secrets.token_hex(6))
        folder.create()
        try:
            _listen(folder.control_socket)
        finally:
            with contextlib.suppress(OSError):
                folder.control_socket.unlink(missing_ok=True)
                folder.path.rmdir()
    except (UsageError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        mend = f'mkdir -m 700 "$HOME/.roomdeck" && export {RUNTIME_VARIABLE}="$HOME/.roomdeck"'
        text = f"{base}: {said}"
        return Finding(check="runtime", grade=Grade.WRONG, text=text, mend=mend)
    return judge(base, lingers())


def _listen(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as opened:
        opened.bind(str(path))


def lingers() -> bool:
    """Whether this user's processes and runtime folder stay when the last session ends."""
    return (LINGERING / getpass.getuser()).exists()


def linger_command() -> str:
    """Return what to type so that they stay."""
    return f"sudo loginctl enable-linger {getpass.getuser()}"


def judge(base: Path, lingering: bool) -> Finding:
    """Say whether a folder that can be used stays."""
    data = {"folder": str(base), "lingering": lingering}
    if str(base).startswith(_SESSIONS) and not lingering:
        text = (
            f"{base} is removed when your last login ends: what records then goes on, but is not "
            "found any more"
        )
        mend = linger_command()
        return Finding(check="runtime", grade=Grade.WARNING, text=text, mend=mend, data=data)
    text = f"{base}, for user {os.getuid()} only"
    return Finding(check="runtime", grade=Grade.OK, text=text, data=data)
