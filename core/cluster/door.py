"""The way into a worker over the network: only who knows the token gets a word in.

Before that there are two HTTP requests and nothing else, whose size and time `websockets` bounds:
the first is refused with a challenge, the second answers it, and the response to that shows that
the worker knows the token as well. What is said afterwards is neither encrypted nor signed
unless Ray's connections are (`core/cluster/tls.py`): networks that strangers share need that, or a
tunnel (docs/cluster.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.http11 import Request, Response

from ..errors import ProtocolError, UsageError
from ..ipc import worker_messages
from .cards import Here, WorkerCard, card_path
from .tls import context
from .token import Side, proof, proves, read_token

CHALLENGE, NONCE, PROOF = "Roomdeck-Challenge", "Roomdeck-Nonce", "Roomdeck-Proof"
ANSWER_WITHIN = 10.0
"""Seconds for which a challenge holds."""
OPEN = 256
"""Challenges at a time; the oldest goes first."""
REACH = 3.0
"""Seconds that a worker may take to answer who connects."""
BEHIND = 1 << 22
"""Bytes that wait to be sent before who sends waits as well: none does for a node that is out of
reach, until that is known."""
COMPRESSION = "deflate"
"""Reports of many streams are much alike, and packing them takes half a millisecond a second for
sixteen. The bounds of what is said hold for what was unpacked."""
PING, PONG = 1.0, 3.0
"""Seconds between two signs of life of an engine, and for the answer: within both together one that
is out of reach is known to be."""


class Doorkeeper:
    """Admits who answers a challenge."""

    def __init__(self, token: str, now: Callable[[], float] = time.monotonic) -> None:
        self._token = token
        self._now = now
        self._open: dict[str, float] = {}
        """Challenges, and until when they hold."""

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return why a request is refused; ``None``: it is not."""
        challenge, nonce, shown = (
            request.headers.get(name, "") for name in (CHALLENGE, NONCE, PROOF)
        )
        holds = self._open.pop(challenge, 0.0) > self._now()
        if holds and proves(shown, self._token, Side.ENGINE, challenge, nonce):
            return None
        refusal = connection.respond(HTTPStatus.UNAUTHORIZED, "")
        refusal.headers[CHALLENGE] = self._new()
        return refusal

    def show(self, _: ServerConnection, request: Request, response: Response) -> Response:
        """Show who was admitted that the token is known here, too."""
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            challenge, nonce = request.headers[CHALLENGE], request.headers[NONCE]
            response.headers[PROOF] = proof(self._token, Side.WORKER, challenge, nonce)
        return response

    def _new(self) -> str:
        while len(self._open) >= OPEN:
            del self._open[next(iter(self._open))]
        challenge = secrets.token_hex(16)
        self._open[challenge] = self._now() + ANSWER_WITHIN
        return challenge


@contextlib.asynccontextmanager
async def door(
    here: Here,
    socket: Path,
    number: int,
    pid: int,
    serve_engine: Callable[[ServerConnection], Awaitable[None]],
) -> AsyncGenerator[WorkerCard]:
    """Serve engines over the network, and leave a card beside the worker's socket meanwhile.

    Raises:
        UsageError: There is no token, or no port.
    """
    keeper = Doorkeeper(read_token(Path(here.token_file)))
    server = await listen(here, keeper, serve_engine)
    card = WorkerCard(here.node, number, pid, here.host, port_of(server))
    path = card_path(socket)
    written = path.with_suffix(".new")
    written.write_bytes(msgspec.json.encode(card))
    written.rename(path)
    try:
        async with server:
            yield card
    finally:
        path.unlink(missing_ok=True)


async def knock(
    card: WorkerCard, token: str, term: float = 0.0, ping: float | None = PING
) -> ClientConnection:
    """Connect with a worker.

    Args:
        card: Where it is.
        token: Of the cluster.
        term: When the engine began that does, Unix time.
        ping: Seconds between two signs of life; ``None``: who knocks sees to them.

    Raises:
        OSError: Nobody is there, or not within `REACH`.
        ProtocolError: Somebody is there who does not know the token, or says we do not.
    """
    try:
        async with asyncio.timeout(2 * REACH):
            challenge, nonce = await _challenge(card), secrets.token_hex(16)
            shown = proof(token, Side.ENGINE, challenge, nonce)
            told = {CHALLENGE: challenge, NONCE: nonce, PROOF: shown}
            socket = await _connect(card, told | {worker_messages.TERM: str(term)}, ping)
    except (InvalidHandshake, ssl.SSLError) as error:
        raise ProtocolError(f"the worker at {card.host}:{card.port} refuses: {error}") from None
    shown = socket.response.headers.get(PROOF, "") if socket.response else ""
    if proves(shown, token, Side.WORKER, challenge, nonce):
        return socket
    await socket.close()
    raise ProtocolError(f"who answers at {card.host}:{card.port} does not know the token")


async def _challenge(card: WorkerCard) -> str:
    try:
        socket = await _connect(card, {})
    except InvalidStatus as refusal:
        return refusal.response.headers.get(CHALLENGE, "")
    await socket.close()
    raise ProtocolError(f"who answers at {card.host}:{card.port} lets everybody in")


async def _connect(
    card: WorkerCard, headers: dict[str, str], ping: float | None = PING
) -> ClientConnection:
    host = f"[{card.host}]" if ":" in card.host else card.host
    tls = context(ssl.Purpose.SERVER_AUTH)
    return await connect(
        f"{'wss' if tls else 'ws'}://{host}:{card.port}/",
        ssl=tls,
        additional_headers=headers,
        max_size=worker_messages.MAX_NEWS,
        proxy=None,
        compression=COMPRESSION,
        open_timeout=REACH,
        close_timeout=REACH,
        ping_interval=ping,
        ping_timeout=PONG,
        write_limit=BEHIND,
    )


async def listen(
    here: Here, keeper: Doorkeeper, serve_engine: Callable[[ServerConnection], Awaitable[None]]
) -> Server:
    """Begin to serve who is admitted.

    Raises:
        UsageError: There is no port.
    """
    tls = context(ssl.Purpose.CLIENT_AUTH)
    first, last = here.ports
    refused = OSError("the first port is after the last one")
    for port in range(first, last + 1):
        try:
            return await serve(
                serve_engine,
                here.host,
                port,
                ssl=tls,
                process_request=keeper.admit,
                process_response=keeper.show,
                server_header=None,
                max_size=worker_messages.MAX_FRAME,
                compression=COMPRESSION,
                open_timeout=REACH,
                close_timeout=1.0,
            )
        except OSError as error:
            refused = error
    raise UsageError(f"no port of {first}-{last} is to be had at {here.host}: {refused}")


def port_of(server: Server) -> int:
    """Return the port that a server has."""
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port
