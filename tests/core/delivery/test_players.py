"""Delivered files in programs that play and read them, where these are installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.delivery.picture.parameter_sets import configuration
from roomdeck.core.recording.lengths import start_codes
from roomdeck.core.rtp.bitstream.h264 import PPS, SPS, nal_type
from roomdeck.core.rtp.bitstream.nal import split_annex_b

from .players.programs import PROGRAMS, faults
from .players.scene import File, delivered, recorded

_BROWSERS = {"Chromium", "Firefox"}
_FEW = 3
"""Places to jump to."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("session"), ["mixed"])


@pytest.fixture(scope="module")
def edit(session: Path) -> File:
    (file,) = delivered(session, "edit", session.parent / "edit")
    return file


@pytest.fixture(scope="module")
def prores(session: Path) -> File:
    (file,) = delivered(session, "prores-proxy", session.parent / "prores-proxy")
    return file


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.browser) if name in _BROWSERS else name
        for name in PROGRAMS
    ],
)
def test_copied_and_rendered_pieces_are_one_film(edit: File, prores: File, name: str) -> None:
    program = PROGRAMS[name]
    if not program.version():
        pytest.skip(f"no {name} is installed")
    assert faults(program, edit, edit.slots(_FEW)) == []
    if prores.path.suffix in program.suffixes:
        assert faults(program, prores, prores.slots(1)) == []


def test_parameter_sets_are_in_the_header_alone(edit: File) -> None:
    container: Any
    with av.open(str(edit.path)) as container:
        stream = container.streams.video[0]
        header = stream.codec_context.extradata
        kinds = {
            nal_type(nal)
            for packet in container.demux(stream)
            for nal in split_annex_b(start_codes(bytes(packet), 4))
        }
    assert (header[0], header[4] & 3, header[5] & 31) == (1, 3, 2)
    assert not kinds & {SPS, PPS}


def test_a_header_is_for_the_highest_of_its_profiles_and_levels() -> None:
    small, large = bytes([0x67, 66, 0xE0, 31, 1]), bytes([0x67, 100, 0x40, 13, 1])
    of_them = [bytes([0x68, number]) for number in (1, 2)]
    header = configuration((small, of_them[0], large, of_them[1], of_them[1]))
    assert header[:6] == bytes([1, 100, 0x40, 31, 0xFF, 0xE2])
    assert header[6:] == (
        b"\0\5" + small + b"\0\5" + large + b"\2\0\2" + of_them[0] + b"\0\2" + of_them[1]
    ) + bytes([0xFD, 0xF8, 0xF8, 0])
    assert configuration((small, of_them[0])) == (
        bytes([1, 66, 0xE0, 31, 0xFF, 0xE1, 0, 5]) + small + b"\1\0\2" + of_them[0]
    )


def test_prores_says_which_it_is_and_has_timecode(prores: File) -> None:
    with av.open(str(prores.path)) as container:
        (picture,) = container.streams.video
        assert picture.codec_context.codec_tag == "apco"
        assert [stream.metadata["timecode"] for stream in container.streams.data] == ["22:13:20:00"]
