"""A cable of our own between the recorder and everybody else, which can be pulled."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator

from ..system import run_tool
from .case import Unavailable


class Cable:
    """Joins a network namespace for the recorder with ours.

    Args:
        number: 0 to 9999; two cables at once must not have the same.
    """

    def __init__(self, number: int) -> None:
        net = f"10.213.{number // 64}.{4 * (number % 64)}".rsplit(".", 1)
        self.host = f"{net[0]}.{int(net[1]) + 1}"
        """Our address."""
        self.far = f"{net[0]}.{int(net[1]) + 2}"
        """That of the recorder."""
        self._name = f"rdeck{number}"
        self.prefix = ("ip", "netns", "exec", self._name)
        """What runs a command on the other side."""

    def lay(self) -> None:
        """Make both ends and plug them in.

        Raises:
            Unavailable: That takes Linux, root and ``ip``.
        """
        if sys.platform != "linux" or os.getuid() != 0:
            raise Unavailable("only root makes network namespaces, on Linux")
        name, near, far = self._name, f"{self._name}a", f"{self._name}b"
        try:
            run_tool("ip", "netns", "add", name)
            run_tool("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
            run_tool("ip", "address", "add", f"{self.host}/30", "dev", near)
            run_tool("ip", "-n", name, "address", "add", f"{self.far}/30", "dev", far)
            run_tool("ip", "-n", name, "link", "set", "lo", "up")
            run_tool("ip", "-n", name, "link", "set", far, "up")
            self.plug()
        except (OSError, subprocess.CalledProcessError) as error:
            self.remove()
            raise Unavailable(f"no network namespace can be made here: {error}") from error

    def pull(self) -> None:
        """Nothing passes any more."""
        run_tool("ip", "link", "set", f"{self._name}a", "down")

    def plug(self) -> None:
        """It passes again."""
        run_tool("ip", "link", "set", f"{self._name}a", "up")

    def remove(self) -> None:
        """Take all of it away."""
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            run_tool("ip", "netns", "delete", self._name)


@contextlib.contextmanager
def cable() -> Generator[Cable]:
    """Lay a cable for as long as the context lasts; raises as `Cable.lay`."""
    laid = Cable(os.getpid() % 10_000)
    laid.lay()
    try:
        yield laid
    finally:
        laid.remove()
