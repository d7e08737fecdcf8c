"""``python -m roomdeck.core.delivery SIDECAR PRESET``: what is delivered when a session is over.

It says what became of each file, for a log: nobody waits for it.
"""

import sys
from pathlib import Path

from ..errors import RoomdeckError
from .deliver import deliver, folder_of
from .found import find_session
from .jobs.yielding import Recordings
from .plan import Wish
from .presets import PRESETS


def main(sidecar: Path, preset: str) -> int:
    """Deliver a session; one in which nothing was recorded is none."""
    recordings = Recordings()
    try:
        session = find_session(sidecar)
        folder = folder_of(session, preset)
        for done in deliver(session, Wish(PRESETS[preset]), folder, held=lambda: recordings.late):
            print(f"{folder / done.plan.file}: {done.error or 'made'}", *done.notes, flush=True)
    except RoomdeckError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        recordings.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
