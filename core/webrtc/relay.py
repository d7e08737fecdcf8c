"""Whether a relay (TURN, RFC 8656) gives an address."""

from __future__ import annotations

import asyncio
from typing import cast

from aioice import stun, turn
from aiortc.rtcicetransport import connection_kwargs

from ..config import IceConfig, TurnServer
from ..errors import JoinError
from .servers import ice_servers

PATIENCE = 10.0
"""Seconds that a relay has to answer."""
_REFUSED = {
    401: "it does not know this user, or not with this password",
    403: "it forbids this",
    437: "it has an address for this port already",
    441: "it has an address for somebody else's credentials",
    486: "this user has as many addresses as it may",
    508: "it has no addresses left",
}
"""RFC 8656, 19, and RFC 8489, 14.8."""


class _Ended(asyncio.DatagramProtocol):
    """Says when the address was given back."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.event.set()


async def allocate(server: TurnServer) -> tuple[str, int]:
    """Ask a relay for an address, and give it back.

    Returns:
        The address.

    Raises:
        JoinError: It gives none; says why.
        UsageError: Its URL cannot be used.
    """
    options = connection_kwargs(ice_servers(IceConfig(turn=server)))
    if "turn_server" not in options:
        raise JoinError(
            "a relay over UDP, TCP or TLS is meant: turn:…, turn:…?transport=tcp, turns:…"
        )
    try:
        async with asyncio.timeout(PATIENCE):
            transport, ended = await turn.create_turn_endpoint(
                _Ended,
                server_addr=options["turn_server"],
                username=options["turn_username"],
                password=options["turn_password"],
                ssl=options["turn_ssl"],
                transport=options["turn_transport"],
            )
            address = cast(tuple[str, int], transport.get_extra_info("sockname"))
            transport.close()
            await ended.event.wait()
            return address
    except (TimeoutError, stun.TransactionTimeout):
        raise JoinError("the relay does not answer") from None
    except stun.TransactionFailed as error:
        raise JoinError(_refusal(error)) from None
    except OSError as error:
        raise JoinError(f"the relay cannot be reached: {error.strerror or error}") from None


def _refusal(error: stun.TransactionFailed) -> str:
    code, reason = error.response.attributes.get("ERROR-CODE", (0, ""))
    return f"the relay refuses: {_REFUSED.get(code, str(reason) or 'without a reason')} ({code})"
