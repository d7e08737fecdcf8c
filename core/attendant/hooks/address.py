"""Tells an address of events, by HTTP."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from ...config import Hook
from ...version import VERSION
from .answers import Failure, failure
from .deliveries import Delivery
from .signature import headers

TIMEOUT = 10.0


class Address:
    """An address of a hook; connections to it are kept while it is used."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._session: aiohttp.ClientSession | None = None

    async def tell(self, delivery: Delivery) -> Failure | None:
        """Send one event, once; return why it was not taken, without the address in it."""
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=self._hook.timeout or TIMEOUT)
            self._session = aiohttp.ClientSession(
                timeout=limit,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Content-Type": "application/json", "User-Agent": f"roomdeck/{VERSION}"},
            )
        signed = headers(delivery.id, delivery.body, time.time(), self._hook.secret)
        try:
            async with self._session.post(
                self._hook.url, data=delivery.body, headers=signed, allow_redirects=False
            ) as response:
                retry_after = response.headers.get("Retry-After", "")
                return failure(response.status, retry_after, time.time())
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Failure(_words(error), again=True)

    async def close(self) -> None:
        """Let connections go."""
        if self._session is not None:
            await self._session.close()


def _words(error: Exception) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return "it did not answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "nobody whom this machine trusts vouches for its certificate"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"it cannot be reached: {error.os_error.strerror or 'no such host'}"
    return f"the connection failed ({type(error).__name__})"
