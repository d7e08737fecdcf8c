"""What somebody pastes: a link that mail or a terminal broke, with words around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....core.signaling.invite_links import is_link
from ...text.format import clean

MOST = 65536
"""Characters that are looked at; a link has fewer."""
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_OF_A_LINK = re.compile(r"(?!.*://)\S*[&=?%]\S*")
"""A line that can only be the rest of a link."""
_PAIRS = {"'": "'", "(": ")", "[": "]"}


def pasted(text: str) -> str:
    """Return what was meant: the link in it, else its first line that is not blank."""
    lines = [clean(line).strip() for line in text[:MOST].splitlines()]
    found = [line for line in lines if line]
    if len(found) == 1 and is_link(found[0]) and not _URL.search(found[0], 1):
        return found[0]  # also with blanks in it, as a page takes it
    for number, line in enumerate(lines):
        if match := _URL.search(line):
            link = _unquoted(line[: match.start()], match[0])
            return link + _rest(line, lines[number + 1 :]) if line.endswith(link) else link
    links = (line for line in found if is_link(line) and " " not in line)
    return next(links, found[0] if found else "")


def _unquoted(before: str, link: str) -> str:
    """Return a link without the mark that closes what one before it opened."""
    closing = _PAIRS.get(before[-1:], "")
    return link.partition(closing)[0] if closing else link


def _rest(first: str, lines: Sequence[str]) -> str:
    """Return what of a link was broken onto the lines after its first one."""
    rest: list[str] = []
    for line in lines:
        broken = rest and len(rest[-1]) == len(first) and line and " " not in line
        if not (_OF_A_LINK.fullmatch(line) or broken):
            break
        rest.append(line)
    return "".join(rest)
