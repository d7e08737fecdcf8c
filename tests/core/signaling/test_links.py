from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from roomdeck.core.config import Family, TurnServer
from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec
from roomdeck.core.signaling.links import RoomLink, normalise_server, parse_room, salt_of_host


def test_a_name_is_a_room_and_nothing_else() -> None:
    assert parse_room(" My Room ") == RoomLink(room="My_Room")
    assert parse_room("what?") == RoomLink(room="what_")


def test_a_link_says_all_that_is_in_it() -> None:
    link = parse_room(
        "https://vdo.ninja/alpha/?push=me&room=Green%20Room&password=p%40ss+word&salt=s.example"
        "&wss2=signal.example:8443&hash=80&codec=H264&stun=stun:s.example:3478"
        "&turn=me;pw;turns:t.example:443"
    )
    assert link.room == "Green_Room"
    assert link.password == "p@ss word"
    assert link.salt == "s.example"
    assert (link.server, link.family) == ("wss://signal.example:8443", Family.ROUTED)
    assert (link.hash, link.codec) == ("80", Codec.H264)
    assert link.ice.stun == "stun:s.example:3478"
    assert link.ice.turn == TurnServer("turns:t.example:443", "me", "pw")


def test_what_a_link_leaves_open_stays_open() -> None:
    link = parse_room("vdo.ninja/?r=abc&password&codec=mp3&turn=https://t.example&stun=off")
    assert link == RoomLink(room="abc", host="vdo.ninja", salt="vdo.ninja")
    assert link.password is UNSET
    assert parse_room("?room=abc") == RoomLink(room="abc")


def test_the_switch_tells_the_family() -> None:
    assert parse_room("https://a.example/?room=x&wss=ws://127.0.0.1:9").family is Family.FANOUT
    assert parse_room("https://a.example/?room=x&wss=ws://127.0.0.1:9").server == "ws://127.0.0.1:9"
    assert parse_room("https://a.example/?room=x").family is Family.AUTO


@pytest.mark.parametrize("name", ["password", "pw", "p"])
def test_a_link_may_switch_the_password_off(name: str) -> None:
    assert parse_room(f"https://vdo.ninja/?room=x&{name}=false").password is None


@pytest.mark.parametrize("name", ["room", "r", "director"])
def test_names_of_the_room(name: str) -> None:
    assert parse_room(f"https://vdo.ninja/?{name}=abc&{name}=second").room == "abc"


@pytest.mark.parametrize(
    ("host", "salt"),
    [
        ("vdo.ninja", "vdo.ninja"),
        ("beta.VDO.ninja", "vdo.ninja"),
        ("notvdo.ninja", "notvdo.ninja"),
        ("a.b.rtc.ninja", "rtc.ninja"),
        ("x.versus.cam", "versus.cam"),
        ("x.socialstream.ninja", "socialstream.ninja"),
        ("steveseguin.github.io", "vdo.ninja"),
        ("localhost", "vdo.ninja"),
        ("192.168.1.5", "vdo.ninja"),
        ("::1", "vdo.ninja"),
        ("vdo.example.org", "vdo.example.org"),
    ],
)
def test_salt_comes_from_the_host_of_the_page(host: str, salt: str) -> None:
    assert salt_of_host(host) == salt
    url = f"https://{f'[{host}]' if ':' in host else host}:8443/?room=x"
    assert parse_room(url).salt == salt


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "https://vdo.ninja/?push=me", "https://[::1/?room=x", "x" * 5000),
        "https://a.example/?room=x" + "&a=1" * 200,
    ],
)
def test_what_names_no_room_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_room(text)


def test_a_link_shows_no_secrets() -> None:
    link = parse_room("https://a.example/?room=x&password=hunter2&turn=me;hunter3;turn:t")
    for text in (repr(link), str(link), repr(link.__rich_repr__())):
        assert "hunter" not in text


def test_servers_without_a_scheme_are_encrypted_ones() -> None:
    assert normalise_server(" a.example ") == "wss://a.example"
    assert normalise_server("ws://a.example") == "ws://a.example"


@settings(deadline=None)
@given(st.text() | st.text().map("https://vdo.ninja/?room=x&".__add__))
def test_any_text_is_a_link_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        assert parse_room(text).room
