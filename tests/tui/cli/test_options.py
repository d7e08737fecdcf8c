from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roomdeck.core.config import (
    DEFAULT_PASSWORD,
    DEFAULT_SALT,
    HOSTED_SERVER,
    Family,
    IceConfig,
    TurnServer,
)
from roomdeck.core.errors import MissingError, UsageError
from roomdeck.core.model import Codec, Container
from roomdeck.core.signaling.invite_links import RoomLink
from roomdeck.core.signaling.secrets import Secrets
from roomdeck.tui.cli.names import container_kind, delivery, video_codec
from roomdeck.tui.cli.options import (
    CONFIGURED,
    ENVIRONMENT,
    TYPED,
    RoomFlags,
    patterns,
    preferred_codec,
    read_room,
    room_config,
)

from ...core.server.authority import Authority

LINK = (
    "https://vdo.example/?room=lab&wss2=linked.example&password=linked&salt=linked&stun=stun:linked"
)


def ranked(**ranks: int) -> Callable[[str], int]:
    return lambda name: ranks.get(name, 0)


def test_a_room_and_a_server_are_enough() -> None:
    config, _ = room_config(RoomFlags("lab", "ws://x"))
    assert (config.room, config.server, config.family) == ("lab", "ws://x", Family.AUTO)
    assert (config.password, config.salt, config.ice) == (
        DEFAULT_PASSWORD,
        DEFAULT_SALT,
        IceConfig(),
    )


def test_what_vouches_for_the_server_is_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_bytes(Authority().own.pem)
    monkeypatch.chdir(tmp_path)
    config, _ = room_config(RoomFlags("lab", "wss://x", tls_ca="ca.pem"))
    assert config.tls_ca == str(Path.cwd() / "ca.pem")


def test_a_link_wins_over_environment_and_configuration_and_a_typed_option_over_the_link() -> None:
    values: dict[str, Any] = {
        "server": "ws://given",
        "password": "given",
        "salt": "given",
        "stun": "stun:given",
    }
    for rank in (CONFIGURED, ENVIRONMENT):
        flags = RoomFlags(LINK, **values, rank=ranked(**dict.fromkeys(values, rank)))
        config, _ = room_config(flags)
        assert config.server == "wss://linked.example"
        assert config.family is Family.ROUTED
        assert (config.password, config.salt, config.ice.stun) == (
            "linked",
            "linked",
            "stun:linked",
        )
    config, _ = room_config(RoomFlags(LINK, **values, rank=ranked(**dict.fromkeys(values, TYPED))))
    assert (config.server, config.password, config.salt) == ("ws://given", "given", "given")
    assert config.ice.stun == "stun:given"


@pytest.mark.parametrize(
    ("ranks", "chosen"),
    [
        ({"password": TYPED, "password_file": ENVIRONMENT}, "word"),
        ({"password": ENVIRONMENT, "password_file": CONFIGURED}, "word"),
        ({"password": ENVIRONMENT, "password_file": ENVIRONMENT}, "word"),
        ({"password": CONFIGURED, "password_file": ENVIRONMENT}, "filed"),
        ({"password": ENVIRONMENT, "password_file": TYPED}, "filed"),
    ],
)
def test_of_password_and_file_the_nearer_counts(
    tmp_path: Path, ranks: dict[str, int], chosen: str
) -> None:
    file = tmp_path / "password"
    file.write_text("filed\nsecond line\n")
    flags = RoomFlags(
        "lab", "ws://x", password="word", password_file=str(file), rank=ranked(**ranks)
    )
    assert room_config(flags)[0].password == chosen


@pytest.mark.parametrize(("text", "password"), [("false", None), ("0", None), ("x", "x")])
def test_a_password_may_be_none(text: str, password: str | None) -> None:
    assert room_config(RoomFlags("lab", "ws://x", password=text))[0].password == password


def test_the_hosted_service_is_used_only_where_it_is_named() -> None:
    config, _ = room_config(RoomFlags("lab", "hosted"))
    assert (config.server, config.family) == (HOSTED_SERVER, Family.ROUTED)


def test_a_relay_has_a_user() -> None:
    flags = RoomFlags("lab", "ws://x", turn="turn:r", turn_user="u", turn_password="p")
    assert room_config(flags)[0].ice.turn == TurnServer("turn:r", "u", "p")


def test_the_hash_of_a_link_checks_the_password() -> None:
    suffix = Secrets("right", "vdo.ninja").suffix
    link = f"https://vdo.ninja/?room=lab&hash={suffix[:4]}"
    assert room_config(RoomFlags(link, "ws://x", password="right"))[0].password == "right"
    with pytest.raises(UsageError, match="does not fit this link"):
        room_config(RoomFlags(link, "ws://x", password="wrong"))


def test_a_link_that_asks_for_the_password_takes_one_from_anywhere() -> None:
    link = "https://vdo.ninja/?room=lab&password"
    assert room_config(RoomFlags(link, "ws://x", password="right"))[0].password == "right"
    assert room_config(RoomFlags(link, "ws://x", password="false"))[0].password is None


