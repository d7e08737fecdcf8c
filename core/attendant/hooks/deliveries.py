"""Which hook is to hear of an event, and what it is told. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from ...config import Hook
from ...ipc.event_object import as_object
from ...model import Event, EventType
from ..orders import Orders

_ID_LENGTH = 24


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one hook."""

    id: str
    """Of the event: the same whenever it is heard, another for every other."""
    key: str
    """Of the hook."""
    type: str
    """Of the event."""
    stream: str = ""
    made: float
    """When it was heard of first, seconds since the Unix epoch."""
    body: bytes
    """JSON."""


def wants(hook: Hook, event: Event) -> bool:
    """Whether a hook is to hear of an event.

    That a hook failed is heard by those alone that name it in full: what hears of everything
    would else hear of its own failures.
    """
    if event.type == EventType.HOOK_FAILED:
        typed = EventType.HOOK_FAILED in hook.on
    else:
        typed = any(fnmatchcase(event.type, pattern) for pattern in hook.on)
    return typed and (
        not hook.streams or any(fnmatchcase(event.stream, pattern) for pattern in hook.streams)
    )


def keys(hooks: Sequence[Hook]) -> list[str]:
    """Return what hooks are known by over a restart, without their addresses and secrets."""
    seen: Counter[str] = Counter()
    made: list[str] = []
    for hook in hooks:
        what = msgspec.json.encode((hook.name, hook.command, hook.url))
        digest = hashlib.sha256(what).hexdigest()[:_ID_LENGTH]
        made.append(f"{digest}-{seen[digest]}")
        seen[digest] += 1
    return made


def delivery(event: Event, key: str, orders: Orders, now: float) -> Delivery:
    """Return what a hook is told: the event as ``--json`` prints it, and where it was."""
    # Where they could not be kept, numbers begin anew in a session; its time tells them apart.
    what = msgspec.json.encode((orders.sidecar, event.seq, event.time, event.type))
    name = f"evt_{hashlib.sha256(what).hexdigest()[:_ID_LENGTH]}"
    where: dict[str, Any] = {
        "id": name,
        "output": orders.output,
        "sidecar": orders.sidecar,
    }
    body = msgspec.json.encode(as_object(event, orders.room) | where)
    return Delivery(id=name, key=key, type=event.type, stream=event.stream, made=now, body=body)
