"""Addresses of handshake servers, and why they cannot be reached."""

from __future__ import annotations

import socket
import ssl
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

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


def tls_context(url: str, authorities: str = "") -> ssl.SSLContext | None:
    """Return what checks the server of a URL; ``None`` where it has no TLS.

    Args:
        url: Of a websocket.
        authorities: A PEM file of certificates to be trusted beside the system's; a server's own
            will do.

    Raises:
        UsageError: The file cannot be used; says what it should be.
    """
    if not authorities:
        return ssl.create_default_context() if url.startswith("wss://") else None
    try:
        text = Path(authorities).read_text("ascii")
    except OSError as error:
        raise UsageError(
            f"cannot read the certificate {authorities}: {error.strerror}; --tls-ca takes a file"
        ) from None
    except UnicodeDecodeError:
        text = ""
    context = ssl.create_default_context()
    # So that a server's certificate vouches for itself, as from Python 3.13 on.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise UsageError(
            f"{authorities} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----); "
            "--tls-ca takes that of the server or of the authority that signed it"
        ) from None
    return context if url.startswith("wss://") else None


def is_local(url: str) -> bool:
    """Whether a URL names this machine, which no proxy leads to."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def explain(error: Exception, url: str) -> str:
    """Say in words, safe to print, why a websocket at a URL ended or could not be opened."""
    match error:
        case ssl.SSLCertVerificationError():
            return _mistrust(error)
        case ssl.SSLError() if error.reason in _NO_TLS:
            return f"the server has no TLS at this port: {_WITHOUT}"
        case ssl.SSLError():
            return f"TLS failed: {shown(error.reason or str(error), NOTICE_LIMIT)}"
        case ConnectionResetError() if url.startswith("wss://"):
            return (
                "the server cut the connection before it was secure. If it has no TLS at this "
                f"port: {_WITHOUT}"
            )
        case InvalidMessage() if url.startswith("ws://"):
            return (
                "what listens there is no websocket server, or one with TLS: for that write wss:// "
                "in place of ws://"
            )
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


_NO_TLS = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
"""How OpenSSL's versions call an answer that is no TLS."""
_WITHOUT = "write ws:// in place of wss://, or start it with a certificate (roomdeck serve --tls)"
_UNKNOWN = (18, 19, 20, 21)
"""X509_V_ERR_… of what is self-signed, or signed by an authority that is not known."""


def _mistrust(error: ssl.SSLCertVerificationError) -> str:
    """Say why a server's certificate is not believed, and what to do."""
    match error.verify_code:
        case code if code in _UNKNOWN:
            return (
                "nobody whom this machine trusts vouches for the server's certificate. If the "
                "server is yours, name its certificate: --tls-ca FILE (roomdeck serve --tls says "
                "which file)"
            )
        case 10:
            return (
                "the server's certificate has expired: it must be renewed there (or this "
                "machine's clock is wrong)"
            )
        case 9:
            return "the server's certificate is not valid yet: is this machine's clock right?"
        case 62 | 64:
            return (
                "the server's certificate is for other names than the one in --server: write one "
                "that it is for"
            )
        case _:
            said = shown(error.verify_message, NOTICE_LIMIT)
            return f"the server's certificate cannot be trusted: {said}"
