"""Whether the servers that somebody named can be reached."""

from __future__ import annotations

import shlex

from ..config import TurnServer
from ..errors import JoinError, UsageError
from ..signaling.probe import Opened, probe
from .finding import Finding, Grade

_SOON = 14 * 86400.0
"""Seconds before a certificate's end from which on it is worth a word."""
_SLOW = 2.0
"""Seconds that an answer of a server may take."""


async def server(url: str, authorities: str, now: float) -> Finding:
    """Open a websocket and close it again; no room is joined.

    Args:
        url: Of the handshake server.
        authorities: A PEM file beside what the system trusts, or nothing.
        now: By the clock of the wall.
    """
    try:
        return judge_server(url, await probe(url, authorities), now)
    except (JoinError, UsageError) as error:
        reason = f"{url}: {error}"
        host = url.split("://", 1)[-1].split("/", 1)[0]
        mend = f"curl -v --http1.1 https://{shlex.quote(host)}/ shows how far it comes"
        mend = mend if url.startswith("wss://") else ""
        return Finding(check="server", grade=Grade.WRONG, text=reason, mend=mend, data={"url": url})


def judge_server(url: str, opened: Opened, now: float) -> Finding:
    """Say how a server is that was reached."""
    data = {"url": url, "seconds": round(opened.seconds, 3), "valid_until": opened.valid_until}
    came = f"{url} answers in {opened.seconds * 1000:.0f} ms"
    if opened.valid_until is not None:
        left = opened.valid_until - now
        days = f"{left / 86400:.0f} days"
        if left < _SOON:
            text = f"{came}, but its certificate is valid for {days} only"
            mend = (
                "renew it where the server is (certbot renew; roomdeck serve --tls does so itself)"
            )
            return Finding(check="server", grade=Grade.WARNING, text=text, mend=mend, data=data)
        came += f", its certificate is valid for {days}"
    if opened.seconds > _SLOW:
        text = f"{came}: a slow way, on which newcomers are recorded late"
        return Finding(check="server", grade=Grade.WARNING, text=text, data=data)
    return Finding(check="server", grade=Grade.OK, text=came, data=data)


async def relay(turn: TurnServer) -> Finding:
    """Have a relay give an address, and give it back."""
    # Loads aiortc.
    from ..webrtc.relay import allocate

    data = {"url": turn.url}
    try:
        address = await allocate(turn)
    except (JoinError, UsageError) as error:
        text = f"{turn.url}: {error}"
        mend = "compare --turn, --turn-user and --turn-password with what the relay was given"
        return Finding(check="turn", grade=Grade.WRONG, text=text, mend=mend, data=data)
    text = f"{turn.url} relays at {address[0]}:{address[1]}"
    return Finding(check="turn", grade=Grade.OK, text=text, data=data | {"address": list(address)})
