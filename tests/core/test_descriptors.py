"""How many sockets and files a process may have."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, os, resource
from roomdeck.core.descriptors import raise_limit, used_share
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
hard = 400 if hard == resource.RLIM_INFINITY else min(hard, 400)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
before = used_share()
opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(50)]
share = used_share()
raise_limit()
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
print(json.dumps([share - before, limits, used_share() < share]))
"""


def test_the_soft_limit_becomes_the_hard_one() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    assert json.loads(done.stdout) == [0.5, [400, 400], True]
