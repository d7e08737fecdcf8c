from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from roomdeck.core.config import Family, TurnServer
from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec
from roomdeck.core.signaling.invite_links import (
    STREAM_LIMIT,
    RoomLink,
    is_link,
    normalise_server,
    parse_room,
    salt_of_host,
    stream_ids,
    with_secrets,
    without_secrets,
)
from roomdeck.core.signaling.secrets import Secrets


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
    link = parse_room("vdo.ninja/?r=abc&codec=mp3&turn=https://t.example&stun=off")
    assert link == RoomLink(room="abc", host="vdo.ninja", salt="vdo.ninja")
    assert link.password is UNSET
    assert parse_room("?room=abc") == RoomLink(room="abc")


def test_the_switch_tells_the_family() -> None:
    assert parse_room("https://a.example/?room=x&wss=ws://127.0.0.1:9").family is Family.FANOUT
    assert parse_room("https://a.example/?room=x&wss=ws://127.0.0.1:9").server == "ws://127.0.0.1:9"
    assert parse_room("https://a.example/?room=x").family is Family.AUTO


@pytest.mark.parametrize(
    ("address", "room"),
    [
        ("?room=abc", "abc"),
        ("?roomid=abc", "abc"),
        ("?r=abc", "abc"),
        ("?director=abc", "abc"),
        ("?dir=abc", "abc"),
        ("?room=abc&room=second", "abc"),
        ("?r=third&roomid=second&room=abc", "abc"),
        ("?r=second&roomid=abc", "abc"),
        ("?room=second&director=abc", "abc"),
        ("?director&room=third&r=second&roomid=abc", "abc"),
        ("?dir&r=abc", "abc"),
        ("??room=abc", "abc"),
        ("?push=x?room=abc", "abc"),
        ("?room=abc?password=x", "abc"),
        ("?room=Green%20Room+1", "Green_Room_1"),
        ("?room=%20abc%20", "abc"),
        ("?room=a--%C3%A9--b", "a_b"),
        ("?room=a%26b", "a_b"),
        ("?room=" + "x" * 40, "x" * 30),
        ("abc", "abc"),
        ("abc?password=x", "abc"),
        ("abc&password=x", "abc"),
        ("director?room=abc", "abc"),
        ("second?room=abc", "abc"),
        ("alpha/abc", "abc"),
        ("alpha/?room=abc", "abc"),
        ("index.html?room=abc", "abc"),
        ("?room=abc#and=more", "abc"),
        ("&room=abc", "abc"),
        ("room=abc&password=x", "abc"),
        ("my%20room", "my_20room"),
    ],
)
def test_spellings_of_the_room(address: str, room: str) -> None:
    for page in ("https://vdo.ninja/", "http://vdo.example:8080/", "vdo.ninja/"):
        assert parse_room(page + address).room == room


@pytest.mark.parametrize(
    ("query", "streams"),
    [
        ("view=a", ("a",)),
        ("streamid=a", ("a",)),
        ("v=a", ("a",)),
        ("pull=a", ("a",)),
        ("push=a", ("a",)),
        ("id=a", ("a",)),
        ("permaid=a", ("a",)),
        ("pull=4&v=3&view=2&streamid=a", ("a",)),
        ("permaid=3&id=2&push=a", ("a",)),
        ("streamid&view=a", ("a",)),
        ("view=a,b,,a,c", ("a", "b", "c")),
        ("view=a%2Cb", ("a", "b")),
        ("view=a:s", ("a",)),
        ("view=a,a:s", ("a",)),
        ("view=b&push=a", ("b", "a")),
        ("view=My%20Stream!", ("My_Stream_",)),
        ("view=a?password=x", ("a",)),
        ("push=" + "x" * 80, ("x" * 70,)),
        ("room=&view=a", ("a",)),
    ],
)
def test_spellings_of_streams(query: str, streams: tuple[str, ...]) -> None:
    link = parse_room(f"https://vdo.ninja/?{query}")
    assert (link.room, link.streams) == ("", streams)


def test_in_a_room_streams_are_those_of_the_room() -> None:
    link = parse_room("https://vdo.ninja/?room=r&view=a,b&push=c&solo")
    assert (link.room, link.view, link.push, link.streams) == ("r", ("a", "b"), "c", ())


