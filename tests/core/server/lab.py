"""Clients that talk to a `HandshakeServer` without sockets."""

from __future__ import annotations

import json
from typing import Any

from roomdeck.core.server.bridge import Action, Closing, Delivery, Probe
from roomdeck.core.server.handshake import HandshakeServer
from roomdeck.core.server.limits import Limits

Fields = dict[str, Any]
ROOM = "63f7b0b02ca3f964"


class Client:
    """One connection; ``name`` is the ``from`` of a fan-out client."""

    def __init__(self, lab: Lab, number: int, name: str | None, room: str | None) -> None:
        self.lab = lab
        self.number = number
        self.name = name
        self.room = room
        self.heard: list[Fields] = []
        self.closed: int | None = None
        self.probed = 0

    def say(self, fields: Fields | None = None, /, **more: object) -> None:
        """Send a message; as a fan-out client with ``from`` and, once in a room, ``roomid``."""
        message: Fields = {**(fields or {}), **more}
        if self.name is not None:
            message = {"from": self.name, **message}
            if message.get("request") == "joinroom":
                self.room = message["roomid"]
            if self.room is not None:
                message.setdefault("roomid", self.room)
        self.raw(json.dumps(message))

    def raw(self, text: str | bytes) -> None:
        self.lab.perform(self.lab.server.receive(self.number, text, self.lab.now))

    def take(self) -> list[Fields]:
        """What was heard since the last call."""
        heard, self.heard = self.heard, []
        return heard

    def leave(self) -> None:
        self.lab.server.disconnect(self.number, self.lab.now)


class Lab:
    """A server, its clock and its clients.

    Two routed clients in no room are there from the start: they find out addresses.
    """

    def __init__(self, **limits: Any) -> None:
        self.server = HandshakeServer(Limits(**limits))
        self.now = 100.0
        self.clients: dict[int, Client] = {}
        self.observer = self.client(address="198.51.100.1")
        seeder = self.client(address="198.51.100.1")
        seeder.say(request="seed", streamID="observed")
        self.observer.say(request="play", streamID="observed")
        self._observed = seeder.take()[0]["UUID"]

    def client(self, name: str | None = None, address: str = "192.0.2.1") -> Client:
        """A fan-out client called ``name``; without one a routed client."""
        number = len(self.clients)
        assert self.server.connect(number, address)
        self.clients[number] = Client(self, number, name, None)
        return self.clients[number]

    def routed(self, stream: str | None = None, room: str = ROOM) -> Client:
        """A routed client that has joined and maybe seeded, and has heard the listing."""
        client = self.client()
        client.say(request="joinroom", roomid=room)
        if stream is not None:
            client.say(request="seed", streamID=stream)
        self.forget()
        return client

    def fanout(self, name: str, stream: str | None = None, room: str = ROOM) -> Client:
        """A fan-out client that has joined, publishing from the start if at all."""
        client = self.client(name)
        more = {} if stream is None else {"streamID": stream}
        client.say(request="joinroom", roomid=room, **more)
        self.forget()
        return client

    def uuid(self, client: Client) -> str:
        """The address that others see of a client."""
        if client.name is not None:
            return client.name
        self.observer.heard.clear()
        client.say(UUID=self._observed)
        return self.observer.take()[0]["UUID"]

    def forget(self) -> None:
        """Nobody has heard anything."""
        for client in self.clients.values():
            client.heard.clear()

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.perform(self.server.tick(self.now))

    def perform(self, actions: list[Action]) -> None:
        for action in actions:
            client = self.clients[action.connection]
            match action:
                case Delivery(text=text):
                    client.heard.append(json.loads(text))
                case Closing(code=code):
                    client.closed = code
                case Probe():
                    client.probed += 1
