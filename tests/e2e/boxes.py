"""Nodes of a cluster on this machine without Ray: what stands for it is in ``made_up``."""

from __future__ import annotations

import json
import os
import secrets
import signal
from pathlib import Path
from typing import Any

from .lab import Command, Lab

MADE_UP = Path(__file__).with_name("made_up")


class Boxes:
    """Nodes of one machine, each with a folder for its files.

    Args:
        lab: Records on them.
        names: Of the nodes.
        folders: Where files are, of nodes that have another folder than one of the lab.
    """

    def __init__(self, lab: Lab, *names: str, **folders: Path) -> None:
        self._lab = lab
        self._folders = folders
        self._list = lab.folder / "nodes.json"
        self._token = lab.folder / "token"
        self._token.write_text(secrets.token_hex(32))
        self._token.chmod(0o600)
        self._nodes = {name: self._node(name) for name in names}
        self._write()

    def folder(self, node: str) -> Path:
        """Return where the files of a node are."""
        return self._folders.get(node) or self._lab.folder / node

    async def record(self, *words: str) -> Command:
        """Start a recorder on them, and wait until it is in the room."""
        return await self._lab.record(
            *("--cluster", "box:6379", "--cluster-token", str(self._token), "--workers", "4"),
            *words,
            PYTHONPATH=str(MADE_UP),
            MADE_UP_NODES=str(self._list),
        )

    def remove(self, node: str) -> None:
        """Have it be gone for Ray."""
        del self._nodes[node]
        self._write()

    def workers(self, node: str) -> list[int]:
        """Return the processes of the workers of a node."""
        found: list[int] = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes().decode().split("\0")
            except (OSError, UnicodeDecodeError):
                continue
            mine = f'"output":"{self.folder(node)}"'
            if "--node" in command and any(mine in word for word in command):
                found.append(int(path.parent.name))
        return found

    async def kill(self, node: str) -> None:
        """End all that runs on a node, hard, and the node with it."""
        self.remove(node)
        pids = self.workers(node)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            await self._lab.gone(pid)

    def _node(self, name: str) -> dict[str, Any]:
        return {
            "NodeName": name,
            "NodeManagerAddress": "127.0.0.1",
            "NodeID": f"id-{name}",
            "Alive": True,
            "Resources": {"CPU": 2.0, "node:127.0.0.1": 1.0},
            "Labels": {"rack": f"rack-{name}", "ray.io/node-id": "x"},
            "environment": {"ROOMDECK_NODE_OUTPUT": str(self.folder(name))},
        }

    def _write(self) -> None:
        new = self._list.with_suffix(".new")
        new.write_text(json.dumps(list(self._nodes.values())))
        new.rename(self._list)
