"""Nodes of a Ray cluster on this machine, for tests that end parts of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping, Set
from pathlib import Path
from types import MappingProxyType

from roomdeck.core.cluster import raylib

from .lab import PATIENCE, Lab

HEAD, OTHER = "one", "two"
_HOSTS = {HEAD: "127.0.0.2", OTHER: "127.0.0.3"}
_START = 90.0
"""Seconds that a node of Ray may take on a busy machine."""


class Nodes:
    """A head and a second node, whose files are in folders of their own.

    Args:
        lab: With its runtime folder they end.
        told: Environment variables of both, and of who records on them.
        apart: Each has a runtime folder of its own, as machines have.
    """

    def __init__(
        self, lab: Lab, told: Mapping[str, str] = MappingProxyType({}), *, apart: bool = False
    ) -> None:
        self._lab = lab
        self._apart = apart
        self._told = dict(told)
        self.token = lab.folder / "token"
        self.token.write_text(secrets.token_hex(32))
        self.token.chmod(0o600)
        with socket.create_server((_HOSTS[HEAD], 0)) as free:
            self.address = f"{_HOSTS[HEAD]}:{free.getsockname()[1]}"

    def folder(self, node: str) -> Path:
        """Return where the files of a node are."""
        return self._lab.folder / node

    async def open(self) -> None:
        """Start both."""
        host, _, port = self.address.partition(":")
        folder = self._lab.runtime / "ray"
        await self._start(
            HEAD, "--head", "--include-dashboard=false", f"--port={port}", f"--temp-dir={folder}"
        )
        await self._start(OTHER, f"--address={host}:{port}")

    async def _start(self, node: str, *words: str) -> None:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("ray")),
            "start",
            *words,
            f"--node-name={node}",
            f"--node-ip-address={_HOSTS[node]}",
            "--num-cpus=2",
            "--object-store-memory=80000000",
            env=self._lab.environment | self.environment(node),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), _START)
        assert process.returncode == 0, said.decode()

    def environment(self, node: str) -> dict[str, str]:
        """Return what a node, and whoever records on it, is told."""
        folder = self._lab.runtime / node if self._apart else self._lab.runtime
        return {
            **raylib.environment(str(self.token)),
            "ROOMDECK_RUNTIME_DIR": str(folder),
            "RAY_worker_niceness": "0",
            "ROOMDECK_NODE_OUTPUT": str(self.folder(node)),
            **self._told,
        }

    def processes(self, *words: str) -> list[int]:
        """Return the processes of this lab that have one of these words in their command."""
        found: list[int] = []
        for card in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                command = card.read_text().replace("\0", " ")
                if any(word in command for word in words) and self._is_ours(card.parent):
                    found.append(int(card.parent.name))
        return found

    def _is_ours(self, process: Path) -> bool:
        known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        return os.fsencode(str(self._lab.runtime)) in known

    async def kill(self, *words: str) -> None:
        """End these processes hard, and wait until they are gone."""
        pids = self.processes(*words)
        assert pids, words
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*map(self._lab.gone, pids))

    async def end(self, node: str) -> None:
        """End all that runs on a node that is apart, hard and at one moment, as a power cut does.

        What is about to start anything is stopped first: nothing may be left behind.
        """
        ended = set[int]()
        while found := self._on(node) - ended:
            _tell(found, signal.SIGSTOP)
            ended |= found
        assert ended, node
        _tell(ended, signal.SIGKILL)
        await asyncio.gather(*map(self._lab.gone, ended))

    async def end_ray(self, node: str) -> None:
        """End Ray on a node that is apart, hard, and nothing else there."""
        raylets = self._on(node) & set(self.processes("raylet/raylet"))
        assert raylets, node
        ended = raylets | _descendants(raylets)
        _tell(raylets, signal.SIGKILL)
        await asyncio.gather(*map(self._lab.gone, ended))

    def _on(self, node: str) -> set[int]:
        """Return what runs on a node that is apart, with actors, whose environment Ray hides."""
        mark = os.fsencode(f"ROOMDECK_RUNTIME_DIR={self._lab.runtime / node}")
        marked = set(_marked(mark))
        return marked | _descendants(marked)

    async def bridge(self) -> int:
        """Return the process that an engine has beside it, as soon as there is one."""
        async with asyncio.timeout(PATIENCE):
            # Processes set no event.
            while not (found := self.processes("roomdeck.core.cluster.bridge")):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return found[0]


def _marked(mark: bytes) -> list[int]:
    """Return the processes that have this in their environment."""
    cards = Path("/proc").glob("[0-9]*/environ")
    return [int(card.parent.name) for card in cards if _has(card, mark)]


def _descendants(pids: Set[int]) -> set[int]:
    """Return all that these processes started, and what that did, as far as it has not let go."""
    parents = dict[int, int]()
    for card in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(card.parent.name)] = int(card.read_text().rpartition(")")[2].split()[1])
    found, more = set[int](), set(pids)
    while more:
        more = {pid for pid, parent in parents.items() if parent in more}
        found |= more
    return found


def _tell(pids: Set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _has(environment: Path, mark: bytes) -> bool:
    with contextlib.suppress(OSError):
        return mark in environment.read_bytes().split(b"\0")
    return False
