from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys
import roomdeck.core.worker.process
from aioice import ice

assert "dns" not in sys.modules
assert not ice.mdns.is_mdns_hostname("192.0.2.1")
assert "dns" not in sys.modules
assert ice.mdns.is_mdns_hostname(ice.mdns.create_mdns_hostname())
assert not ice.mdns.is_mdns_hostname("a.b.local")
assert "dns" in sys.modules
assert ice.mdns.create_mdns_protocol.__module__ == "aioice.mdns"
"""


def test_multicast_dns_is_imported_where_a_name_needs_it() -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=60)
