"""Small pictures of the takes of a session, by a process of their own."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from ....core.model import Picture
from .helper import Helper

MODULE = "roomdeck.core.delivery.glance"


async def glances(sidecar: Path) -> AsyncGenerator[tuple[str, Picture]]:
    """Yield the path of each take that has a picture, and the picture.

    Raises:
        HelperError: None can be had.
    """
    async with aclosing(Helper(MODULE, (str(sidecar),)).lines()) as lines:
        async for line in lines:
            rgb = base64.b64decode(line["rgb"])
            yield str(line["file"]), Picture(int(line["width"]), int(line["height"]), rgb)
