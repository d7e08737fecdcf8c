"""The page of uploads: how far each file is, where it goes, what failed. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ....core.model import StreamState, Upload, UploadsSnapshot, UploadState
from ....core.units import size
from ...text.format import clock, fit
from ...text.words import count
from .glyphs import Glyphs
from .parts import Line
from .rows import ListRow, heading, sentence, wrapped

NOTHING = (
    "Nothing of this session is to be uploaded. roomdeck record --upload sends files to a "
    "bucket or a folder as they are closed."
)
_LIKE = {
    UploadState.WAITING: StreamState.WAIT,
    UploadState.SENDING: StreamState.SAVE,
    UploadState.CHECKING: StreamState.SAVE,
    UploadState.DONE: StreamState.DONE,
    UploadState.FAILED: StreamState.FAIL,
}
_ROLES = {UploadState.FAILED: "error", UploadState.WAITING: "muted", UploadState.DONE: ""}
_FIGURES, _FEW = 28, 9
"""Cells of what stands behind the name of a file, and where there is little room."""
_NARROW = 55


def title(uploads: UploadsSnapshot | None) -> str:
    """Return the first line."""
    if uploads is None:
        return "Uploads"
    done, all_ = uploads.done, uploads.done + uploads.waiting
    rate = f", {_rate(uploads.rate)}" if uploads.rate else ""
    bytes_ = f"{size(uploads.done_bytes)} of {size(uploads.done_bytes + uploads.waiting_bytes)}"
    failed = f", {count(uploads.failed, 'attempt')} failed" if uploads.failed else ""
    return f"Uploads: {done} of {count(all_, 'file')}, {bytes_}{rate}{failed}"


def rows(uploads: UploadsSnapshot | None, width: int, glyphs: Glyphs) -> list[ListRow]:
    """Return the list: what is not there yet, then what is."""
    if uploads is None:
        return sentence(NOTHING, width)
    left = [one for one in uploads.files if one.state is not UploadState.DONE]
    done = [one for one in uploads.files if one.state is UploadState.DONE]
    lines = [heading(f"on their way: {uploads.waiting}", width, glyphs)]
    lines += [_row(one, width, glyphs) for one in left]
    lines += [] if left else sentence("Nothing waits.", width, "muted")
    lines.append(heading(f"there, and compared: {uploads.done}", width, glyphs))
    lines += [_row(one, width, glyphs) for one in reversed(done)]
    return lines


def _row(one: Upload, width: int, glyphs: Glyphs) -> ListRow:
    role = _ROLES.get(one.state, "strong")
    head = f"{glyphs.states[_LIKE[one.state]]} {one.state.value:8} "
    room = _FIGURES if width >= _NARROW else _FEW
    figures = f"{_figures(one, width >= _NARROW):>{room}}"
    name = os.path.basename(one.file) + (f" on {one.node}" if one.node else "")
    name = fit(name, max(4, width - len(head) - room - 2), ellipsis=glyphs.ellipsis)
    return ListRow(((head, role), (f"{name} {figures}", "")), _whole(one))


def _whole(one: Upload) -> str:
    """Return which file it is, of all machines."""
    return f"{one.node}:{one.file}" if one.node else one.file


def _figures(one: Upload, wide: bool) -> str:
    if one.state is UploadState.SENDING and one.bytes:
        share = f"{min(1.0, one.sent / one.bytes):.0%}"
        if not wide:
            return share
        left = f" {clock(_left(one))}" if one.rate else ""
        return f"{share} {_rate(one.rate)}{left}"
    if one.state is UploadState.FAILED and one.retry_in is not None and wide:
        return f"{size(one.bytes)} again in {clock(one.retry_in)}"
    return size(one.bytes)


def _left(one: Upload) -> float:
    return max(0, one.bytes - one.sent) / one.rate


def more(one: Upload, width: int) -> list[Line]:
    """Return what is told of a file: where from and to, how far, what went wrong."""
    lines: list[Line] = []
    if one.error:
        again = "" if one.retry_in is None else f"; tried again in {clock(one.retry_in)}"
        lines += wrapped(f"{one.error}{again}", width, "error", most=2)
    told = {
        UploadState.DONE: "is at",
        UploadState.CHECKING: "is being compared at",
    }.get(one.state, "goes to")
    figures = f"{size(one.sent)} of {size(one.bytes)}; " if one.sent < one.bytes else ""
    if one.to:
        lines += wrapped(f"{figures}{told} {one.to}", width)
    return [*lines, *wrapped(_whole(one), width, "muted")]


def at(uploads: UploadsSnapshot | None, file: str) -> Upload | None:
    """Return the file under the cursor."""
    files: Sequence[Upload] = uploads.files if uploads else ()
    return next((one for one in files if _whole(one) == file), None)


def _rate(rate: float) -> str:
    return f"{size(rate)}/s"
