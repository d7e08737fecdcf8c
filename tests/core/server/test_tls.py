"""Certificates that are given, those that are made here, and a server that has one."""

from __future__ import annotations

import asyncio
import datetime
import os
import ssl
import stat
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from roomdeck.core.errors import UsageError
from roomdeck.core.server import selfmade
from roomdeck.core.server.app import RunningServer, serve
from roomdeck.core.server.selfmade import Names, lasting_names, names_of, self_made
from roomdeck.core.server.tls import KeyPair, ServerTls, check_pair, read_certificates
from roomdeck.core.signaling.network import tls_context

from .authority import DAY, Authority

AUTHORITY = Authority()
NAMES = Names(frozenset({"localhost"}), frozenset({ip_address("127.0.0.1")}))


def swapped(folder: Path) -> KeyPair:
    return KeyPair(
        AUTHORITY.issue("localhost").put(folder, "one").certificate,
        AUTHORITY.issue("localhost").put(folder, "two").key,
    )


def wrong_order(folder: Path) -> KeyPair:
    server = AUTHORITY.issue("localhost")
    files = server.put(folder)
    files.certificate.write_bytes(AUTHORITY.own.pem + server.pem)
    return files


def locked(folder: Path) -> KeyPair:
    server = AUTHORITY.issue("localhost")
    files = server.put(folder)
    files.key.write_bytes(server.key_pem(b"secret"))
    return files


def without_key(folder: Path) -> KeyPair:
    files = AUTHORITY.issue("localhost").put(folder)
    return KeyPair(files.certificate, files.certificate)


def binary(folder: Path) -> KeyPair:
    files = AUTHORITY.issue("localhost").put(folder)
    files.certificate.write_bytes(bytes(range(256)))
    return files


def missing(folder: Path) -> KeyPair:
    return KeyPair(folder / "none.pem", folder / "none.key")


def no_file(folder: Path) -> KeyPair:
    return KeyPair(folder, folder)


def expired(folder: Path) -> KeyPair:
    return AUTHORITY.issue("localhost", begin=-3 * DAY, end=-DAY).put(folder)


