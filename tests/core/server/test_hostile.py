"""Whatever is said, nothing breaks and nothing is heard in another room."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roomdeck.core.server.bridge import Delivery
from roomdeck.core.server.handshake import HandshakeServer

from .lab import Lab

NAMES = ["aaaa", "bbbb", "cccc", "dddd", "one", "two", "cam1", "cam2", "cam3", ""]
values = st.one_of(
    st.sampled_from(NAMES),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.sampled_from(NAMES), max_size=2),
)
requests = st.sampled_from(
    ["joinroom", "seed", "play", "migrate", "ping", "offerSDP", "sendoffer", "alert", "cleanup"]
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "request": requests | values,
        "roomid": st.sampled_from(["one", "two"]) | values,
        "streamID": values,
        "UUID": st.integers(0, 9) | values,
        "target": st.integers(0, 9) | values,
        "from": st.just("own") | values,
        "claim": st.booleans() | values,
        "bye": values,
    },
)


def spelled(message: dict[str, Any], addresses: list[str]) -> dict[str, Any]:
    """Numbers as addresses of members, so that messages find somebody."""
    found: dict[str, Any] = {
        key: addresses[message[key] % len(addresses)]
        for key in ("UUID", "target")
        if isinstance(message.get(key), int) and addresses
    }
    return {**message, **found}


texts = (
    st.text(max_size=40) | st.binary(max_size=40) | st.sampled_from(["[" * 9000, '{"a":' * 9000])
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 5), messages | texts, st.booleans()), max_size=40))
def test_nothing_raises_and_every_delivery_is_json(
    traffic: list[tuple[int, dict[str, Any] | str | bytes, bool]],
) -> None:
    server = HandshakeServer()
    alive = {number for number in range(6) if server.connect(number, "192.0.2.1")}
    seen: list[str] = []
    for now, (sender, what, ends) in enumerate(traffic):
        if ends and len(alive) > 2:
            server.disconnect(sender, float(now))
            alive.discard(sender)
        text = json.dumps(spelled(what, seen)) if isinstance(what, dict) else what
        for action in server.receive(sender, text, float(now)) + server.tick(now * 10.0):
            assert action.connection in alive
            if isinstance(action, Delivery):
                heard = json.loads(action.text)
                seen.extend(str(heard[k]) for k in ("UUID", "from") if heard.get(k))


talk = st.fixed_dictionaries(
    {},
    optional={
        "request": st.sampled_from(["seed", "play", "offerSDP", "sendoffer", "alert"]),
        "streamID": st.sampled_from(["cam1", "cam2", "cam3"]),
        "UUID": st.integers(0, 7),
        "n": values,
    },
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 7), talk), max_size=40))
def test_nothing_is_heard_in_another_room(traffic: list[tuple[int, dict[str, Any]]]) -> None:
    lab = Lab()
    people = [
        client
        for room in ("one", "two")
        for client in (
            lab.fanout(f"{room}-a", room=room),
            lab.routed(room=room),
            lab.fanout(f"{room}-b", room=room),
            lab.routed(room=room),
        )
    ]
    addresses = [lab.uuid(client) for client in people]
    lab.forget()
    for speaker, message in traffic:
        people[speaker].say(spelled(message, addresses))
        for listener, client in enumerate(people):
            if (listener < 4) != (speaker < 4):
                assert client.heard == []
        lab.forget()