@pytest.mark.parametrize(
    ("flags", "streams"),
    [
        (RoomFlags(server="ws://x", streams="a,b c"), ("a", "b_c")),
        (RoomFlags("https://vdo.ninja/?view=a", "ws://x"), ("a",)),
        (RoomFlags("https://vdo.ninja/?push=a", "ws://x"), ("a",)),
        (RoomFlags("https://vdo.ninja/?view=a", "ws://x", streams="b"), ("b",)),
        (RoomFlags("lab", "ws://x", streams="b"), ()),
    ],
)
def test_outside_rooms_there_are_streams(flags: RoomFlags, streams: tuple[str, ...]) -> None:
    config, _ = room_config(flags)
    assert config.streams == streams
    assert bool(config.room) is not bool(streams)


@pytest.mark.parametrize(
    ("server", "link", "family"),
    [
        ("wss://wss.vdo.ninja", "lab", Family.ROUTED),
        ("wss://other.example", "lab", Family.AUTO),
        ("ws://x", "https://vdo.ninja/?room=lab&wss", Family.FANOUT),
        ("", "https://vdo.ninja/?room=lab&wss2=wss.vdo.ninja", Family.ROUTED),
        ("", "https://vdo.ninja/?room=lab&wss=x&wss2=y", Family.FANOUT),
    ],
)
def test_the_family_is_told_by_the_server_or_the_link(
    server: str, link: str, family: Family
) -> None:
    assert room_config(RoomFlags(link, server))[0].family is family


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (RoomFlags("lab"), "which handshake server"),
        (RoomFlags("", "ws://x"), "room name is empty"),
        (RoomFlags("https://vdo.ninja/?password=x", "ws://x"), "names no room"),
        (RoomFlags("https://vdo.ninja/?room=x&password", "ws://x"), "asks for the password"),
        (RoomFlags("lab", "ws://x", streams="a", rank=ranked(streams=TYPED)), "outside rooms"),
        (RoomFlags(server="ws://x", streams="a*"), "is no stream id"),
        (RoomFlags("lab", "ws://x", family="cousin"), "no server family 'cousin'"),
        (RoomFlags("lab", "wss://x", tls_ca="/none.pem"), "cannot read the certificate /none.pem"),
        (RoomFlags("lab", "wss://x", tls_ca=__file__), "holds no certificate in PEM form"),
        (RoomFlags("lab", "ws://x", stun="host"), "no STUN server: 'host'"),
        (RoomFlags("lab", "ws://x", turn="host"), "no TURN server: 'host'"),
        (RoomFlags("lab", "ws://x", password_file="/nowhere/p"), "cannot read the password file"),
        (
            RoomFlags("lab", "ws://x", turn_user="u", rank=ranked(turn_user=TYPED)),
            "need the relay itself",
        ),
    ],
)
def test_what_cannot_be_used_says_why(flags: RoomFlags, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        room_config(flags)


def test_a_typed_codec_wins_over_the_links_and_that_over_others() -> None:
    link = room_config(RoomFlags("https://vdo.ninja/?room=lab&codec=vp8", "ws://x"))[1]
    assert preferred_codec("av1", link, typed=True) is Codec.AV1
    assert preferred_codec("av1", link, typed=False) is Codec.VP8
    assert preferred_codec("", link, typed=True) is None
    assert preferred_codec("av1", RoomLink(room="lab"), typed=False) is Codec.AV1


def test_each_thing_that_is_wrong_is_told_of_its_option() -> None:
    found = read_room(RoomFlags("", "http://x", password_file="/nowhere/p", stun="host"))
    assert list(found.wrong) == ["room", "server", "password", "ice"]
    with pytest.raises(MissingError, match="room name is empty"):
        room_config(RoomFlags("", "http://x"))


def test_what_is_shown_of_options_is_no_password() -> None:
    assert "s3cret" not in repr(RoomFlags("lab", password="s3cret", turn_password="s3cret"))


def test_small_values() -> None:
    assert video_codec("") is None
    assert video_codec("VP9") is Codec.VP9
    assert patterns("a, b*  c") == ("a", "b*", "c")
    for bad in ("opus", "h266"):
        with pytest.raises(UsageError, match="there are: h264"):
            video_codec(bad)
    assert container_kind("auto") is Container.AUTO
    assert container_kind("MP4") is Container.MP4
    with pytest.raises(UsageError, match="there are: auto, ts, mkv, mp4"):
        container_kind("webm")
    assert delivery("") == ""
    assert delivery("prores") == "prores"
    with pytest.raises(UsageError, match="there are: edit, prores"):
        delivery("mp3")


@pytest.mark.parametrize("text", ["", "\n", "  \nsecond line\n"])
def test_an_empty_password_file_is_no_password(tmp_path: Path, text: str) -> None:
    file = tmp_path / "password"
    file.write_text(text)
    with pytest.raises(UsageError, match="is empty; write the password there, or false"):
        room_config(RoomFlags(room="r", server="ws://x", password_file=str(file)))
    file.write_text("false\n")
    assert (
        room_config(RoomFlags(room="r", server="ws://x", password_file=str(file)))[0].password
        is None
    )
