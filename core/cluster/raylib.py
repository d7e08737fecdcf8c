"""What is done with Ray itself; it is loaded by who asks for the first of it."""

from __future__ import annotations

import importlib
import os
from typing import Any

from .cards import NodeCard
from .token import VARIABLE

NAMESPACE = "roomdeck"
_COUNTED = ("CPU", "GPU", "TPU", "memory", "object_store_memory")
"""Resources that every node has."""


def ray(module: str = "") -> Any:
    """Return Ray, or a module of it: where it is not installed, types are checked without it."""
    return importlib.import_module(f"ray{module}")


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
