"""Who may ask, and how often. Pure."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping

from ...budget import Budget
from ...errors import RefusedError

REQUESTS, REQUESTS_AT_ONCE = 20.0, 60.0
"""In a second, of all clients together."""
REFUSALS, REFUSALS_AT_ONCE = 5.0, 20.0
"""In a second, to those without the token; who is beyond is not even answered."""
COMMANDS, COMMANDS_AT_ONCE = 2.0, 20.0
"""In a second, of those that the engine has to carry out, which each tells all of its clients."""
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:]+))(?::\d{1,5})?")


class Guard:
    """Lets those in who may come in.

    Args:
        token: What they have to know; empty: nothing.
        is_local: Only this machine gets here, and so do pages of any site in its browsers.
    """

    def __init__(self, token: str, is_local: bool) -> None:
        self._token = token.encode()
        self._is_local = is_local
        self._requests = Budget(REQUESTS, REQUESTS_AT_ONCE)
        self._refusals = Budget(REFUSALS, REFUSALS_AT_ONCE)
        self._commands = Budget(COMMANDS, COMMANDS_AT_ONCE)

    def check(self, headers: Mapping[str, str], now: float) -> None:
        """Let a request pass, or not.

        Args:
            headers: Of it, whatever their case.
            now: Monotonic seconds.

        Raises:
            RefusedError: It may not; of status 0 where it is not worth an answer.
        """
        try:
            self._check(headers)
        except RefusedError:
            if self._refusals.spend(now):
                raise
            raise RefusedError(0, "refused too often") from None
        if not self._requests.spend(now):
            raise RefusedError(429, "too many requests", {"Retry-After": "1"})

    def check_command(self, now: float) -> None:
        """Let a command pass, or not.

        Raises:
            RefusedError: There were too many.
        """
        if not self._commands.spend(now):
            raise RefusedError(429, "too many commands", {"Retry-After": "1"})

    def _check(self, headers: Mapping[str, str]) -> None:
        # A page of any site may have its own name resolve to this machine (DNS rebinding): then its
        # scripts may read what is answered. They cannot choose a name that is an address.
        if self._is_local and not _is_address(headers.get("Host", "")):
            raise RefusedError(421, "ask for an address, or for localhost, not for another name")
        if not self._token:
            return
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        if not given:
            raise RefusedError(
                401, "a token is needed: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"}
            )
        right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        if scheme.lower() != "bearer" or not right:
            raise RefusedError(
                401,
                "this is not the token",
                {"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )


def _is_address(host: str) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match[1] or match[2]
    if name.lower() == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
