"""Machines of our own: namespaces of the network and of processes, at one switch."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import itertools
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Iterable
from pathlib import Path

from roomdeck.core.cluster import raylib

from ..e2e.lab import Lab
from ..system import run_tool
from .case import Scene, Unavailable

HEAD, NODES = "head", ("one", "two")
PORT = 6379
START = 120.0
"""Seconds that Ray may take on a busy machine."""
TRIES = 3
"""How often it is started: it gives itself half a minute, which is little where others are busy."""
_INIT = "import signal; signal.signal(17, signal.SIG_IGN)\nwhile True: signal.pause()"
"""What is the first process of a machine: it lets who died be forgotten."""

_NUMBERS = 10_000
_TRIED = 2
"""How often a process makes machines at most, as a case is tried once more."""
_made = itertools.count()


class Machine:
    """One of them.

    Args:
        name: As Ray is told.
        space: Name of its network namespace.
        port: Its end at the switch.
        host: Its address.
    """

    def __init__(self, name: str, space: str, port: str, host: str) -> None:
        self.name = name
        self.space = space
        self.port = port
        self.host = host
        self._init: subprocess.Popen[bytes] | None = None

    @property
    def prefix(self) -> tuple[str, ...]:
        """What runs a command on it."""
        if self._init is None:
            return ("ip", "netns", "exec", self.space)
        first = _children(self._init.pid)[0]
        return ("nsenter", "-t", str(first), "-n", "-p", "-m", "--")

    def boot(self) -> None:
        """Give it processes of its own, which end together and see no others."""
        apart = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
        command = (*self.prefix, *apart, sys.executable, "-c", _INIT)
        self._init = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        while not _children(self._init.pid):
            assert self._init.poll() is None

    def processes(self) -> list[int]:
        """Return all that run on it, as seen from outside."""
        first = _children(self._init.pid)[0] if self._init else 0
        outside = self._init.pid if self._init else 0
        network = Path(f"/run/netns/{self.space}").stat().st_ino
        return [pid for pid in _of_network(network) if pid not in (first, outside)]

    def lose_power(self) -> None:
        """End all that runs on it at once, and let none of it say goodbye to the network."""
        run_tool("ip", "link", "set", self.port, "down")
        self.die()

    def die(self) -> None:
        """End all that runs on it at once."""
        if self._init is not None:
            self._init.kill()
            self._init.wait()
            self._init = None


def _of_network(network: int) -> Generator[int]:
    for card in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (card / "ns/net").stat().st_ino == network:
                yield int(card.name)


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Machines:
    """A head, on which the engine is, and nodes that record; publishers are outside.

    Args:
        number: 0 to 9999; two at once must not have the same.
    """

    def __init__(self, number: int) -> None:
        net = f"10.{214 + number // 5000}.{number % 250}"
        self.host = f"{net}.1"
        """Our address, and that of the publishers."""
        self._switch = f"rdsw{number}"
        names = (HEAD, *NODES)
        self.by_name = {
            name: Machine(name, f"rd{number}{name}", f"rd{number}p{place}", f"{net}.{place}")
            for place, name in enumerate(names, 2)
        }

    def lay(self) -> None:
        """Make all of them, and the switch.

        Raises:
            Unavailable: That takes Linux, root and ``ip``.
        """
        if sys.platform != "linux" or os.getuid() != 0:
            raise Unavailable("only root makes network namespaces, on Linux")
        try:
            run_tool("ip", "link", "add", self._switch, "type", "bridge")
            run_tool("ip", "address", "add", f"{self.host}/24", "dev", self._switch)
            run_tool("ip", "link", "set", self._switch, "up")
            for one in self.by_name.values():
                self._attach(one)
            for name in NODES:
                self.by_name[name].boot()
        except (OSError, subprocess.CalledProcessError) as error:
            self.remove()
            raise Unavailable(f"no network namespaces can be made here: {error}") from error

    def _attach(self, one: Machine) -> None:
        run_tool("ip", "netns", "add", one.space)
        peer = ("type", "veth", "peer", "name", "eth0", "netns", one.space)
        run_tool("ip", "link", "add", one.port, *peer)
        run_tool("ip", "link", "set", one.port, "master", self._switch, "up")
        inside = ("ip", "-n", one.space)
        run_tool(*inside, "address", "add", f"{one.host}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            run_tool(*inside, "link", "set", link, "up")

    def part(self, *names: str) -> None:
        """Let nothing pass between these; each still reaches the publishers, and they it."""
        self._isolate("on", names)

    def join(self, *names: str) -> None:
        """Let it pass again."""
        self._isolate("off", names)

    def _isolate(self, how: str, names: Iterable[str]) -> None:
        for name in names:
            run_tool("bridge", "link", "set", "dev", self.by_name[name].port, "isolated", how)

    def remove(self) -> None:
        """Take all of it away, and end what runs there."""
        for one in self.by_name.values():
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                one.die()
                for pid in one.processes():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                run_tool("ip", "link", "delete", one.port)
                run_tool("ip", "netns", "delete", one.space)
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            run_tool("ip", "link", "delete", self._switch)


def _number(pid: int, time: int) -> int:
    """Return another number each time: a namespace is gone only some time after it was deleted."""
    return (pid + _NUMBERS // _TRIED * time) % _NUMBERS


def sweep(pid: int) -> None:
    """Take away what a process made that has ended, by whatever."""
    for time in range(_TRIED):
        Machines(_number(pid, time)).remove()


@contextlib.contextmanager
def _machines() -> Generator[Machines]:
    made = Machines(_number(os.getpid(), next(_made)))
    made.lay()
    try:
        yield made
    finally:
        made.remove()


class Cluster:
    """Ray on all of them."""

    def __init__(self, machines: Machines, lab: Lab) -> None:
        self.machines = machines
        self.lab = lab
        self._token = lab.folder / "token"
        self._token.write_text(secrets.token_hex(32))
        self._token.chmod(0o600)
        self.head = machines.by_name[HEAD]

    @property
    def words(self) -> tuple[str, ...]:
        """What has ``record`` use it."""
        address = f"{self.head.host}:{PORT}"
        return ("--cluster", address, "--cluster-token", str(self._token), "--workers", "4")

    async def open(self) -> None:
        """Start it."""
        await self.start_head()
        for name in NODES:
            await self.start(name)

    async def start_head(self) -> None:
        """Start its head, which has no workers."""
        folder = self.lab.runtime / "ray"
        words = ("--head", f"--port={PORT}", f"--temp-dir={folder}", "--num-cpus=0")
        await self._ray(self.head, "start", "--include-dashboard=false", *words)

    async def start(self, name: str) -> None:
        """Start a node, with one worker at most, so that streams are on both."""
        address = f"--address={self.head.host}:{PORT}"
        await self._ray(self.machines.by_name[name], "start", address, "--num-cpus=1")

    async def stop(self, name: str) -> None:
        """``ray stop`` on a node."""
        await self._ray(self.machines.by_name[name], "stop", "--force")

    async def _ray(self, machine: Machine, verb: str, *words: str) -> None:
        for left in reversed(range(TRIES)):
            try:
                return await self._run(machine, verb, *words)
            except AssertionError:
                if not left:
                    raise
                await self.kill(self.of_ray(machine.name))

    async def _run(self, machine: Machine, verb: str, *words: str) -> None:
        where = (
            f"--node-name={machine.name}",
            f"--node-ip-address={machine.host}",
            "--object-store-memory=80000000",
        )
        process = await asyncio.create_subprocess_exec(
            *(*machine.prefix, sys.executable, "-m", "ray.scripts.scripts", verb, *words),
            *(where if verb == "start" else ()),
            env=self.lab.environment | self._environment(machine.name),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), START)
        except TimeoutError:
            raise AssertionError(f"ray {verb} does not end within {START:.0f} s") from None
        if process.returncode:
            raise AssertionError(f"ray {verb}: {said.decode().strip().splitlines()[-1]}")

    def _environment(self, name: str) -> dict[str, str]:
        return {
            **raylib.environment(str(self._token)),
            "RAY_worker_niceness": "0",
            "ROOMDECK_NODE_OUTPUT": str(self.lab.folder / name),
        }

    def of_ray(self, *names: str, words: Iterable[str] = ("/ray/", "ray::", "ray.")) -> list[int]:
        """Return the processes of Ray on these machines that have a word in their command."""
        return [pid for pid in self.processes(*names) if says(pid, words) and not _is_ours(pid)]

    def processes(self, *names: str) -> list[int]:
        """Return all processes on these machines."""
        chosen = names or tuple(self.machines.by_name)
        return [pid for name in chosen for pid in self.machines.by_name[name].processes()]

    async def kill(self, pids: list[int]) -> None:
        """End processes hard, and wait until they are gone."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*map(self.lab.gone, pids))


def says(pid: int, words: Iterable[str]) -> bool:
    """Whether a process has one of these in its command."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return False
    return any(word in command for word in words)


def _is_ours(pid: int) -> bool:
    """Whether it is of roomdeck, and at most started by Ray."""
    return says(pid, ("-m roomdeck.",))


@contextlib.asynccontextmanager
async def cluster(scene: Scene) -> AsyncGenerator[Cluster]:
    """Have Ray on machines of our own for as long as the context lasts.

    Raises:
        Unavailable: There are no namespaces, or no Ray.
    """
    if importlib.util.find_spec("ray") is None:
        raise Unavailable("Ray is not installed: pip install -r requirements-cluster.lock")
    with _machines() as machines:
        head = machines.by_name[HEAD]
        async with scene.lab(machines.host, *head.prefix) as lab:
            made = Cluster(machines, lab)
            await made.open()
            yield made