@pytest.mark.parametrize(
    ("query", "password"),
    [
        ("password=hunter2", "hunter2"),
        ("pass=hunter2", "hunter2"),
        ("pw=hunter2", "hunter2"),
        ("p=hunter2", "hunter2"),
        ("p=4&pw=3&pass=2&password=hunter2", "hunter2"),
        ("password&p=hunter2", "hunter2"),
        ("password=%20hunter2%C2%A0", "hunter2"),
        ("password=a+b", "a b"),
        ("password=a%2Bb", "a+b"),
        ("password=a%2520b", "a b"),
        ("password=100%25", "100%"),
        ("password=a%25zz", "a%zz"),
        ("password=%25C3", "%C3"),
        ("password=%25C3%25A9", "é"),
        ("password=a%3Fb", "a?b"),
        ("password=a%26b", "a&b"),
        ("password=False", "False"),
        ("password=OFF", "OFF"),
        ("password=nopassword", "nopassword"),
        ("password=false", None),
        ("pass=0", None),
        ("p=off", None),
        ("pw=false&nopassword", None),
        ("password=%20", None),
        ("nopassword", None),
        ("nopass", None),
        ("nopw", None),
        ("p0", None),
        ("p0=1", None),
        ("nopassword=false", None),
        ("nopassword&password=hunter2", "hunter2"),
        ("", UNSET),
        ("password", UNSET),
        ("password=&p0", UNSET),
        ("Password=x", UNSET),
    ],
)
def test_spellings_of_the_password(query: str, password: object) -> None:
    link = parse_room(f"https://vdo.ninja/?room=x&{query}")
    assert link.password == password
    assert link.asks_password == (query.startswith("password") and password is UNSET)


@pytest.mark.parametrize(
    ("query", "salt"),
    [("salt=a.example", "a.example"), ("salt=", "vdo.ninja"), ("Salt=a", "vdo.ninja")],
)
def test_spellings_of_the_salt(query: str, salt: str) -> None:
    assert parse_room(f"https://vdo.ninja/?room=x&{query}").salt == salt


@pytest.mark.parametrize("name", ["hash", "crc", "check"])
def test_spellings_of_the_hash(name: str) -> None:
    assert parse_room(f"https://vdo.ninja/?room=x&{name}=80&check=2").hash == "80"


@pytest.mark.parametrize(
    ("query", "server", "family"),
    [
        ("wss=a.example", "wss://a.example", Family.FANOUT),
        ("wss=wss://a.example:1", "wss://a.example:1", Family.FANOUT),
        ("wss2=a.example:8443", "wss://a.example:8443", Family.ROUTED),
        ("wss=a.example&wss2=b.example", "wss://a.example", Family.FANOUT),
        ("wss=ws://127.0.0.1:9", "ws://127.0.0.1:9", Family.FANOUT),
        ("wss&wss2=b.example", None, Family.FANOUT),
        ("wss2", None, Family.AUTO),
        ("wss", None, Family.FANOUT),
        ("bypass", None, Family.FANOUT),
        ("pie", None, Family.FANOUT),
        ("pie=k", "wss://free3.piesocket.com/v3/1?api_key=k", Family.FANOUT),
        ("", None, Family.AUTO),
    ],
)
def test_spellings_of_the_server(query: str, server: str | None, family: Family) -> None:
    link = parse_room(f"https://a.example/?room=x&{query}")
    assert (link.server, link.family) == (server, family)


