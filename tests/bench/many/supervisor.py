"""A supervisor that starts workers which receive nothing; all else of it is the real one's."""

# It differs by the one module that it starts.
# pyright: reportPrivateUsage=false
from __future__ import annotations

from roomdeck.core.cluster import supervisor


class MadeUp(supervisor.Supervisor):
    """As above."""

    def __init__(self, orders: str) -> None:
        supervisor._WORKER = "tests.bench.many.worker"  # pyright: ignore[reportConstantRedefinition]
        super().__init__(orders)
