"""Files of a stream that could not be written, and when another one is tried. Pure."""

from __future__ import annotations

from dataclasses import dataclass

RETRY_DELAYS = (2.0, 5.0, 10.0, 30.0)
"""Seconds before a file that failed is followed by a new one."""
_WORKED = 0.5
"""Seconds of a take after which its failure is a new one."""
_LASTED = 60.0
"""Seconds of a take after which those before it are forgiven."""


@dataclass(slots=True)
class Failures:
    """What became of the files of one stream that failed."""

    why: str = ""
    """Why it has no file although it should; empty where it has one, or may have."""
    retry_at: float | None = None
    """When to try a new file."""
    _count: int = 0

    def failed(self, why: str, seconds: float, now: float) -> None:
        """A file could not be written on after so many seconds; another is tried later."""
        # A file that could be written for a while says nothing against the next one.
        self._count = 1 if seconds > _WORKED else self._count + 1
        self.why = why or self.why or "its file could not be written"
        self.retry_at = now + RETRY_DELAYS[min(self._count, len(RETRY_DELAYS)) - 1]

    def is_retry_due(self, now: float) -> bool:
        """Whether it is time to try another file."""
        return self.retry_at is not None and now >= self.retry_at

    def retry(self) -> None:
        """Another file is tried now."""
        self.retry_at = None

    def block(self, why: str) -> None:
        """Nothing can be written, or can be again where there is no reason."""
        self.why = why

    def over(self) -> None:
        """It has a file again, or need not have one."""
        self.why, self.retry_at = "", None

    def ended(self, seconds: float) -> None:
        """A file of so many seconds was closed."""
        if seconds > _LASTED:
            self._count = 0

    def forget(self) -> None:
        """Somebody wants it recorded, whatever became of its files so far."""
        self.over()
        self._count = 0
