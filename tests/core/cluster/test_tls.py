"""Engine and workers, where Ray's connections are encrypted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from roomdeck.core.cluster import tls
from roomdeck.core.cluster.cards import Here, WorkerCard
from roomdeck.core.cluster.detach import environment
from roomdeck.core.cluster.door import door, knock
from roomdeck.core.errors import ProtocolError, UsageError

from ..server.authority import Authority

TOKEN = "t" * 40


def files(
    folder: Path, authority: Authority, name: str = "node", hosts: Sequence[str] = ("10.9.8.7",)
) -> dict[str, str]:
    """Return what a node is told that has a certificate of an authority."""
    mine = authority.issue(*hosts).put(folder, name)
    ca = folder / f"{name}-ca.pem"
    ca.write_bytes(authority.own.pem)
    return {
        "RAY_USE_TLS": "1",
        "RAY_TLS_SERVER_CERT": str(mine.certificate),
        "RAY_TLS_SERVER_KEY": str(mine.key),
        "RAY_TLS_CA_CERT": str(ca),
    }


def told(monkeypatch: pytest.MonkeyPatch, known: Mapping[str, str]) -> None:
    for name in tls.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in known.items():
        monkeypatch.setenv(name, value)


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[WorkerCard]:
    token = folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    here = Here(node="n1", host="127.0.0.1", token_file=str(token))

    async def greet(engine: ServerConnection) -> None:
        await engine.send("hello")
        await engine.wait_closed()

    async with door(here, folder / "worker-3.sock", 3, os.getpid(), greet) as card:
        yield card


async def test_what_is_said_is_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, files(tmp_path, Authority()))
    async with opened(tmp_path) as card:
        async with await knock(card, TOKEN) as socket:
            assert await socket.recv() == "hello"
            assert isinstance(socket.transport.get_extra_info("ssl_object"), ssl.SSLObject)
        # In the clear nobody gets so much as a challenge.
        told(monkeypatch, {})
        with pytest.raises((ProtocolError, OSError)):
            await knock(card, TOKEN)


async def test_whom_another_authority_knows_does_not_get_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority()
    told(monkeypatch, files(tmp_path, authority))
    async with opened(tmp_path) as card:
        strange = files(tmp_path, Authority(), "stranger")
        told(monkeypatch, strange)
        with pytest.raises(ProtocolError, match=r"refuses.*certificate"):
            await knock(card, TOKEN)
        # It believes us; we are not believed.
        told(monkeypatch, strange | {"RAY_TLS_CA_CERT": str(tmp_path / "node-ca.pem")})
        with pytest.raises((ProtocolError, OSError)):
            async with asyncio.timeout(10):
                await knock(card, TOKEN)


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    whole = files(tmp_path, Authority())
    assert tls.context(ssl.Purpose.CLIENT_AUTH, {}) is None
    assert tls.context(ssl.Purpose.CLIENT_AUTH, whole | {"RAY_USE_TLS": "0"}) is None
    with pytest.raises(UsageError, match="RAY_TLS_SERVER_KEY is not"):
        tls.context(ssl.Purpose.CLIENT_AUTH, whole | {"RAY_TLS_SERVER_KEY": ""})
    with pytest.raises(UsageError, match="nowhere"):
        tls.context(ssl.Purpose.CLIENT_AUTH, whole | {"RAY_TLS_CA_CERT": "/nowhere"})


def test_workers_are_told_of_it_and_of_nothing_else_of_ray(tmp_path: Path) -> None:
    whole = files(tmp_path, Authority())
    others = {"RAY_JOB_ID": "7", "HOME": "/root", "RAY_AUTH_TOKEN_PATH": "/token"}
    assert environment(whole | others) == whole | {
        "HOME": "/root",
        "RAY_AUTH_TOKEN_PATH": "/token",
    }
