"""Tools of the system that only root is given the way to."""

from __future__ import annotations

import os
import subprocess

_PATH = os.environ.get("PATH", os.defpath) + os.pathsep + os.pathsep.join(("/sbin", "/usr/sbin"))


def run_tool(*command: str) -> None:
    """Run a command to its end.

    Raises:
        OSError: There is none of this name.
        subprocess.CalledProcessError: It failed.
    """
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PATH": _PATH})
