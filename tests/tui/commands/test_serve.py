"""What people are told to type and to click."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import platformdirs
import pytest

from roomdeck.tui.commands import serve
from roomdeck.tui.commands.serve import Certificate, certificate, directions

from ...core.server.authority import Authority


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    def folder(_name: str) -> Path:
        return tmp_path

    monkeypatch.setattr(platformdirs, "user_data_path", folder)
    shown = certificate(True, None, None, "0.0.0.0")
    assert shown is not None
    return shown


def test_without_tls_pages_are_not_promised_anything() -> None:
    said = "\n".join(directions("ws://127.0.0.1:8443", "127.0.0.1", 8443, None))
    assert "--server ws://127.0.0.1:8443" in said
    assert "--tls" in said
    assert "wss2" not in said


def test_a_guest_of_a_certificate_made_here_is_told_where_to_click(
    made: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [ip_address("192.0.2.7"), ip_address("fd00::7")]
    monkeypatch.setattr(serve, "machine_addresses", lambda: addresses)
    said = "\n".join(directions("wss://[::1]:8443", "::", 8443, made))
    file = tmp_path / "tls" / "certificate.pem"
    assert f"--server wss://192.0.2.7:8443 --tls-ca {file}" in said
    assert "open https://192.0.2.7:8443/" in said
    assert "add &wss2=192.0.2.7:8443" in said
    assert "also [fd00::7]:8443" in said
    assert "--host" not in said


def test_a_server_for_this_machine_only_says_so(made: Certificate) -> None:
    said = "\n".join(directions("wss://127.0.0.1:8443", "127.0.0.1", 8443, made))
    assert "--host 0.0.0.0 lets other machines in" in said


def test_a_certificate_that_is_trusted_needs_no_click_and_gives_the_name(tmp_path: Path) -> None:
    files = Authority().issue("*.example.org", "deck.example.org").put(tmp_path)
    shown = certificate(False, files.certificate, files.key, "0.0.0.0")
    said = "\n".join(directions("wss://127.0.0.1:443", "0.0.0.0", 443, shown))
    assert "add &wss2=deck.example.org:443" in said
    assert "accept" not in said
    assert "--tls-ca" not in said
