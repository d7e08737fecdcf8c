"""``python -m roomdeck.core.delivery.report SIDECAR``: the report of a session, beside its sidecar.

It says which files it made. It runs while others record: at the lowest priority, and in a second or
two.
"""

import os
import sys
from pathlib import Path

from ...errors import RoomdeckError
from ...recording import sidecar
from . import make_report, write_report


def main(path: Path) -> int:
    """Make a report where there are takes."""
    try:
        known = sidecar.load(path)
        if known is not None and known.takes:
            for made in write_report(path, *make_report(path)):
                print(made, flush=True)
    except (RoomdeckError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.nice(19)
    status = main(Path(sys.argv[1]))
    sys.stdout.flush()
    # A thread may wait for a disk that does not answer.
    os._exit(status)
