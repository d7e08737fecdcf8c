"""Who is not here, and whether anybody would know."""

from __future__ import annotations

from ....model import AlarmKind, NodeState, SignalingState
from .rule import UNKNOWN, Rule, Verdict, Wrong
from .views import GuestView, RoomView

_AWAY = {
    NodeState.UNREACHABLE: "cannot be reached: its streams are asked for again on others",
    NodeState.UNLISTED: "is not in the cluster any more: who is recorded there goes on, who comes "
    "is recorded elsewhere",
}
_THERE = (SignalingState.JOINED, SignalingState.CLOSED)


def server_gone(view: RoomView, limit: float) -> Verdict:
    """There is no connection to the handshake server."""
    if view.room.link in _THERE:
        return None
    detail = f" ({view.room.link_detail})" if view.room.link_detail else ""
    return Wrong(
        f"no connection to the server{detail}: who is recorded goes on, who comes now is not seen"
    )


def cluster_trouble(view: RoomView, limit: float) -> Verdict:
    """Ray does not do what it should."""
    cluster = view.room.cluster
    if cluster is None or not cluster.trouble:
        return None
    return Wrong(
        f"the cluster is in trouble ({cluster.trouble}): who is recorded goes on, and who comes is "
        "recorded by the workers that there are"
    )


def node_away(view: RoomView, limit: float) -> Verdict:
    """A node cannot be reached, or Ray knows nothing of it; where Ray is down, it tells of none."""
    cluster = view.room.cluster
    if cluster is None:
        return None
    if cluster.trouble:
        return UNKNOWN
    away = [f"{node.name} {_AWAY[node.state]}" for node in cluster.nodes if node.state in _AWAY]
    return Wrong(f"node {'; node '.join(away)}") if away else None


def room_empty(view: RoomView, limit: float) -> Verdict:
    """Nobody is here."""
    if view.room.link is not SignalingState.JOINED:
        return UNKNOWN
    return Wrong(view.nobody) if view.nobody else None


def missing(view: GuestView, limit: float) -> Verdict:
    """Somebody who is expected is not here."""
    if view.here is None:
        return UNKNOWN
    if view.here:
        return None
    return Wrong(f"{view.guest} is expected and not here", view.away)


RULES: tuple[Rule[RoomView], ...] = (
    Rule(
        kind=AlarmKind.SERVER_GONE,
        judge=server_gone,
        over="the server is back",
        after=30.0,
        clear=0.0,
    ),
    Rule(
        kind=AlarmKind.CLUSTER,
        judge=cluster_trouble,
        over="the cluster is well again",
        after=5.0,
        clear=0.0,
    ),
    Rule(
        kind=AlarmKind.NODE,
        judge=node_away,
        over="all nodes are there",
        after=3.0,
        clear=0.0,
    ),
    Rule(
        kind=AlarmKind.ROOM_EMPTY,
        judge=room_empty,
        over="somebody is here",
        after=20.0,
        clear=0.0,
    ),
)
OF_GUESTS: tuple[Rule[GuestView], ...] = (
    Rule(
        kind=AlarmKind.MISSING,
        judge=missing,
        over="{guest} is here",
        after=120.0,
        clear=0.0,
    ),
)
