"""What was measured on and with: nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

_LIBRARIES = ("aiortc", "aioice", "pylibsrtp", "av")
_MODEL = re.compile(r"^model name\s*: (.*)$", re.MULTILINE)


def machine() -> dict[str, Any]:
    """Return the facts that figures depend on."""
    release = re.match(r"[\d.]+", platform.release())
    model = _MODEL.search(Path("/proc/cpuinfo").read_text())
    return {
        "cores": os.cpu_count(),
        "processor": model.group(1) if model else platform.machine(),
        "system": platform.system(),
        "kernel": release.group() if release else "",
        "receive_buffer_limit": int(Path("/proc/sys/net/core/rmem_max").read_text()),
        "python": platform.python_version(),
        **{library: version(library) for library in _LIBRARIES},
    }
