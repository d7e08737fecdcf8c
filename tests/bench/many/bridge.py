"""``python -m tests.bench.many.bridge``: the bridge to Ray, whose supervisors are `MadeUp`."""

# It differs by the actor that it starts.
# pyright: reportPrivateUsage=false
from __future__ import annotations

import asyncio
import os

from roomdeck.core.cluster import bridge, supervisor

from .supervisor import MadeUp

if __name__ == "__main__":
    supervisor.Supervisor = MadeUp
    os.dup2(2, 1)
    asyncio.run(bridge._serve())
    os._exit(0)
