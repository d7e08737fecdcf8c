"""``python -m roomdeck.core.attendant``: an attendant, its orders on stdin."""

import asyncio
import logging
import os
import sys

from .orders import decode
from .process import main

NICE = 10
"""Recording comes first."""

if __name__ == "__main__":
    os.nice(NICE)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(main(decode(sys.stdin.buffer.read())))
