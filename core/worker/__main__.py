"""``python -m roomdeck.core.worker SOCKET NUMBER``: started by the engine, not by people."""

import sys
from pathlib import Path

from .process import main

main(Path(sys.argv[1]), int(sys.argv[2]))
