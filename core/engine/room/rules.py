"""Which streams are recorded unless somebody says otherwise. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase


class Rules:
    """Shell patterns of stream ids: ``only`` lets in, ``exclude`` keeps out and wins."""

    def __init__(self, only: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._only = tuple(only)
        self._exclude = tuple(exclude)

    def refusal(self, stream: str) -> str:
        """Return why a stream is not recorded, in words; empty if it is."""
        for pattern in self._exclude:
            if fnmatchcase(stream, pattern):
                return f"excluded by --exclude {pattern}"
        if self._only and not any(fnmatchcase(stream, pattern) for pattern in self._only):
            return f"not among --only {','.join(self._only)}"
        return ""
