"""The first word of a process that loads Ray: where it finds no cluster, that takes long."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Mapping
from typing import IO

from ..config import ClusterConfig
from .tls import AUTHORITY, CERTIFICATE, KEY, SWITCH

SAID_AFTER = 10.0
"""Seconds after which it is told what is waited for."""

NO_ANSWER = "Ray does not answer"


def first_line(
    said: IO[bytes], cluster: ClusterConfig, waits: Callable[[str], None] = lambda text: None
) -> bytes:
    """Return the first line that such a process says; empty: it ended.

    Args:
        said: Where, of which nothing was read before.
        cluster: The one that it is to find.
        waits: Told what is waited for, and what may be done, where that takes long.
    """
    if not select.select([said], [], [], SAID_AFTER)[0]:
        waits(f"waiting for the cluster at {cluster.address}, and Ray says nothing yet; {advice()}")
    return said.readline()


def no_answer() -> str:
    """Return what is wrong where such a process ended without a word, and what to look at."""
    return f"{NO_ANSWER}; {advice()}"


def advice(known: Mapping[str, str] = os.environ) -> str:
    """Return what to look at where no cluster answers.

    Args:
        known: The environment.
    """
    looks = "is the address right (ray status, there), and its port open?"
    if known.get(SWITCH):
        return f"{looks} Here {SWITCH} is set: was Ray started with it there, by that authority?"
    files = f"{SWITCH}=1, {CERTIFICATE}, {KEY} and {AUTHORITY}"
    return f"{looks} A cluster with TLS wants {files} here as well"
