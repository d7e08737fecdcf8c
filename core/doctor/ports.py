"""Whether media can come in: receive buffers, UDP ports, descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import secrets
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from .finding import Finding, Grade

_PATIENCE = 1.0
"""Seconds that a datagram has from this machine to itself."""
_PORTS = 1000
"""Of the system's choice: fewer than this are used up by a few dozen streams."""
_DESCRIPTORS = 4096
_OWN = 100
"""Descriptors of a worker without streams."""
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def buffers() -> Finding:
    """Ask for a receive buffer as a recorder does."""
    # Loads aiortc, as they that receive do.
    from ..webrtc.guard import RECEIVE_BUFFER, ask_for_room

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        return judge_buffers(ask_for_room(opened), RECEIVE_BUFFER)


def judge_buffers(granted: int, wanted: int) -> Finding:
    """Say whether what was granted of a receive buffer is enough; in bytes."""
    data = {"granted": granted, "wanted": wanted}
    if granted >= wanted:
        text = f"{granted >> 10} KiB of each socket, as asked for"
        return Finding(check="buffers", grade=Grade.OK, text=text, data=data)
    text = (
        f"{granted >> 10} KiB of each socket in place of {wanted >> 10}: the system drops what "
        "comes in bursts, such as large key frames"
    )
    conf = "/etc/sysctl.d/60-roomdeck.conf"
    mend = f"echo net.core.rmem_max={wanted} | sudo tee {conf} && sudo sysctl -p {conf}"
    if sys.platform != "linux":
        mend = f"sudo sysctl -w kern.ipc.maxsockbuf={wanted * 2}"
    return Finding(check="buffers", grade=Grade.WARNING, text=text, mend=mend, data=data)


async def ports(addresses: Sequence[str]) -> Finding:
    """Open a UDP socket at each of this machine's addresses and send it a datagram from here.

    What a firewall elsewhere does cannot be seen from here.
    """
    deaf: dict[str, str] = {}
    for address in addresses:
        if reason := await _deafness(address):
            deaf[address] = reason
    return judge_ports(addresses, deaf, _port_range())


async def _deafness(address: str) -> str:
    """Return why a datagram does not arrive; empty where it does."""
    loop = asyncio.get_running_loop()
    token = secrets.token_bytes(16)
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with (
            socket.socket(family, socket.SOCK_DGRAM) as hears,
            socket.socket(family, socket.SOCK_DGRAM) as says,
        ):
            for one in (hears, says):
                one.setblocking(False)
                one.bind((address, 0))
            says.sendto(token, hears.getsockname())
            async with asyncio.timeout(_PATIENCE):
                while await loop.sock_recv(hears, 64) != token:
                    continue
    except TimeoutError:
        return "a datagram from this machine to itself does not arrive"
    except OSError as error:
        return error.strerror or str(error)
    return ""


def judge_ports(
    addresses: Sequence[str], deaf: dict[str, str], ports: tuple[int, int] | None
) -> Finding:
    """Say whether UDP works at addresses, and whether there are ports enough."""
    data = {"addresses": list(addresses), "deaf": deaf, "ports": ports}
    if deaf:
        said = "; ".join(f"{address}: {reason}" for address, reason in deaf.items())
        grade = Grade.WRONG if len(deaf) == len(addresses) else Grade.WARNING
        mend = "let UDP in: sudo nft list ruleset, or sudo iptables -S INPUT, says what is dropped"
        return Finding(check="ports", grade=grade, text=f"no UDP at {said}", mend=mend, data=data)
    if all(ip_address(one).is_loopback for one in addresses):
        text = "this machine has no address but its own loopback: only itself can be recorded"
        mend = "ip address, and ip link, say which network is down"
        return Finding(check="ports", grade=Grade.WARNING, text=text, mend=mend, data=data)
    at = f"UDP works at {', '.join(addresses)}"
    if ports and ports[1] - ports[0] + 1 < _PORTS:
        text = f"{at}, but there are {ports[1] - ports[0] + 1} ports only ({ports[0]}-{ports[1]})"
        mend = 'sudo sysctl -w net.ipv4.ip_local_port_range="32768 60999"'
        return Finding(check="ports", grade=Grade.WARNING, text=text, mend=mend, data=data)
    range_ = f", ports {ports[0]} to {ports[1]}" if ports else ""
    text = f"{at}{range_}; a firewall elsewhere shows only when somebody is recorded"
    return Finding(check="ports", grade=Grade.OK, text=text, data=data)


def _port_range() -> tuple[int, int] | None:
    """Return the first and the last port that the system chooses from, where it says so."""
    with contextlib.suppress(OSError, ValueError):
        first, last = map(int, _RANGE.read_text().split())
        return first, last
    return None


def descriptors(addresses: int) -> Finding:
    """Ask how many files and sockets a process of ours may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return judge_descriptors(None if hard == resource.RLIM_INFINITY else hard, addresses)


def judge_descriptors(limit: int | None, addresses: int) -> Finding:
    """Say whether so many are enough; ``None`` is without a limit.

    Args:
        limit: The hard one, to which roomdeck raises its own.
        addresses: Of this machine: a connection has a socket at each.
    """
    data = {"limit": limit, "addresses": addresses}
    if limit is None:
        text = "as many as wanted"
        return Finding(check="descriptors", grade=Grade.OK, text=text, data=data)
    streams = max(0, limit - _OWN) // (max(1, addresses) + 4)
    text = f"{limit} in each process, enough for {streams} streams"
    if limit >= _DESCRIPTORS:
        return Finding(check="descriptors", grade=Grade.OK, text=text, data=data)
    grade = Grade.WARNING if streams >= 4 else Grade.WRONG
    mend = (
        "echo '* hard nofile 65536' | sudo tee /etc/security/limits.d/60-roomdeck.conf, and log in "
        "again; the unit of roomdeck service has its own"
    )
    return Finding(check="descriptors", grade=grade, text=text, mend=mend, data=data)
