"""``python -m roomdeck.core.worker [--spare] SOCKET NUMBER``: started by programs, not by people.

A spare one imports what it needs and then waits to be told another socket and number.
"""

import sys
from pathlib import Path

from ..ipc.spare_worker import OPTION, orders
from .process import main

told = orders() if sys.argv[1] == OPTION else (Path(sys.argv[1]), int(sys.argv[2]))
if told is not None:
    main(*told)
