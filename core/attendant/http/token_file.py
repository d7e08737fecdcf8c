"""The secret of whoever may ask, and who may read the file that has it."""

from __future__ import annotations

import os
import re
import stat

from ...config import Http
from ...errors import UsageError

SHORTEST = 16
"""Characters."""
_LONGEST_FILE = 4096
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
"""What can be sent as a bearer token (RFC 6750, 2.1)."""
_MAKE = "make one: (umask 077; openssl rand -hex 32 > FILE)"


def read_token(http: Http) -> str:
    """Return what whoever asks has to know; empty where nothing has to be known.

    Raises:
        UsageError: There is none where one is needed, or it is no secret; says what to do.
    """
    if http.token_file:
        return _checked(http.token_file, _read(http.token_file))
    if http.is_local:
        return ""
    raise UsageError(
        f"--http {http.address} can be reached from other machines, and so needs "
        f"--http-token-file FILE with a secret for those who may ask; {_MAKE}"
    )


def _read(path: str) -> str:
    try:
        with open(path, "rb", opener=_at_once) as file:
            _check(path, os.fstat(file.fileno()))
            return file.read(_LONGEST_FILE).decode().split("\n", 1)[0].strip()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the token file {path}: {error}") from None


def _at_once(path: str, flags: int) -> int:
    """Open a file; if it is a pipe, without waiting for who writes into it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _check(path: str, status: os.stat_result) -> None:
    """Refuse a file that somebody else could have read or written.

    One of root may be readable by its group, which is how services are given secrets.
    """
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"the token file {path} is no file")
    if status.st_uid not in (0, os.getuid()):
        raise UsageError(f"the token file {path} belongs to somebody else")
    theirs = 0o037 if status.st_uid == 0 else 0o077
    if status.st_mode & theirs:
        raise UsageError(
            f"the token file {path} can be read or written by others "
            f"(its mode is {stat.S_IMODE(status.st_mode):04o}): chmod 600 {path}"
        )


def _checked(path: str, token: str) -> str:
    if not token:
        raise UsageError(f"the first line of the token file {path} is empty; {_MAKE}")
    if len(token) < SHORTEST:
        raise UsageError(f"the token in {path} has less than {SHORTEST} characters; {_MAKE}")
    if not _TOKEN.fullmatch(token):
        raise UsageError(
            f"the token in {path} has other characters than letters, digits and -._~+/=; {_MAKE}"
        )
    return token
