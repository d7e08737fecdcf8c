"""Servers and relays that answer, and that do not."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest
from aioice import stun

from roomdeck.core.config import TurnServer
from roomdeck.core.doctor import servers
from roomdeck.core.doctor.finding import Grade
from roomdeck.core.server.app import serve
from roomdeck.core.server.tls import ServerTls
from roomdeck.core.signaling.probe import Opened
from roomdeck.core.webrtc import relay as relays

from ..server.authority import DAY, Authority
from ..webrtc.relay import HOST, Relay, relay

AUTHORITY = Authority()


async def test_a_server_without_tls() -> None:
    async with serve() as server:
        finding = await servers.server(server.url, "", time.time())
    assert finding.grade is Grade.OK
    assert "answers in" in finding.text


async def test_how_long_a_certificate_is_valid(tmp_path: Path) -> None:
    files = AUTHORITY.issue("localhost").put(tmp_path)
    own = tmp_path / "authority.pem"
    own.write_bytes(AUTHORITY.own.pem)
    async with serve(tls=ServerTls(lambda: files).context) as server:
        url = f"wss://localhost:{server.port}"
        good = await servers.server(url, str(own), time.time())
        soon = await servers.server(url, str(own), good.data["valid_until"] - 5 * 86400)
        unknown = await servers.server(url, "", time.time())
    assert good.data["valid_until"] > time.time()
    assert soon.grade is Grade.WARNING
    assert "valid for 5 days only" in soon.text
    assert unknown.grade is Grade.WRONG
    assert "--tls-ca FILE" in unknown.text


async def test_a_certificate_that_is_over(tmp_path: Path) -> None:
    files = AUTHORITY.issue("localhost", begin=-3 * DAY, end=-DAY).put(tmp_path)
    own = tmp_path / "authority.pem"
    own.write_bytes(AUTHORITY.own.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    async with serve(tls=context) as server:
        over = await servers.server(f"wss://localhost:{server.port}", str(own), time.time())
    assert over.grade is Grade.WRONG
    assert "has expired" in over.text


async def test_a_port_at_which_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        finding = await servers.server(f"ws://{HOST}:{taken.getsockname()[1]}", "", 0.0)
    assert finding.grade is Grade.WRONG
    assert "nothing listens" in finding.text


async def test_what_is_no_address_is_said() -> None:
    assert (await servers.server("http://x", "", 0.0)).grade is Grade.WRONG


def test_a_slow_server_is_a_warning() -> None:
    assert servers.judge_server("ws://x", Opened(3.0, None), 0.0).grade is Grade.WARNING


async def test_a_relay_gives_an_address_and_has_it_back() -> None:
    async with relay() as server:
        finding = await servers.relay(TurnServer(f"turn:{HOST}:{server.port}", "u", "p"))
        assert server.asked == [stun.Method.ALLOCATE, stun.Method.REFRESH]
        assert server.relayed is not None
        given = server.relayed.get_extra_info("sockname")
    assert finding.grade is Grade.OK
    assert finding.data["address"] == list(given)
    assert "p" not in finding.data.values()


async def test_a_relay_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "PATIENCE", 0.05)
    async with relay() as server:
        server.answers = 0
        finding = await servers.relay(TurnServer(f"turn:{HOST}:{server.port}"))
    assert finding.grade is Grade.WRONG
    assert "does not answer" in finding.text


async def test_a_relay_that_does_not_know_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Relay, data: bytes, addr: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        answer = stun.Message(
            request.message_method, stun.Class.ERROR, transaction_id=request.transaction_id
        )
        answer.attributes["ERROR-CODE"] = (401, "Unauthorized")
        answer.attributes["REALM"], answer.attributes["NONCE"] = "r", b"n"
        self.transport.sendto(bytes(answer), addr)

    monkeypatch.setattr(Relay, "datagram_received", refuse)
    async with relay() as server:
        finding = await servers.relay(TurnServer(f"turn:{HOST}:{server.port}", "u", "wrong"))
    assert finding.grade is Grade.WRONG
    assert "does not know this user" in finding.text
    assert "--turn-password" in finding.mend


async def test_no_relay_at_all() -> None:
    assert (await servers.relay(TurnServer("turn:a b"))).grade is Grade.WRONG
