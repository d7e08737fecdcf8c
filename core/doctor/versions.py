"""Whether the libraries are those that roomdeck was written for."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from ..errors import IncompatibleError
from ..version import VERSION
from .finding import Finding, Grade

_SHOWN = ("aiortc", "aioice", "pylibsrtp", "av", "websockets", "textual")
_MUXERS = ("mpegts", "matroska", "mp4")
_DECODERS = ("h264", "hevc", "vp8", "vp9", "opus")
_MEND = "python -m pip install --force-reinstall -r requirements.lock"


def versions() -> Finding:
    """Compare what is installed with what is asked for, and look into it."""
    wanted = [one for one in map(Requirement, requires("roomdeck") or ()) if _applies(one)]
    found = {one.name: _installed(one.name) for one in wanted}
    unfit = unfitting(wanted, found)
    data = {"python": platform.python_version(), "roomdeck": VERSION, "libraries": found}
    if unfit:
        text = f"not what roomdeck {VERSION} was tried with: {'; '.join(unfit)}"
        return Finding(check="versions", grade=Grade.WRONG, text=text, mend=_MEND, data=data)
    said = ", ".join(f"{name} {found[name]}" for name in _SHOWN if found.get(name))
    text = f"roomdeck {VERSION}, Python {platform.python_version()}, {said}"
    return Finding(check="versions", grade=Grade.OK, text=text, data=data)


def _applies(one: Requirement) -> bool:
    """Whether it is for this Python and system, and for running."""
    return one.marker is None or one.marker.evaluate({"extra": ""})


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def unfitting(wanted: Iterable[Requirement], found: Mapping[str, str]) -> list[str]:
    """Return what is missing or of a version that is not asked for, in words."""
    said: list[str] = []
    for one in wanted:
        if not found.get(one.name):
            said.append(f"{one.name} is missing")
        elif not one.specifier.contains(found[one.name], prereleases=True):
            said.append(f"{one.name} {found[one.name]}, and {one.specifier} is asked for")
    return said


def receive_path() -> Finding:
    """Look whether the libraries are inside as they are known, and packets take the fast path."""
    # Loads aiortc.
    from ..model import ReceivePath
    from ..webrtc import compat
    from ..webrtc import path as paths

    try:
        compat.selfcheck()
    except IncompatibleError as error:
        text, grade = str(error), Grade.WRONG
        return Finding(check="receiving", grade=grade, text=text, mend=_MEND)
    path, reason = paths.receive_path()
    if path is ReceivePath.FAST:
        return Finding(check="receiving", grade=Grade.OK, text="the fast receive path")
    text = f"the plain receive path, for four times the processor time: {reason}"
    mend = f"unset {paths.VARIABLE}" if paths.VARIABLE in reason else ""
    return Finding(check="receiving", grade=Grade.WARNING, text=text, mend=mend)


def ffmpeg() -> Finding:
    """Look whether FFmpeg, as PyAV has it, can write and read what is recorded."""
    # Loads FFmpeg.
    import av

    data = {"ffmpeg": av.ffmpeg_version_info, "libraries": dict(av.library_versions)}
    writes = [name for name in _MUXERS if name not in av.formats_available]
    reads = [name for name in _DECODERS if name not in av.codecs_available]
    if writes:
        text = f"FFmpeg {av.ffmpeg_version_info} in PyAV cannot write {', '.join(writes)}"
        mend = "python -m pip install --force-reinstall --only-binary av av"
        return Finding(check="ffmpeg", grade=Grade.WRONG, text=text, mend=mend, data=data)
    if reads:
        text = (
            f"FFmpeg {av.ffmpeg_version_info} in PyAV cannot decode {', '.join(reads)}: it is "
            "recorded as well, but there are no still pictures, and nothing to check or deliver"
        )
        mend = "python -m pip install --force-reinstall --only-binary av av"
        return Finding(check="ffmpeg", grade=Grade.WARNING, text=text, mend=mend, data=data)
    text = f"FFmpeg {av.ffmpeg_version_info} in PyAV has what is needed"
    return Finding(check="ffmpeg", grade=Grade.OK, text=text, data=data)
