"""What crosses between machines is JSON, and nothing that anybody says is unpickled here."""

from __future__ import annotations

import ast
import asyncio
import concurrent.futures
import inspect
import json
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from roomdeck.core.cluster import bridge, raylib
from roomdeck.core.cluster.bridge import Bridge
from roomdeck.core.cluster.cards import NodeCard, WorkerCard
from roomdeck.core.cluster.messages import Inherit, Join, Start
from roomdeck.core.cluster.steward import Steward
from roomdeck.core.cluster.supervisor import Supervisor
from roomdeck.core.collection.shelf import Shelf
from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.farm.maker import Maker

ROOT = Path(__file__).parents[3]
PICKLES = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "joblib"}
ODD = 'a guest\'s \x80\x04\x95 label, "quoted"'
"""Begins as a pickle does, where it is read as one."""


@pytest.mark.parametrize("kind", [Supervisor, Steward, Shelf, Maker])
def test_actors_are_told_and_tell_strings_and_numbers(kind: type) -> None:
    said: set[type] = set()
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_") or name == "__init__":
            said |= set(get_type_hints(method).values())
    assert said <= {str, int, type(None)}


def test_no_module_can_unpickle() -> None:
    for path in [*ROOT.glob("core/**/*.py"), *ROOT.glob("tui/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not PICKLES & {name.partition(".")[0] for name in names}, path


class Actor:
    """One that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[object, ...]]] = []
        self.told_all = asyncio.Event()

    def __getattr__(self, what: str) -> Any:
        actor = self

        class Method:
            @staticmethod
            def remote(*words: object) -> Any:
                actor.told.append((what, words))
                if {name for name, _ in actor.told} >= {"workers", "inherit", "start"}:
                    actor.told_all.set()
                return Method

            @staticmethod
            def future() -> concurrent.futures.Future[str]:
                done: concurrent.futures.Future[str] = concurrent.futures.Future()
                card = WorkerCard("box1", 5, 1, "h", 2)
                done.set_result("[]" if what == "workers" else json.dumps(_plain(card)))
                return done

        return Method


class Ray:
    """As much of it as is asked."""

    @staticmethod
    def get_runtime_context() -> Any:
        class Context:
            @staticmethod
            def get_node_id() -> str:
                return "id1"

        return Context


async def test_what_the_bridge_says_is_json_also_where_it_has_what_strangers_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor, made = Actor(), list[str]()

    def make(kind: type, node: NodeCard, orders: str, **options: Any) -> Actor:
        made.append(orders)
        return actor

    looked = asyncio.Event()

    def say(message: Any) -> None:
        looked.set()

    monkeypatch.setattr(raylib, "actor", make)

    def ray(module: str = "") -> type[Ray]:
        return Ray

    def nothing(*_: object) -> None:
        """No Ray is joined, and nobody is left behind."""

    monkeypatch.setattr(raylib, "ray", ray)
    monkeypatch.setattr(raylib, "join", nothing)
    monkeypatch.setattr(raylib, "nodes", lambda: [NodeCard("box1", "h", 2, "id1")])
    monkeypatch.setattr(bridge, "LOOK", 0.0)
    monkeypatch.setattr(bridge, "say", say)
    monkeypatch.setattr(bridge, "leave_behind", nothing)
    orders = asyncio.StreamReader()
    room = RoomConfig(room=ODD, server="ws://x", password="secret")
    config = RecordConfig(room=room, output="/out", prefix="p", recorded=(ODD,))
    running = asyncio.create_task(Bridge(Join("box1:6379", "room", "/t")).run(orders))
    orders.feed_data(bridge.line(Inherit(config)))
    await asyncio.wait_for(looked.wait(), 10)
    orders.feed_data(bridge.line(Start("box1", 5)))
    await asyncio.wait_for(actor.told_all.wait(), 10)
    orders.feed_eof()
    await asyncio.wait_for(running, 10)
    words = [*made, *(word for _, words in actor.told for word in words)]
    for word in words:
        assert isinstance(word, str | int)
        json.loads(str(word))
    (inherited,) = {words for what, words in actor.told if what == "inherit"}
    assert ODD in json.loads(str(inherited[0]))["config"]["recorded"]


def _plain(card: WorkerCard) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__struct_fields__}
