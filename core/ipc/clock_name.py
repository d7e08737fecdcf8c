"""What a monotonic clock is known by: processes that share one need not compare theirs."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = "/proc/self/ns/time"


@functools.cache
def clock_name() -> str:
    """Return the name of the clock that `time.monotonic` reads in this process.

    Linux has one from boot to boot in each time namespace (time_namespaces(7)); elsewhere it is
    taken to be that of the machine.
    """
    try:
        boot = _BOOT.read_text().strip()
    except OSError:
        return socket.gethostname()
    namespace = ""
    with contextlib.suppress(OSError):
        namespace = os.readlink(_NAMESPACE)
    return f"{boot} {namespace}".strip()
