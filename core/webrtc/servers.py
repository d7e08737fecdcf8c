"""STUN and TURN servers, as they are configured: none is ever added."""

from __future__ import annotations

from aiortc import RTCIceServer
from aiortc.rtcicetransport import parse_stun_turn_uri

from ..config import IceConfig
from ..errors import UsageError


def ice_servers(config: IceConfig) -> list[RTCIceServer]:
    """The servers of a configuration, as aiortc wants them.

    Raises:
        UsageError: A URL cannot be used.
    """
    servers: list[RTCIceServer] = []
    if config.stun:
        servers.append(RTCIceServer(_server_url(config.stun, "stun")))
    if config.turn:
        url = _server_url(config.turn.url, "turn")
        servers.append(RTCIceServer(url, config.turn.username, config.turn.password))
    return servers


def _server_url(text: str, scheme: str) -> str:
    """``stun://host`` and a bare ``host:port`` are understood too."""
    url = text.replace("://", ":", 1)
    url = url if url.startswith((f"{scheme}:", f"{scheme}s:")) else f"{scheme}:{url}"
    try:
        parse_stun_turn_uri(url)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a {scheme.upper()} server's URL: {error}") from error
    return url
