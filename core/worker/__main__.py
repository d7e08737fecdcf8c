"""``python -m roomdeck.core.worker [--spare | --node HERE] SOCKET NUMBER``: programs start it.

A spare one imports what it needs and then waits to be told another socket and number. One on a node
of a cluster is told so: `cluster.cards.Here` as JSON.
"""

import sys
from pathlib import Path

from ..ipc.spare_worker import OPTION, orders
from .process import NODE, main

*options, socket, number = sys.argv[1:]
told = orders() if options == [OPTION] else (Path(socket), int(number))
if told is not None:
    main(*told, here=options[1] if options[:1] == [NODE] else "")
