"""``python -m roomdeck.core.farm SIDECAR PRESET``: a delivery on nodes when a session is over.

Which cluster comes on its stdin. It says what became of each file, for a log: nobody waits for it.
"""

import sys
from pathlib import Path

import msgspec

from ..config import ClusterConfig
from ..delivery.deliver import deliver, folder_of
from ..delivery.jobs.yielding import Recordings
from ..delivery.plan import Wish
from ..delivery.presets import PRESETS
from ..errors import RoomdeckError
from .delivery import late_nodes, on_nodes
from .scattered import find_scattered


def main(sidecar: Path, preset: str, cluster: ClusterConfig) -> int:
    """Deliver a session; one in which nothing was recorded is none."""
    recordings, wish, failed = Recordings(), Wish(PRESETS[preset]), False
    try:
        found = find_scattered(sidecar)
        folder = folder_of(found.session, preset)
        with on_nodes(cluster, found, wish, folder, late_nodes(recordings)) as nodes:
            for text in nodes.left_out:
                print(f"left out: {text}", flush=True)
            for done in deliver(found.session, wish, folder, elsewhere=nodes):
                failed |= bool(done.error)
                print(f"{folder / done.plan.file}: {done.error or 'made'}", *done.notes, flush=True)
    except RoomdeckError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        recordings.close()
    return int(failed)


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=ClusterConfig)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], told))
