"""Hooks as the configuration file has them, with their secrets from wherever they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from ...core.attendant.hooks.signature import key_of
from ...core.config import Hook
from ...core.errors import UsageError
from .options import first_line


def with_secrets(hooks: Sequence[Hook]) -> tuple[Hook, ...]:
    """Return hooks whose secrets are in them.

    Raises:
        UsageError: One cannot be read, or is none; names the place.
    """
    return tuple(_with_secret(f"hooks[{number}]", hook) for number, hook in enumerate(hooks, 1))


def _with_secret(where: str, hook: Hook) -> Hook:
    if hook.secret_file:
        where = f"{where}.secret_file"
        path = hook.secret_file
        secret = first_line(Path(os.path.expanduser(path)), f"{where}: cannot read {path}")
        if not secret:
            raise UsageError(f"{where}: the first line of {path} is empty")
    elif hook.secret_env:
        where = f"{where}.secret_env"
        secret = os.environ.get(hook.secret_env, "")
        if not secret:
            raise UsageError(f"{where}: there is no {hook.secret_env} in the environment")
    else:
        where, secret = f"{where}.secret", hook.secret
    try:
        key_of(secret)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
    return replace(hook, secret=secret, secret_file="", secret_env="")
