"""The runtime directory: where running engines and workers have their sockets."""

from __future__ import annotations

import os
from pathlib import Path

RUNTIME_VARIABLE = "ROOMDECK_RUNTIME_DIR"
"""Environment variable that names another runtime directory."""


def runtime_directory() -> Path:
    """Return roomdeck's runtime directory, whether or not it exists.

    Where the session has none (a bare ssh login, a container), one of this user in the
    temporary directory; `RoomFolder.create` sees to it that nobody else can write there.
    """
    chosen = os.environ.get(RUNTIME_VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    session = os.environ.get("XDG_RUNTIME_DIR")
    if session:
        return Path(session) / "roomdeck"
    import tempfile

    return Path(tempfile.gettempdir()) / f"roomdeck-{os.getuid()}"
