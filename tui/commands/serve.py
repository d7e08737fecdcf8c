"""``roomdeck serve``: the embedded handshake server, until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shlex
from pathlib import Path

import platformdirs

from ...core.errors import UsageError
from ...core.server.app import RunningServer, serve
from ...core.server.limits import Limits
from ...core.server.selfmade import lasting_names, machine_addresses, names_of, self_made
from ...core.server.tls import KeyPair, ServerTls, read_certificates
from ...core.signals import on_stop
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import json_line

_EVERYWHERE = ("", "0.0.0.0", "::")
_LOOK_AGAIN = 3600.0
"""Seconds after which a certificate that was renewed is noticed."""


class Certificate:
    """What guests are shown, and whether they must be told to accept it."""

    def __init__(self, tls: ServerTls, made_here: bool) -> None:
        self.tls = tls
        self.made_here = made_here


def certificate(
    made_here: bool, cert: Path | None, key: Path | None, host: str
) -> Certificate | None:
    """Return the certificate that was asked for; ``None`` is a server without TLS.

    Raises:
        UsageError: It cannot be used, or the options contradict each other; says what to do.
    """
    if made_here and (cert or key):
        raise UsageError("--tls makes a certificate: leave it out, or --tls-cert and --tls-key")
    if key and not cert:
        raise UsageError("a key needs its certificate: --tls-cert FILE")
    if cert:
        files = KeyPair(cert.absolute(), (key or cert).absolute())
        return Certificate(ServerTls(lambda: files), made_here=False)
    if not made_here:
        return None
    folder = platformdirs.user_data_path("roomdeck") / "tls"
    return Certificate(ServerTls(lambda: self_made(folder, lasting_names(host))), made_here=True)


async def run_server(
    host: str, port: int, limits: Limits, shown: Certificate | None, as_json: bool
) -> Exit:
    """Serve until SIGINT or SIGTERM.

    Raises:
        UsageError: The port cannot be opened.
    """
    done = asyncio.Event()
    on_stop(done.set)
    try:
        async with serve(host, port, limits, shown.tls.context if shown else None) as server:
            _announce(server, host, shown, as_json)
            while not await _comes(done, _LOOK_AGAIN):
                if shown is not None:
                    await asyncio.to_thread(_refresh, shown.tls)
    except OSError as error:
        other = "--port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "--host"
        raise UsageError(
            f"cannot listen at {host}:{port}: {error.strerror}; choose another {other}"
        ) from None
    return Exit.OK


async def _comes(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, for so long at most; return whether it came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _refresh(tls: ServerTls) -> None:
    try:
        tls.refresh()
    except UsageError as error:
        narrate(f"still using the certificate as it was: {error}")


def _announce(server: RunningServer, host: str, shown: Certificate | None, as_json: bool) -> None:
    if as_json:
        said = {"type": "server", "url": server.url}
        said |= {"certificate": str(shown.tls.files.certificate)} if shown else {}
        print(json_line(said), flush=True)
    else:
        print(server.url, flush=True)
    narrate("\n".join([*directions(server.url, host, server.port, shown), "ctrl-c ends it"]))


def directions(url: str, host: str, port: int, shown: Certificate | None) -> list[str]:
    """Return what people have to type and click to use a server, line by line."""
    if shown is None:
        return [
            f"recorders and publishers: --server {url}",
            "VDO.Ninja pages use no server without TLS: start this one with --tls, or with a "
            "certificate (--tls-cert), or put a proxy that has one in front",
        ]
    files = shown.tls.files
    certified = [] if shown.made_here else _certified(files)
    places = [_place(one, port) for one in certified or _hosts(host)]
    trust = f" --tls-ca {shlex.quote(str(files.certificate))}" if shown.made_here else ""
    lines = [f"recorders and publishers: --server wss://{places[0]}{trust}"]
    if shown.made_here:
        lines.append(
            f"every guest, once: open https://{places[0]}/, and accept the certificate "
            "(Advanced, then go on) until it says Connected"
        )
    lines.append(f"VDO.Ninja pages: add &wss2={places[0]}")
    if len(places) > 1:
        lines.append(f"this machine is also {', '.join(places[1:])}")
    if host not in _EVERYWHERE:
        lines.append(f"only {host} is listened at; --host 0.0.0.0 lets other machines in")
    lines.append(f"the certificate {files.certificate} is valid until {shown.tls.expires:%Y-%m-%d}")
    return lines


def _certified(files: KeyPair) -> list[str]:
    """Return the host names that a certificate is for, without those that stand for many."""
    names = names_of(read_certificates(files.certificate)[0])
    return sorted(name for name in names.hosts if "*" not in name)


def _hosts(host: str) -> list[str]:
    """Return what others can call a server that listens at a host, best first."""
    if host not in _EVERYWHERE:
        return [host]
    found = machine_addresses()
    return [str(one) for one in found if one.version == 4 or host != "0.0.0.0"] or ["127.0.0.1"]


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
