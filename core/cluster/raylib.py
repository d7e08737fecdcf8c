"""What is done with Ray itself; it is loaded by who asks for the first of it."""

from __future__ import annotations

import importlib
import os
from typing import Any

from .cards import NodeCard
from .token import VARIABLE

NAMESPACE = "roomdeck"
PLACING = 60.0
"""Seconds that Ray may take to place something."""
_COUNTED = ("CPU", "GPU", "TPU", "memory", "object_store_memory")
"""Resources that every node has."""


def ray(module: str = "") -> Any:
    """Return Ray, or a module of it: where it is not installed, types are checked without it."""
    return importlib.import_module(f"ray{module}")


def complaint(error: BaseException) -> str:
    """Return in a line what is wrong: Ray tells more, below it."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def environment(token_file: str) -> dict[str, str]:
    """Return what has Ray know the token, and tell its makers nothing."""
    return {
        "RAY_AUTH_MODE": "token",
        VARIABLE: token_file,
        "RAY_USAGE_STATS_ENABLED": "0",
    }


def prepare(token_file: str) -> None:
    """Have Ray be so in this process, in which it is not loaded yet."""
    os.environ |= environment(token_file)


def join(address: str) -> None:
    """Join a cluster; takes its time."""
    ray().init(
        address=address,
        namespace=NAMESPACE,
        log_to_driver=False,
        configure_logging=False,
    )


def nodes() -> list[NodeCard]:
    """Return the nodes that live, as Ray tells of them."""
    told: list[dict[str, Any]] = ray().nodes()
    cards = [
        NodeCard(
            name=node["NodeName"] or node["NodeManagerAddress"],
            host=node["NodeManagerAddress"],
            cores=int(node["Resources"].get("CPU", 0)),
            id=node["NodeID"],
            labels=_given(node.get("Labels") or {}),
            resources=_custom(node["Resources"]),
        )
        for node in told
        if node["Alive"]
    ]
    return sorted(cards, key=lambda card: card.name)


def _given(labels: dict[str, str]) -> dict[str, str]:
    """Return the labels that are not Ray's own."""
    return {key: value for key, value in labels.items() if not key.startswith("ray.io/")}


def _custom(resources: dict[str, float]) -> dict[str, float]:
    """Return what `--resources` said, without what Ray finds out by itself."""
    own = ("node:", "accelerator_type:")
    return {
        name: count
        for name, count in resources.items()
        if name not in _COUNTED and not name.startswith(own)
    }


def address() -> str:
    """Return where the head of the cluster is, in a process that has joined it."""
    found: str = ray().get_runtime_context().gcs_address
    return found


def was_here() -> bool:
    """Whether Ray started the actor that asks anew."""
    again: bool = ray().get_runtime_context().was_current_actor_reconstructed
    return again


def somewhere() -> str:
    """Return the id of the node on which Ray places what may be anywhere; takes its time."""
    asked = ray().remote(_here).options(num_cpus=0, scheduling_strategy="SPREAD").remote()
    found: str = ray().get(asked, timeout=PLACING)
    return found


def _here() -> str:
    found: str = ray().get_runtime_context().get_node_id()
    return found


def lasting(kind: type, orders: str, name: str) -> Any:
    """Return the actor of a name, which Ray starts anew wherever it can: that, or a new one."""
    options = {"lifetime": "detached", "get_if_exists": True, "max_restarts": -1}
    made = ray().remote(kind).options(num_cpus=0, max_concurrency=16, name=name, **options)
    return made.remote(orders)


def named(prefix: str) -> dict[str, Any]:
    """Return the actors whose names begin so, by name, with those that are being started anew."""
    known: list[str] = ray(".util").list_named_actors()
    return {name: ray().get_actor(name) for name in known if name.startswith(prefix)}


def actor(kind: type, node: NodeCard, orders: str, *, cores: float = 0.0, **options: Any) -> Any:
    """Return an actor on a node.

    Args:
        kind: Its class, whose one argument is a string.
        node: Where it is to be.
        orders: JSON.
        cores: As many of its node are its own: it waits until they are free.
        options: As Ray has them.
    """
    strategies = ray(".util.scheduling_strategies")
    there = strategies.NodeAffinitySchedulingStrategy(node.id, soft=False)
    made = (
        ray()
        .remote(kind)
        .options(num_cpus=cores, max_concurrency=64, scheduling_strategy=there, **options)
    )
    return made.remote(orders)
