"""Files that are replaced as a whole: whoever reads one sees the old or the new, never a part."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Put a whole new file in place, on the disk before it has the name.

    A failure leaves the old one.

    Args:
        path: In a folder that is there.
        data: All of it.
        mode: Of the new file, less what the umask takes away, from its first byte on.

    Raises:
        OSError: It cannot be written.
    """
    name = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
