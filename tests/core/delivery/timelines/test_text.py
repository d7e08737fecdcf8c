"""What strangers write, made fit for formats."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.delivery.timelines.model import Mark
from roomdeck.core.delivery.timelines.text import (
    LONGEST_TITLE,
    file_url,
    mark_note,
    mark_title,
    printable,
    title,
)
from roomdeck.core.delivery.timelines.xml import Element, add, document


@given(text=st.text(st.characters(codec=None)))
@settings(deadline=None, max_examples=150)
def test_what_is_printable_comes_back_from_xml(text: str) -> None:
    root = Element("a")
    add(root, "b", text, c=text)
    read = ElementTree.fromstring(document(root).encode())[0]
    assert (read.text or "") == printable(text)
    assert read.get("c") == printable(text)
    assert len(printable(text)) + text.count("\r\n") == len(text)


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Zoë «Bär»\n\t😀 \u202e\u05e9\u05dc\u05d5\u05dd & <x> \"'"
    assert printable(text) == text


@pytest.mark.parametrize("code", [0, 8, 0xB, 0xC, 0xE, 0x1F, 0x7F, 0x85, 0xD800, 0xDFFF, 0xFFFE])
def test_what_xml_forbids_is_replaced(code: int) -> None:
    assert printable(f"a{chr(code)}b") == "a\ufffdb"


def test_a_title_is_one_line_of_bounded_length() -> None:
    assert title("  a\nb\tc\u2028d ", "x") == "a b c d"
    assert title(" \n", "x") == "x"
    assert title("y" * LONGEST_TITLE, "x") == "y" * LONGEST_TITLE
    assert title("y" * 10_000, "x") == "y" * (LONGEST_TITLE - 1) + "…"


def test_what_a_title_has_no_room_for_is_in_the_note() -> None:
    assert mark_title(Mark(0, "")) == "Marker"
    assert mark_note(Mark(0, "short")) == ""
    assert mark_note(Mark(0, "short", ("Anna", "Ben"))) == "Anna, Ben"
    assert mark_note(Mark(0, "two\nlines", ("Anna",))) == "two\nlines\nAnna"
    assert mark_note(Mark(0, "z" * 10_000)) == "z" * 10_000


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/a/b c.mp4", "file:///a/b%20c.mp4"),
        ("/100%/#1?.mkv", "file:///100%25/%231%3F.mkv"),
        ("/Bär/a:b.ts", "file:///B%C3%A4r/a%3Ab.ts"),
        ("/a/\udce4.ts", "file:///a/%E4.ts"),
    ],
)
def test_a_path_is_a_url_byte_by_byte(path: str, url: str) -> None:
    assert file_url(path) == url
    assert unquote_to_bytes(url.removeprefix("file://")) == path.encode("utf-8", "surrogateescape")