@pytest.mark.parametrize(
    ("query", "room_id", "suffix"),
    [
        # the vectors of test_secrets.py, spelt as links (protocol.md §2)
        ("room=testroom", "01081e4801f6d08a", "808d64"),
        ("r=My%20Room", "5147cb34752d360c", "808d64"),
        ("director=labroom1", "63f7b0b02ca3f964", "808d64"),
        ("roomid=testroom&pw=s3cret", "f10411db6e9391ad", "c08e16"),
        ("room=testroom&pass=p@ss+word/%C3%A9", "7d1691d852f8625e", "bb0cc6"),
        ("room=testroom&p=p%2540ss%2520word%252F%25C3%25A9", "7d1691d852f8625e", "bb0cc6"),
        ("room=testroom&salt=vdo.example.org", "0885ca3f0b03434e", "75bd15"),
        ("room=testroom&p0", "testroom", ""),
    ],
)
def test_a_link_leads_where_the_page_goes(query: str, room_id: str, suffix: str) -> None:
    link = parse_room(f"https://vdo.ninja/?{query}")
    password = "someEncryptionKey123" if link.password is UNSET else link.password
    secrets = Secrets(password, link.salt or "")
    assert (secrets.room_id(link.room), secrets.suffix) == (room_id, suffix)
    assert secrets.stream_on_wire("guestA") == "guestA" + suffix


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
        *("", "  ", "https://[::1/?room=x", "x" * 5000),
        "https://a.example/?room=x" + "&a=1" * 200,
    ],
)
def test_what_cannot_be_read_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_room(text)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        *((page, "no room .* and no stream") for page in ("", "?password=x", "a", "director")),
        *((page, "no room .* and no stream") for page in ("?view", "?director", "?room=%20")),
        *((f"?{name}=abc", "hides where it leads") for name in ("invite", "i", "code")),
        ("?room=x&token=abc", "token="),
        ("?room=x&pie=%1b%5d0;title%07", "no server"),
        ("?view=" + ",".join(f"s{n}" for n in range(STREAM_LIMIT + 1)), "more than one recorder"),
    ],
)
def test_a_link_that_leads_nowhere_says_why(address: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        parse_room(f"https://vdo.ninja/{address}")


def test_a_list_of_streams_is_a_list_of_ids() -> None:
    assert stream_ids("") == ()
    assert stream_ids(" a ,b c,,a") == ("a", "b_c")
    for pattern in ("a*", "b,a?", "[ab]"):
        with pytest.raises(UsageError, match="is no stream id"):
            stream_ids(pattern)


def test_what_is_recorded_has_a_name() -> None:
    assert parse_room("https://vdo.ninja/?view=a,b").name == "a_b" == parse_room("a,b").name
    assert parse_room("https://vdo.ninja/?room=r&view=a,b").name == "r"
    assert len(parse_room("https://vdo.ninja/?view=" + "x" * 60).name) == 30


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
        link = parse_room(text)
        assert link.room or link.streams
        assert parse_room(link.name).name == link.name


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_any_password_and_id_survive_being_put_into_a_link(password: str, stream: str) -> None:
    quoted = quote(quote(password, safe=""), safe="")
    with suppress(UsageError):
        link = parse_room(f"https://vdo.ninja/?password={quoted}&view={quote(stream, safe='')}")
        typed = None if link.password is UNSET else link.password
        off = password in ("false", "0", "off")
        assert Secrets(typed).suffix == ("" if off else Secrets(password).suffix)
        assert all(stream_ids(one) == (one,) for one in link.streams)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("ws://x", "ws://x"),
        (" WSS://x:443/path?a=b ", "wss://x:443/path?a=b"),
        ("x:8443", "wss://x:8443"),
        ("wss://[fd00::2]:8443", "wss://[fd00::2]:8443"),
    ],
)
def test_servers(text: str, url: str) -> None:
    assert normalise_server(text) == url


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("http://x:80/a", "write ws://x:80/a in place of http://x:80/a"),
        ("HTTPS://x", "write wss://x in place of https://x"),
        ("ftp://x", "write it like wss://HOST"),
        ("ws://", "write it like"),
        ("", "write it like"),
        ("wss://:8443", "write it like"),
        ("wss://x:port", "write it like"),
        ("wss://x:99999", "write it like"),
        ("wss://[::1", "write it like"),
        ("wss://a b", "write it like"),
        ("wss://a\x1b[2J", "write it like"),
    ],
)
def test_what_is_no_server(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        normalise_server(text)


_LINKS = st.lists(
    st.sampled_from(
        [
            *("room=lab", "view=a,b", "push=me", "director=lab", "codec=vp9", "hash=ab12", "p0"),
            *(
                "password=s3cret",
                "password",
                "pw=s3cret%26x",
                "p=",
                "pass=s3cret",
                "Password=s3cret",
            ),
            *("turn=me;s3cret;turn:t.example:1", "p%61ssword=s3cret", "wss2=h.example", "lab"),
        ]
    ),
    max_size=6,
)


@settings(max_examples=300)
@given(
    st.sampled_from(
        ["https://vdo.ninja/", "vdo.ninja/lab", "https://my.example/alpha/", "", "lab"]
    ),
    _LINKS,
    st.lists(st.sampled_from("?&"), min_size=6, max_size=6),
    st.sampled_from(["", "#", "#password=s3cret"]),
)
def test_what_opens_a_room_is_taken_out_of_a_link_and_put_back(
    page: str, arguments: list[str], marks: list[str], end: str
) -> None:
    marks[0] = "?"
    link = page + "".join(map("".join, zip(marks, arguments, strict=False))) + end
    assume(is_link(link.partition("#")[0]))
    shown, secrets = without_secrets(f" {link}\n")
    assert "s3cret" not in shown
    assert read_again(with_secrets(shown, secrets)) == read_again(link)


def read_again(link: str) -> object:
    try:
        read = parse_room(link)
    except UsageError as error:
        return str(error)
    return (
        read.ice.turn,
        read.password,
        {name: getattr(read, name) for name in read.__struct_fields__},
    )


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://vdo.ninja/?room=lab&password=x&view=a", "https://vdo.ninja/?room=lab&view=a"),
        ("https://vdo.ninja/?password=x&room=lab", "https://vdo.ninja/?room=lab"),
        ("https://vdo.ninja/lab&password=x", "https://vdo.ninja/lab"),
        ("https://vdo.ninja/password=x&room=lab", "https://vdo.ninja/&room=lab"),
        ("lab", "lab"),
    ],
)
def test_a_link_without_its_password_is_one_still(link: str, shown: str) -> None:
    assert without_secrets(link)[0] == shown
