"""``python -m tests.bench.many.bridge``: the bridge to Ray, whose supervisors are `MadeUp`."""

from __future__ import annotations

from roomdeck.core.cluster import bridge, supervisor

from .supervisor import MadeUp

if __name__ == "__main__":
    supervisor.Supervisor = MadeUp
    bridge.main()
