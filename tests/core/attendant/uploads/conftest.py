"""A bucket of moto's server, which is like that of S3."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.core.attendant.uploads.stage import use


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    use(monkeypatch, moto)
    urllib.request.urlopen(
        urllib.request.Request(f"{moto}/moto-api/reset", method="POST"), timeout=10
    ).close()
    urllib.request.urlopen(
        urllib.request.Request(f"{moto}/takes", method="PUT"), timeout=10
    ).close()
    return "s3://takes/stage"


@pytest.fixture(params=["s3", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each of the two kinds of places."""
    if request.param == "s3":
        return request.getfixturevalue("bucket")
    (tmp_path / "elsewhere").mkdir()
    return (tmp_path / "elsewhere").as_uri()
