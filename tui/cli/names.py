"""Names of what there is to choose from: codecs, containers, deliveries. Pure."""

from __future__ import annotations

from ...core.config import DELIVERIES
from ...core.errors import UsageError
from ...core.model import Codec, Container, Kind


def video_codec(text: str) -> Codec | None:
    """Return the codec of this name; none for an empty one.

    Raises:
        UsageError: It is no video codec.
    """
    if not text:
        return None
    known = [codec for codec in Codec if codec.kind is Kind.VIDEO]
    if text.lower() not in known:
        raise UsageError(f"no video codec {text!r}; there are: {', '.join(known)}")
    return Codec(text.lower())


def container_kind(text: str) -> Container:
    """Return the kind of files of this name.

    Raises:
        UsageError: There is none.
    """
    if text.lower() not in list(Container):
        raise UsageError(f"no container {text!r}; there are: {', '.join(Container)}")
    return Container(text.lower())


def delivery(text: str) -> str:
    """Return the kind of delivered files of this name; none for an empty one.

    Raises:
        UsageError: There is none.
    """
    if text and text not in DELIVERIES:
        raise UsageError(f"no files of kind {text!r}; there are: {', '.join(DELIVERIES)}")
    return text
