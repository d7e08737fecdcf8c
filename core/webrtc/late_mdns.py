"""aioice's multicast DNS, imported where a candidate needs it.

It is a sixth of all that a worker imports (dnspython), at a moment when somebody waits for its
first picture; and few publishers hide their addresses behind such names (protocol.md §4.5).
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_NAME = "aioice.mdns"


class _LateModule(ModuleType):
    """Stands in until something else than the question below is asked of it."""

    MDnsProtocol = object

    def is_mdns_hostname(self, name: str) -> bool:
        """Tell such names as the module itself does, at the end."""
        return name.endswith(".local") and self.__getattr__("is_mdns_hostname")(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(_NAME) is self:
            del sys.modules[_NAME]
        return getattr(importlib.import_module(_NAME), name)


def install() -> None:
    """Do so; harmless where it is imported already."""
    sys.modules.setdefault(_NAME, _LateModule(_NAME))
