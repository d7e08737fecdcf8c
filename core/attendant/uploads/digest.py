"""Checksums of what is sent. Pure."""

from __future__ import annotations

import hashlib

PART = 5 << 20
"""Bytes of a part of an upload: the least that S3 takes."""
_MOST_PARTS = 9_000
"""S3 takes 10000."""


def part_size(size: int) -> int:
    """Return the bytes of each part of a file of this size."""
    return max(PART, -(-size // _MOST_PARTS))


class Digest:
    """Sums of a file, as its bytes come.

    Args:
        part: Bytes of each part that it is sent in, as from `part_size`.
    """

    def __init__(self, part: int) -> None:
        self._part = part
        self._whole = hashlib.sha256()
        self._parts: list[bytes] = []
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def update(self, data: bytes) -> None:
        """Take what comes next."""
        self._whole.update(data)
        view = memoryview(data)
        while view:
            room = self._part - self.size % self._part
            piece = view[:room]
            self._md5.update(piece)
            self.size += len(piece)
            if len(piece) == room:
                self._parts.append(self._md5.digest())
                self._md5 = hashlib.md5(usedforsecurity=False)
            view = view[room:]

    @property
    def sha256(self) -> str:
        """Of all of it; hexadecimal."""
        return self._whole.hexdigest()

    def vouched(self, e_tag: str) -> bool:
        """Whether a store's tag is a sum of these very bytes, made by the store.

        S3 and most that are like it have MD5 there: of the bytes, or, where they came in parts, of
        the MD5 of each, with their number. Where a tag is anything else it says nothing.
        """
        parts = [*self._parts, self._md5.digest()] if self.size % self._part else self._parts
        if not parts:
            parts = [self._md5.digest()]
        joined = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
        sums = {f"{joined}-{len(parts)}"}
        if len(parts) == 1:
            sums.add(parts[0].hex())
        return e_tag.strip('"').lower() in sums
