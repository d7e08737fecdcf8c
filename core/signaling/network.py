"""Addresses of handshake servers, and why they cannot be reached."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus

from ..errors import UsageError
from .fields import NOTICE_LIMIT, shown


def websocket_url(url: str) -> str:
    """Return the URL if it is one of a websocket.

    Raises:
        UsageError: It is not.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"the server {url!r} is no address like wss://host or ws://host:port")
    return url


def is_local(url: str) -> bool:
    """Whether a URL names this machine, which no proxy leads to."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def explain(error: Exception) -> str:
    """Say in words, safe to print, why a websocket ended or could not be opened."""
    match error:
        case InvalidStatus() if error.response.status_code == 503:
            return "HTTP 503: the server takes no more connections from this address"
        case InvalidStatus():
            return f"HTTP {error.response.status_code}: no handshake server at this address"
        case ConnectionClosed() if error.rcvd is not None:
            said = shown(error.rcvd.reason, NOTICE_LIMIT)
            return f"the server closed the connection{said and ': ' + said}"
        case ConnectionClosed():
            return "the connection to the server was lost"
        case TimeoutError():
            return "the server does not answer"
        case ConnectionRefusedError():
            return "nothing listens at the server's address: is it running, is the port right?"
        case socket.gaierror():
            return "the server's name is not known: is it spelt right, is there a network?"
        case _:
            return shown(str(error), NOTICE_LIMIT) or type(error).__name__
