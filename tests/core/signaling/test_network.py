"""What is said when a server cannot be reached in the way that was asked for."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from roomdeck.core.config import RoomConfig
from roomdeck.core.errors import UsageError
from roomdeck.core.server.app import RunningServer, serve
from roomdeck.core.server.tls import KeyPair
from roomdeck.core.signaling.client import Connected, Disconnected, SignalingClient
from roomdeck.core.signaling.network import tls_context
from roomdeck.core.signaling.secrets import Secrets

from ..server.authority import DAY, Authority

AUTHORITY = Authority()


async def first(url: str, authorities: Path | None = None) -> object:
    """Return what happens first to somebody who wants to join."""
    config = RoomConfig(room="lab", server=url, tls_ca=str(authorities or ""))
    async with SignalingClient(config, Secrets(None, "")) as client:
        return await anext(client)


async def refusal(url: str, authorities: Path | None = None) -> str:
    happening = await first(url, authorities)
    assert isinstance(happening, Disconnected)
    return happening.reason


@contextlib.asynccontextmanager
async def secure(folder: Path, *hosts: str, **life: timedelta) -> AsyncGenerator[RunningServer]:
    """A server with a certificate for these names, which may be expired."""
    files: KeyPair = AUTHORITY.issue(*hosts, **life).put(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    async with serve(tls=context) as server:
        yield server


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.own.pem)
    return path


async def test_a_certificate_that_is_vouched_for_lets_in(tmp_path: Path, ca: Path) -> None:
    async with secure(tmp_path, "127.0.0.1") as server:
        assert isinstance(await first(server.url, ca), Connected)


async def test_an_unknown_authority_is_said_with_the_option_that_names_it(tmp_path: Path) -> None:
    async with secure(tmp_path, "127.0.0.1") as server:
        said = await refusal(server.url)
        assert "--tls-ca FILE" in said
        other = tmp_path / "other.pem"
        other.write_bytes(Authority().own.pem)
        assert "--tls-ca FILE" in await refusal(server.url, other)


async def test_another_name_is_said(tmp_path: Path, ca: Path) -> None:
    async with secure(tmp_path, "deck.example.org") as server:
        assert "other names than the one in --server" in await refusal(server.url, ca)
        localhost = server.url.replace("127.0.0.1", "localhost")
        assert "other names than the one in --server" in await refusal(localhost, ca)


async def test_an_expired_certificate_and_a_wrong_clock_are_said(tmp_path: Path, ca: Path) -> None:
    async with secure(tmp_path, "127.0.0.1", begin=-3 * DAY, end=-DAY) as server:
        assert "has expired" in await refusal(server.url, ca)
    async with secure(tmp_path, "127.0.0.1", begin=DAY, end=2 * DAY) as server:
        assert "machine's clock right" in await refusal(server.url, ca)


async def test_plain_and_secure_are_told_apart(tmp_path: Path, ca: Path) -> None:
    async with secure(tmp_path, "127.0.0.1") as server:
        plain = server.url.replace("wss://", "ws://")
        assert "write wss:// in place of ws://" in await refusal(plain, ca)
    async with serve() as server:
        wanted = server.url.replace("ws://", "wss://")
        assert "write ws:// in place of wss://" in await refusal(wanted, ca)

    async def web(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert "write ws:// in place of wss://" in await refusal(f"wss://127.0.0.1:{port}", ca)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----", b"\xff\xfe", b"text"])
@pytest.mark.parametrize("url", ["wss://x", "ws://x"])
def test_a_file_that_vouches_for_nothing_is_refused(
    tmp_path: Path, content: bytes, url: str
) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no certificate in PEM form"):
        tls_context(url, str(path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the certificate .*No such file"):
        tls_context("wss://x", str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"cannot read the certificate .*directory"):
        tls_context("wss://x", str(tmp_path))
