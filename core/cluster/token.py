"""The token that all in a cluster know, and how one shows to know it without saying it."""

from __future__ import annotations

import hashlib
import hmac
import os
from enum import StrEnum
from pathlib import Path

from ..errors import UsageError

VARIABLE = "RAY_AUTH_TOKEN_PATH"
"""Ray's own environment variable for the path of its token; roomdeck uses the same file."""
SHORTEST = 32
"""Characters."""
_HOW = (
    "make one once, and copy it to every node:\n"
    "  (umask 077; mkdir -p {folder}; python3 -c 'import secrets; print(secrets.token_hex(32))' "
    "> {path})"
)


class Side(StrEnum):
    """Who shows that it knows the token: what one side says is of no use to play the other."""

    ENGINE = "engine"
    WORKER = "worker"


def token_path(chosen: str = "") -> Path:
    """Return where the token is: as chosen, or where Ray looks for its own."""
    named = chosen or os.environ.get(VARIABLE) or "~/.ray/auth_token"
    return Path(named).expanduser().absolute()


def read_token(path: Path) -> str:
    """Return the token.

    Raises:
        UsageError: There is none, others may read it, or it is too short; says how to make one.
    """
    try:
        mode, token = path.stat().st_mode, path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"no token of the cluster in {path}: {reason}; {_how(path)}") from None
    if mode & 0o077:
        raise UsageError(f"others can read the token of the cluster: chmod 600 {path}")
    if len(token) < SHORTEST:
        raise UsageError(f"the token in {path} is shorter than {SHORTEST} characters; {_how(path)}")
    return token


def proof(token: str, side: Side, challenge: str, nonce: str) -> str:
    """Return what shows that a side knows the token, hexadecimal.

    Args:
        token: As in the file.
        side: Whose proof it is.
        challenge: What the worker made up.
        nonce: What the engine made up.
    """
    said = "\0".join(("roomdeck", side, challenge, nonce))
    return hmac.new(token.encode(), said.encode(), hashlib.sha256).hexdigest()


def proves(shown: str, token: str, side: Side, challenge: str, nonce: str) -> bool:
    """Whether a proof is right, in a time that tells nothing of it."""
    right = proof(token, side, challenge, nonce)
    return hmac.compare_digest(shown.encode("utf-8", "replace"), right.encode())


def _how(path: Path) -> str:
    return _HOW.format(folder=path.parent, path=path)
