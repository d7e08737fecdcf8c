"""Answers requests."""

from __future__ import annotations

import asyncio
import email.utils
import logging
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import cache, partial
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from ...budget import Budget
from ...errors import UNDECODABLE, ControlError, RefusedError
from ...ipc.control_client import ControlClient
from ...png import png
from .event_stream import EventStreams
from .guard import Guard
from .listener import drop, read, send
from .metrics import Metrics, exposition
from .openapi import openapi
from .routes import JSON, LONGEST_ID, PNG, PROBLEM, ROUTES, Done, ForStreams, Mark, Problem, Route
from .seen import Seen
from .stills import Stills

ANSWER = 10.0
"""Seconds that the engine may take for an answer."""
AT_ONCE = 4
"""Commands that wait for one; others of the attendant want to be heard, too."""
_FRESH = 1.0
"""Seconds for which metrics are told again as they are."""
_HEADERS = {
    "Server": "roomdeck",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer: no other site may show or keep anything of it."""
ELSEWHERE = "other"
"""What is counted of paths that there are not."""
_Answer = TypeVar("_Answer")
_BY_PATH = {route.path: route for route in ROUTES}

logger = logging.getLogger(__name__)


class Api:
    """What is done for whoever may ask.

    Args:
        room: What the recording is called.
        seen: What is known of it.
        engine: Carries out commands.
        guard: Knows who may ask.
        events: Tells who wants to hear of events.
    """

    def __init__(
        self, room: str, seen: Seen, engine: ControlClient, guard: Guard, events: EventStreams
    ) -> None:
        self._room = room
        self._seen = seen
        self._engine = engine
        self._guard = guard
        self._events = events
        self._stills = Stills()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._metrics: dict[bool, tuple[float, bytes, str]] = {}
        self._commands = asyncio.Semaphore(AT_ONCE)
        self._complaints = Budget(rate=0.1, burst=10)
        self._looks = asyncio.Event()
        """Set with each snapshot."""
        self._asked: dict[str, Callable[[web.BaseRequest], Awaitable[web.Response]]] = {
            "metrics": self._tell_metrics,
            "health": self._tell_health,
            "snapshot": self._tell_snapshot,
            "status": self._tell_status,
            "still": self._show_still,
            "openapi": self._describe,
        }

    def look(self) -> None:
        """There is another snapshot."""
        self._looks.set()
        self._looks = asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        path = request.path if request.path in _BY_PATH else ELSEWHERE
        try:
            self._guard.check(request.headers, time.monotonic())
            route = _route(request)
            if route.name == "events":
                self._events.check()
                self._count(path, 200)
                return await self._events.serve(request, _HEADERS)
            response = await self._answer(request, route)
        except RefusedError as refusal:
            if not refusal.status:
                drop(request)
                raise ConnectionResetError(str(refusal)) from None
            response = _refused(refusal)
        except ConnectionError:
            raise
        except Exception:
            if self._complaints.spend(time.monotonic()):
                logger.exception("%s failed", path)
            response = _refused(RefusedError(500, "this is a fault of roomdeck; its log says more"))
        self._count(path, response.status)
        await send(request, response)
        return response

    def _count(self, path: str, status: int) -> None:
        self._requests[path, str(status)] += 1

    async def _answer(self, request: web.BaseRequest, route: Route) -> web.Response:
        try:
            if route.takes is not None:
                return await self._carry_out(request, route)
            return await self._asked[route.name](request)
        except ControlError as error:
            raise self._refused_by_engine(error) from None

    def _refused_by_engine(self, error: ControlError) -> RefusedError:
        gone = self._seen.current(time.monotonic()) is None
        return RefusedError(503 if gone else 409, str(error))

    async def _carry_out(self, request: web.BaseRequest, route: Route) -> web.Response:
        assert route.takes is not None
        assert route.verb is not None
        body = await _body(request, route.takes)
        self._guard.check_command(time.monotonic())
        streams = body.streams if isinstance(body, ForStreams | Mark) else None
        text = body.text if isinstance(body, Mark) else ""
        command = partial(self._engine.command, route.verb, streams or (), text)
        return _json(Done(await self._ask(command)))

    async def _ask(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Wait for the engine.

        Raises:
            RefusedError: It does not answer, or has not answered others.
        """
        try:
            async with asyncio.timeout(ANSWER), self._commands:
                return await question()
        except TimeoutError:
            raise RefusedError(504, "the engine does not answer") from None

    async def _tell_metrics(self, request: web.BaseRequest) -> web.Response:
        openmetrics = "application/openmetrics-text" in request.headers.get("Accept", "")
        now = time.monotonic()
        made, body, media_type = self._metrics.get(openmetrics, (-math.inf, b"", ""))
        if now - made >= _FRESH:
            metrics = Metrics(self._room, self._seen, self._requests, now)
            body, media_type = exposition(metrics, openmetrics)
            self._metrics[openmetrics] = (now, body, media_type)
        return _whole(body, media_type)

    async def _tell_health(self, request: web.BaseRequest) -> web.Response:
        health = self._seen.health(time.monotonic())
        return _json(health, 200 if health.status == "ok" else 503)

    async def _tell_snapshot(self, request: web.BaseRequest) -> web.Response:
        snapshot = self._seen.current(time.monotonic())
        if snapshot is None:
            raise RefusedError(503, "the engine says nothing")
        return _json(snapshot)

    async def _tell_status(self, request: web.BaseRequest) -> web.Response:
        self._guard.check_command(time.monotonic())
        look = self._looks
        await self._ask(partial(self._engine.command, "status"))
        # The engine sends its answer before the snapshot that it made.
        await self._ask(look.wait)
        return await self._tell_snapshot(request)

    async def _show_still(self, request: web.BaseRequest) -> web.Response:
        stream = request.query.get("stream", "")
        if not 0 < len(stream) <= LONGEST_ID:
            raise RefusedError(400, "of which stream? /api/still?stream=ID")
        still = partial(self._stills.get, self._engine, stream, time.monotonic())
        picture = await self._ask(still)
        if picture is None:
            raise RefusedError(404, "there is no key frame yet")
        if _wants_json(request):
            return _json(picture)
        when = email.utils.formatdate(time.time() - picture.age, usegmt=True)
        return _whole(png(picture), PNG, {"Last-Modified": when})

    async def _describe(self, request: web.BaseRequest) -> web.Response:
        return _whole(_description(), JSON)


@cache
def _description() -> bytes:
    return msgspec.json.encode(openapi())


def _route(request: web.BaseRequest) -> Route:
    route = _BY_PATH.get(request.path)
    if route is None:
        raise RefusedError(
            404, "there is nothing of this name; /api/openapi.json says what there is"
        )
    endless = route.name == "events"
    allowed = ("GET", "HEAD") if route.method == "GET" and not endless else (route.method,)
    if request.method not in allowed:
        raise RefusedError(405, f"only with {' or '.join(allowed)}", {"Allow": ", ".join(allowed)})
    return route


async def _body(request: web.BaseRequest, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """Return what a request says.

    Raises:
        RefusedError: It is not what was wanted.
    """
    # What a page of another site may send without asking is of other types.
    if request.content_type != JSON:
        raise RefusedError(415, f"Content-Type: {JSON} is wanted")
    try:
        body = await read(request)
    except TimeoutError:
        raise RefusedError(408, "the body did not come in time") from None
    except (web.RequestPayloadError, asyncio.IncompleteReadError):
        raise RefusedError(400, "the body is not whole") from None
    if body is None:
        raise RefusedError(413, "the body is too long")
    try:
        return msgspec.json.decode(body, type=kind)
    except UNDECODABLE as error:
        raise RefusedError(400, f"the body is not as described: {error}") from None


def _wants_json(request: web.BaseRequest) -> bool:
    accepted = {one.split(";")[0].strip() for one in request.headers.get("Accept", "").split(",")}
    return JSON in accepted and not accepted & {PNG, "image/*", "*/*"}


def _json(value: Any, status: int = 200) -> web.Response:
    return _whole(msgspec.json.encode(value), JSON, status=status)


def _refused(refusal: RefusedError) -> web.Response:
    status = refusal.status
    problem = Problem(HTTPStatus(status).phrase, status, str(refusal))
    response = _whole(msgspec.json.encode(problem), PROBLEM, refusal.headers, status)
    # Whatever of the body did not come is not waited for.
    response.force_close()
    return response


def _whole(
    body: bytes, media_type: str, headers: dict[str, str] | None = None, status: int = 200
) -> web.Response:
    about = _HEADERS | {"Content-Type": media_type} | (headers or {})
    return web.Response(body=body, status=status, headers=about)
