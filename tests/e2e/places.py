"""Where files go, and how far they are."""

from __future__ import annotations

import contextlib
import logging
import urllib.request
from collections.abc import Generator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tests.core.attendant.uploads.stage import use

from .lab import Line

_LARGE = 400_000


@contextlib.contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """Have a bucket, with what is needed to get there in the environment of all that is started."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        use(monkeypatch, f"http://{host}:{port}")
        made = urllib.request.Request(f"http://{host}:{port}/takes", method="PUT")
        urllib.request.urlopen(made, timeout=10).close()
        yield "s3://takes/stage"
    finally:
        server.stop()


def is_large(line: Line) -> bool:
    """Whether a file takes long enough to be sent, slowly, for something to happen meanwhile."""
    return any(row["bytes"] > _LARGE for row in line["streams"])


def is_sending(line: Line) -> bool:
    """Whether a node has sent something of a file, and not all."""
    files: list[dict[str, Any]] = line["uploads"]["files"] if line["uploads"] else []
    return any(one["state"] == "sending" and one["sent"] and one["node"] for one in files)