def early(folder: Path) -> KeyPair:
    return AUTHORITY.issue("localhost", begin=DAY, end=2 * DAY).put(folder)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (swapped, "does not belong to the certificate"),
        (wrong_order, "must be the first in"),
        (locked, "openssl pkey -in"),
        (without_key, "no private key in PEM form.* --tls-key FILE"),
        (binary, "no certificate in PEM form"),
        (missing, "cannot read the certificate .*none.pem: No such file"),
        (no_file, "cannot read the certificate .*: Is a directory"),
        (expired, "expired on .*renew it"),
        (early, "not valid before .*clock"),
    ],
)
def test_files_that_no_client_would_accept_are_refused_with_a_reason(
    tmp_path: Path, make: Callable[[Path], KeyPair], complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        check_pair(make(tmp_path))


def test_a_certificate_with_its_chain_and_key_in_one_file_is_used(tmp_path: Path) -> None:
    server = AUTHORITY.issue("localhost")
    one = tmp_path / "all.pem"
    one.write_bytes(server.key_pem() + server.pem + AUTHORITY.own.pem)
    check_pair(KeyPair(one, one))


# ── made here ────────────────────────────────────────────────────────────────────────────


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_for_this_machine_and_its_key_for_this_user(tmp_path: Path) -> None:
    files = self_made(tmp_path / "data" / "tls", lasting_names("192.0.2.7"))
    check_pair(files)
    names = names_of(read_certificates(files.certificate)[0])
    assert {"localhost"} < names.hosts
    addresses = {ip_address(one) for one in ("127.0.0.1", "::1", "192.0.2.7")}
    assert names.addresses >= addresses
    assert mode(files.key) == 0o600
    assert mode(files.key.parent) == 0o700
    assert sorted(path.name for path in files.key.parent.iterdir()) == [
        ".lock",
        "certificate.pem",
        "key.pem",
    ]


def test_it_is_used_again(tmp_path: Path) -> None:
    first = self_made(tmp_path, NAMES).certificate.read_bytes()
    assert self_made(tmp_path, NAMES).certificate.read_bytes() == first


def unreadable(files: KeyPair) -> None:
    files.key.write_text("nonsense")


def exposed(files: KeyPair) -> None:
    os.chmod(files.key, 0o640)


def parted(files: KeyPair) -> None:
    files.key.write_bytes(AUTHORITY.issue("localhost").key_pem())


def ending(files: KeyPair) -> None:
    AUTHORITY.issue("localhost", "127.0.0.1", end=20 * DAY).put(files.key.parent, "x")
    (files.key.parent / "x.pem").rename(files.certificate)
    (files.key.parent / "x.key").rename(files.key)
    os.chmod(files.key, 0o600)


def gone(files: KeyPair) -> None:
    files.certificate.unlink()


@pytest.mark.parametrize("happens", [unreadable, exposed, parted, ending, gone])
def test_another_one_is_made_where_it_would_not_do(
    tmp_path: Path, happens: Callable[[KeyPair], None]
) -> None:
    files = self_made(tmp_path, NAMES)
    first = files.certificate.read_bytes()
    happens(files)
    assert self_made(tmp_path, NAMES).certificate.read_bytes() != first
    check_pair(files)
    assert mode(files.key) == 0o600


def test_another_one_is_made_for_a_new_address(tmp_path: Path) -> None:
    first = self_made(tmp_path, NAMES).certificate.read_bytes()
    more = NAMES | Names(frozenset(), frozenset({ip_address("192.0.2.9")}))
    assert self_made(tmp_path, more).certificate.read_bytes() != first


@pytest.mark.parametrize("name", ["büro", "a..b", "-", "", "x" * 300])
def test_a_machine_with_an_odd_name_gets_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(selfmade.socket, "gethostname", lambda: name)
    check_pair(self_made(tmp_path, lasting_names()))


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--tls-cert FILE --tls-key FILE"):
        self_made(tmp_path / "file" / "tls", NAMES)


# ── a server that has one ────────────────────────────────────────────────────────────────


async def get(server: RunningServer, context: ssl.SSLContext | None) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


async def greets(server: RunningServer, authorities: Path) -> None:
    """A client that trusts this file gets through to the websocket."""
    context = tls_context(server.url, str(authorities))
    async with connect(server.url, ssl=context, proxy=None) as socket:
        await (await socket.ping())


async def test_who_trusts_the_certificate_or_its_authority_gets_in(tmp_path: Path) -> None:
    files = AUTHORITY.issue("127.0.0.1").put(tmp_path)
    own = tmp_path / "ca.pem"
    own.write_bytes(AUTHORITY.own.pem)
    async with serve(tls=ServerTls(lambda: files).context) as server:
        assert server.url.startswith("wss://127.0.0.1:")
        await greets(server, own)
        await greets(server, files.certificate)
        with pytest.raises(ssl.SSLCertVerificationError):
            await greets(server, AUTHORITY.issue("127.0.0.1").put(tmp_path, "other").certificate)


async def test_a_certificate_made_here_vouches_for_itself_by_strict_rules(tmp_path: Path) -> None:
    files = self_made(tmp_path, NAMES)
    context = tls_context("wss://x", str(files.certificate))
    assert context is not None
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    async with (
        serve(tls=ServerTls(lambda: files).context) as server,
        connect(server.url, ssl=context, proxy=None),
    ):
        pass


async def test_a_browser_that_looks_in_is_told_that_it_accepted(tmp_path: Path) -> None:
    files = self_made(tmp_path, NAMES)
    async with serve(tls=ServerTls(lambda: files).context) as server:
        page = await get(server, tls_context(server.url, str(files.certificate)))
    head, _, body = page.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert b"<h1>Connected</h1>" in body
    assert b"accepted it now" in body


async def test_a_browser_that_looks_into_a_plain_server_is_told_what_is_missing() -> None:
    async with serve() as server:
        assert b"roomdeck serve --tls" in await get(server, None)


async def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    files = AUTHORITY.issue("127.0.0.1").put(tmp_path)
    tls = ServerTls(lambda: files)
    async with serve(tls=tls.context) as server:
        old = tmp_path / "old.pem"
        old.write_bytes(files.certificate.read_bytes())
        await greets(server, old)
        AUTHORITY.issue("127.0.0.1", end=9 * DAY).put(tmp_path)
        tls.refresh()
        await greets(server, files.certificate)
        with pytest.raises(ssl.SSLCertVerificationError):
            await greets(server, old)
        assert tls.expires - datetime.datetime.now(tz=datetime.UTC) > 8 * DAY

        files.key.write_text("half written")
        with pytest.raises(UsageError):
            tls.refresh()
        await greets(server, files.certificate)
