"""``python -m roomdeck.core.attendant.nodes``: the attendant of a node, its orders on stdin."""

import asyncio
import logging
import os
import sys

from ..__main__ import NICE
from .orders import decode
from .process import main

if __name__ == "__main__":
    os.nice(NICE)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(main(decode(sys.stdin.buffer.read())))
