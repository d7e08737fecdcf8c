"""What can be asked for: the one table of it, by which it is answered and described. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from ...ipc.control_messages import Verb
from ...model import Event, Picture, RoomSnapshot
from .health import Health

JSON = "application/json"
PROBLEM = "application/problem+json"
EVENTS = "text/event-stream"
PNG = "image/png"
METRICS = "text/plain"

LONGEST_ID = 200
"""Characters that are taken for the id of a stream."""
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
_Streams = Annotated[tuple[_Name, ...], msgspec.Meta(min_length=1, max_length=500)]


class ForStreams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which streams are meant."""

    streams: _Streams | None = None
    """Their ids as they are shown; left out: all."""


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A marker."""

    text: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    streams: _Streams | None = None
    """Left out: it is of the room."""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object."""


class Done(msgspec.Struct, frozen=True):
    """What was done, in words."""

    text: str


class Problem(msgspec.Struct, frozen=True):
    """Why something was not done (RFC 9457)."""

    title: str
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked for."""

    method: str
    path: str
    name: str
    says: str
    gives: Mapping[str, Any]
    """Types by media types; ``str``: text of its own kind, ``bytes``: a file."""
    takes: type[msgspec.Struct] | None = None
    """What the body has to be, as JSON."""
    verb: Verb | None = None
    """What it is to the engine."""
    asks: Mapping[str, str] | None = None
    """Parameters that the query has to have, with what they are."""
    fails: tuple[int, ...] = ()
    """How it can fail, besides as all can."""


def _command(verb: Verb, says: str, takes: type[msgspec.Struct]) -> Route:
    return Route(
        "POST",
        f"/api/{verb}",
        verb,
        says,
        {JSON: Done},
        takes=takes,
        verb=verb,
        fails=(400, 408, 409, 413, 415, 503, 504),
    )


ROUTES = (
    Route("GET", "/metrics", "metrics", "Metrics for Prometheus, or OpenMetrics", {METRICS: str}),
    Route(
        "GET",
        "/healthz",
        "health",
        "Whether the recording is well: 200, or 503 with what is wrong",
        {JSON: Health},
    ),
    Route(
        "GET",
        "/api/snapshot",
        "snapshot",
        "The room as it was within the last second",
        {JSON: RoomSnapshot},
        fails=(503,),
    ),
    Route(
        "GET",
        "/api/status",
        "status",
        "The room as it is at this moment; asks the engine",
        {JSON: RoomSnapshot},
        verb="status",
        fails=(409, 503, 504),
    ),
    Route(
        "GET",
        "/api/events",
        "events",
        "What happened lately and happens from now on, as Server-Sent Events: id is the number of "
        "the event, data the event as JSON; Last-Event-ID goes on after one",
        {EVENTS: Event},
        fails=(503,),
    ),
    Route(
        "GET",
        "/api/still",
        "still",
        "The last key frame of a stream, small: PNG, or JSON for who accepts only that",
        {PNG: bytes, JSON: Picture},
        verb="still",
        asks={"stream": "The id of the stream, as it is shown"},
        fails=(400, 404, 409, 503, 504),
    ),
    _command(
        "start", "Record streams (again), or all that are not excluded, and who comes", ForStreams
    ),
    _command("stop", "End the files of streams, or of all; the engine stays", ForStreams),
    _command("exclude", "Leave streams out from now on", ForStreams),
    _command("include", "Take excluded streams in again", ForStreams),
    _command("split", "Go on in new files; nothing is lost", ForStreams),
    _command("mark", "Put a marker into the events and the JSON file", Mark),
    _command("shutdown", "Finish every file, and end the recording", Nothing),
    Route("GET", "/api/openapi.json", "openapi", "This description", {JSON: dict[str, Any]}),
)
FAILURES = {
    400: "The request is not as described",
    401: "The token is not there, or is another one",
    404: "There is none",
    405: "Not with this method",
    408: "The body does not come",
    409: "The engine refuses; it says why",
    413: "The body is too long",
    415: "The body is not said to be JSON",
    421: "The host that was asked for is none of this machine",
    429: "Too much is asked for",
    503: "The recording is not well, or the engine does not answer",
    504: "The engine did not answer in time",
}
"""By status; 401, 421 and 429 are of every route."""
