"""The options about a Ray cluster."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence

from ...core.config import ClusterConfig, PlaceRule
from ...core.errors import UsageError

AUTO = "auto"
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/]+):\d{1,5}")


def cluster(address: str, token_file: str, place: Sequence[str] = ()) -> ClusterConfig | None:
    """Return on which cluster workers are to be; ``None``: on this machine.

    Raises:
        UsageError: It is no address, Ray is not installed, there is no token, or a rule is none.
    """
    if not address:
        for option, said in {"--cluster-token": token_file, "--place": place}.items():
            if said:
                raise UsageError(f"{option} is of no use without --cluster")
        return None
    if address != AUTO and not _ADDRESS.fullmatch(address):
        raise UsageError(f"--cluster: expected auto, or HOST:PORT of the head, not {address!r}")
    need_ray("--cluster")
    # Loads what nobody else needs.
    import ssl

    from ...core.cluster import tls
    from ...core.cluster.token import read_token, token_path

    path = token_path(token_file)
    read_token(path)
    tls.context(ssl.Purpose.SERVER_AUTH)  # here, where its complaint is seen
    rules = tuple(map(_rule, place))
    return ClusterConfig(address=address, token_file=str(path), place=rules)


def needed(address: str, token_file: str) -> ClusterConfig:
    """Return a cluster that is asked something.

    Raises:
        UsageError: As of `cluster`.
    """
    found = cluster(address, token_file)
    if found is None:
        raise UsageError("--cluster: expected auto, or HOST:PORT of the head")
    return found


def _rule(text: str) -> PlaceRule:
    pattern, equals, label = text.partition("=")
    if not (pattern and equals and label):
        raise UsageError(f"--place: expected PATTERN=LABEL, as in 'stage-*=rack1', not {text!r}")
    return PlaceRule(pattern, label)


def need_ray(option: str) -> None:
    """Refuse an option where Ray is not installed.

    Raises:
        UsageError: It is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise UsageError(
            f"{option} needs Ray, which is not installed: pip install 'roomdeck[cluster]'"
        )


def need_loopback(option: str) -> None:
    """Refuse an option where one machine cannot be several nodes.

    Raises:
        UsageError: Ray is not installed, or this is no Linux.
    """
    need_ray(option)
    if sys.platform != "linux":
        raise UsageError(f"{option} needs Linux: only there one machine is several nodes of Ray")
