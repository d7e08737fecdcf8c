"""``python -m roomdeck.core.engine``: an engine on its own, its configuration on stdin."""

import sys

from ..ipc import spare_worker


def main() -> int:
    """Start a worker, and import the rest while it imports its own things.

    One that takes over (`launch.HEIR`) has workers already.
    """
    heir = sys.argv[1:] == ["--heir"]
    if not heir:
        spare_worker.start()
    from .detached import main

    return main(heir)


if __name__ == "__main__":
    sys.exit(main())
