"""Who typed what; that is read by the rules of `record` themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, cast

import pytest
import typer

from roomdeck.tui.cli import welcome
from roomdeck.tui.cli.program import app
from roomdeck.tui.cli.room import as_if_typed, planned_by
from roomdeck.tui.welcome.model.form import Field, Form, Reading
from roomdeck.tui.welcome.model.recents import PASSWORD, RELAY, SALT, Recent

LINK = "https://vdo.ninja/?room=lab&wss2=h.example&password=s3cret&codec=vp8"
_ROOT = typer.main.get_command(app)


class Given:
    """A form as `roomdeck record` opens it with some words."""

    def __init__(self, *words: str) -> None:
        command = cast(Any, _ROOT).commands["record"]
        top = _ROOT.context_class(_ROOT)
        self.context = command.make_context("record", list(words), parent=top)
        self.form = Form(self.read)
        if room := self.context.params["room"]:
            self.form.paste(room)

    def read(self, options: Mapping[str, str]) -> Reading:
        return welcome.read_form(as_if_typed(self.context, options))

    def plan(self) -> Any:
        return planned_by(as_if_typed(self.context, self.form.options))


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("ROOMDECK"):
            monkeypatch.delenv(name)


def test_nothing_is_wrong_before_somebody_has_seen_it() -> None:
    form = Given().form
    assert [form.complaint(field) for field in Field] == [""] * len(Field)
    assert form.value(Field.OUTPUT) == os.getcwd()
    assert form.submit() is Field.ROOM
    assert "the room name is empty" in form.complaint(Field.ROOM)
    assert "which handshake server?" in form.complaint(Field.SERVER)


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        (Field.ROOM, "https://vdo.ninja/?password=x", "names no room"),
        (Field.ROOM, "https://vdo.ninja/?room=x&token=y", "has a token="),
        (Field.ROOM, "???", ""),
        (Field.ROOM, "x" * 5000, "5000 characters"),
        (Field.SERVER, "http://x", "write ws://x in place of http://x"),
        (Field.SERVER, "ws://", "no server"),
        (Field.CODEC, "opus", "there are: h264"),
    ],
)
def test_what_is_wrong_is_said_of_its_field_as_record_says_it(
    field: Field, text: str, complaint: str
) -> None:
    form = Given().form
    form.type(field, text)
    others = [form.complaint(other) for other in Field if other is not field]
    assert complaint in form.complaint(field)
    assert bool(complaint) is bool(form.complaint(field))
    assert others == [""] * len(others)


def test_a_pasted_link_fills_the_others_and_hides_its_password() -> None:
    given = Given()
    given.form.paste(LINK)
    shown = {field: given.form.value(field) for field in Field}
    assert shown == {
        Field.ROOM: "https://vdo.ninja/?room=lab&wss2=h.example&codec=vp8",
        Field.SERVER: "wss://h.example",
        Field.PASSWORD: "s3cret",
        Field.OUTPUT: os.getcwd(),
        Field.CODEC: "vp8",
    }
    assert given.form.note(Field.ROOM) == "room lab"
    config = given.plan()
    assert (config.room.room, config.room.server) == ("lab", "wss://h.example")
    assert (config.room.password, config.codec) == ("s3cret", "vp8")


@pytest.mark.parametrize("word", ["OFF", "nopassword", "False"])
def test_a_links_password_is_what_the_page_takes_it_for(word: str) -> None:
    given = Given()
    given.form.paste(LINK.replace("s3cret", word))
    assert given.plan().room.password == word


def test_what_is_typed_after_a_link_wins_and_a_link_over_what_was_typed_before() -> None:
    form = Given().form
    form.type(Field.SERVER, "ws://mine")
    form.type(Field.CODEC, "av1")
    form.type(Field.PASSWORD, "mine")
    form.paste("https://vdo.ninja/?room=lab&wss2=h.example")
    assert form.value(Field.SERVER) == "wss://h.example"
    assert (form.value(Field.CODEC), form.value(Field.PASSWORD)) == ("av1", "mine")
    form.type(Field.SERVER, "ws://other")
    assert form.value(Field.SERVER) == "ws://other"
    form.type(Field.SERVER, "")
    assert form.value(Field.SERVER) == "wss://h.example"


def test_what_was_given_to_record_is_in_the_form_and_wins_over_a_link() -> None:
    given = Given("--server", "ws://typed", "--password", "typed", "--split-every", "5m")
    given.form.paste(LINK)
    assert given.form.value(Field.SERVER) == "ws://typed"
    config = given.plan()
    assert (config.room.server, config.room.password) == ("ws://typed", "typed")
    assert config.split_every == 300


def test_settings_are_in_the_form_and_a_link_wins_over_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ROOMDECK_SERVER", "ws://settings")
    monkeypatch.setenv("ROOMDECK_PASSWORD", "settings")
    monkeypatch.setenv("ROOMDECK_OUTPUT", "/srv/rec")
    given = Given()
    assert given.form.value(Field.SERVER) == "ws://settings"
    assert given.form.value(Field.OUTPUT) == "/srv/rec"
    assert given.form.value(Field.PASSWORD) == ""
    assert given.form.note(Field.PASSWORD) == "as in the settings"
    given.form.type(Field.ROOM, "lab")
    assert given.plan().room.password == "settings"
    given.form.paste(LINK)
    assert (given.plan().room.server, given.plan().room.password) == ("wss://h.example", "s3cret")


@pytest.mark.parametrize("edited", ["https://vdo.ninja/?room=lab2&wss2=h.example", "vdo.ninja/xy"])
def test_a_link_that_is_edited_keeps_its_password(edited: str) -> None:
    form = Given().form
    form.paste(LINK)
    form.type(Field.ROOM, edited)
    assert form.value(Field.PASSWORD) == "s3cret"


def test_a_name_in_place_of_a_link_has_nothing_of_it() -> None:
    form = Given().form
    form.paste(LINK)
    form.type(Field.ROOM, "other")
    assert [form.value(field) for field in (Field.SERVER, Field.PASSWORD, Field.CODEC)] == [""] * 3


def test_a_password_typed_in_a_link_is_hidden_when_the_field_is_left() -> None:
    form = Given().form
    form.type(Field.ROOM, LINK)
    assert "s3cret" in form.value(Field.ROOM)
    form.leave(Field.ROOM)
    assert "s3cret" not in form.value(Field.ROOM)
    assert form.value(Field.PASSWORD) == "s3cret"


def test_a_password_that_does_not_fit_the_hash_of_the_link_is_told() -> None:
    form = Given().form
    form.paste("https://vdo.ninja/?room=lab&wss2=h.example&hash=abcd")
    form.type(Field.PASSWORD, "wrong")
    assert "does not fit this link" in form.complaint(Field.PASSWORD)


def test_an_emptied_password_is_none_that_was_typed() -> None:
    given = Given("--server", "ws://x")
    given.form.type(Field.ROOM, "lab")
    given.form.type(Field.PASSWORD, "x")
    given.form.type(Field.PASSWORD, "")
    assert given.plan().room.password == "someEncryptionKey123"
    given.form.type(Field.PASSWORD, "false")
    assert given.plan().room.password is None


def test_a_recent_room_asks_for_what_is_not_remembered() -> None:
    form = Given().form
    form.take(Recent(name="lab", room="lab", server="ws://x", output="/rec", lacks=(PASSWORD,)))
    assert [form.value(field) for field in Field] == ["lab", "ws://x", "", "/rec", ""]
    assert "not remembered" in form.complaint(Field.PASSWORD)
    assert form.submit() is Field.PASSWORD
    form.type(Field.PASSWORD, "false")
    assert form.submit() is None
    form.take(Recent(name="lab", room="lab", server="ws://x", lacks=(SALT,)))
    assert form.submit() is Field.ROOM
    form.paste("https://meet.example/?room=lab")
    assert form.submit() is None


def test_a_recent_room_says_that_it_had_a_relay() -> None:
    recent = Recent(name="lab", room="lab", server="ws://x", lacks=(RELAY,))
    form = Given().form
    form.take(recent)
    assert "relay is not remembered" in form.note(Field.ROOM)
    assert form.submit() is None
    form.paste("https://vdo.ninja/?room=lab&turn=me;s3cret;turn:t.example")
    assert "not remembered" not in form.note(Field.ROOM)
    settings = "--turn", "turn:t.example", "--turn-user", "me", "--turn-password", "x"
    form = Given(*settings).form
    form.take(recent)
    assert "not remembered" not in form.note(Field.ROOM)


def test_what_a_link_says_is_only_text() -> None:
    form = Given().form
    form.paste("https://vdo.ninja/?room=lab&salt=%1b%5d0;title%07x")
    assert form.note(Field.ROOM) == "room lab, salt ]0;titlex"
    form.paste("https://vdo.ninja/?room=lab&wss2=http://%1b%5d0;title%07x")
    assert "write ws://]0;titlex" in form.complaint(Field.ROOM)


def test_a_folder_that_cannot_be_used_is_told_until_another_is_typed() -> None:
    form = Given().form
    form.type(Field.OUTPUT, "/none")
    form.refuse("/none", "cannot")
    assert form.complaint(Field.OUTPUT) == "cannot"
    form.type(Field.OUTPUT, "/other")
    assert form.complaint(Field.OUTPUT) == ""


def test_a_link_that_cannot_be_read_is_not_asked_for_its_server() -> None:
    form = Given().form
    form.paste("https://vdo.ninja/?room=lab&token=x&wss2=h.example")
    form.submit()
    assert form.complaint(Field.ROOM)
    assert not form.complaint(Field.SERVER)
