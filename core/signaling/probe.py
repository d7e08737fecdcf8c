"""One look at a handshake server: whether a websocket opens, without joining anything."""

from __future__ import annotations

import ssl
import time

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from ..errors import JoinError
from .network import explain, is_local, tls_context, websocket_url

PATIENCE = 10.0
"""Seconds that a server has to answer."""


class Opened(msgspec.Struct, frozen=True):
    """A websocket that opened."""

    seconds: float
    """That it took."""
    valid_until: float | None
    """When the server's certificate ends, as seconds since 1970; ``None`` without TLS."""


async def probe(url: str, authorities: str = "") -> Opened:
    """Open a websocket, and close it again.

    Args:
        url: Of the server.
        authorities: A PEM file of certificates to be trusted beside the system's, or nothing.

    Raises:
        JoinError: It does not open; says why.
        UsageError: The URL is none, or the file holds no certificates.
    """
    context = tls_context(websocket_url(url), authorities)
    began = time.monotonic()
    try:
        async with connect(
            url,
            ssl=context,
            open_timeout=PATIENCE,
            close_timeout=1.0,
            proxy=None if is_local(url) else True,
        ) as socket:
            seconds = time.monotonic() - began
            return Opened(seconds, _end(socket.transport.get_extra_info("ssl_object")))
    except (OSError, WebSocketException, UnicodeError, ImportError) as error:
        raise JoinError(explain(error, url)) from None


def _end(tls: ssl.SSLObject | None) -> float | None:
    shown = tls.getpeercert() if tls is not None else None
    end = shown.get("notAfter") if shown else None
    return float(ssl.cert_time_to_seconds(end)) if isinstance(end, str) else None
