"""The answering end of one connection's negotiations. Pure."""

from __future__ import annotations

import random

from .answer import LocalTransport, write_answer
from .interface import Answer
from .negotiation import Agreement, Wishes, negotiate
from .sdp import parse_offer


class Answerer:
    """Answers a publisher's offers, each by what was agreed on before (RFC 3264, 6 and 8)."""

    def __init__(self, wishes: Wishes) -> None:
        """Begin with nothing agreed on."""
        self.agreement: Agreement | None = None
        """What holds now."""
        self._wishes = wishes
        self._session = random.getrandbits(62)
        self._version = 0

    def judge(self, sdp: str) -> Agreement:
        """Return what an offer leads to; it does not hold yet.

        Raises:
            MediaError: It is malformed, or cannot be met on this connection.
        """
        return negotiate(parse_offer(sdp), self._wishes, self.agreement)

    def answer(self, agreement: Agreement, local: LocalTransport) -> Answer:
        """Write the next answer, for an offer that was judged so."""
        self._version += 1
        mid = next((a.section.mid for a in agreement.sections if a.accepted), "0")
        return Answer(
            write_answer(agreement, local, self._session, self._version),
            [
                {
                    "candidate": line,
                    "sdpMid": mid,
                    "sdpMLineIndex": 0,
                    "usernameFragment": local.ufrag,
                }
                for line in local.candidates
            ],
        )
