"""Findings in, verdict out: the one place that says what a recording must not have. Pure.

The rules are beside this: `alone` is about what the file itself shows, `recorded` about what its
sidecar says of it, `sent` about what its publisher says it sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..report import Finding, Level, Verdict
from . import alone, recorded, sent
from .evidence import Evidence

__all__ = ["Evidence", "judge", "verdict"]

_WEIGHT = (Level.BAD, Level.FLAW, Level.NOTE)


def judge(evidence: Evidence) -> list[Finding]:
    """Return all that there is to say about a file, the weightiest first."""
    findings = [
        *alone.findings(evidence),
        *recorded.findings(evidence),
        *sent.findings(evidence),
    ]
    return sorted(findings, key=lambda finding: _WEIGHT.index(finding.level))


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict that findings amount to: the weightiest decides."""
    levels = {finding.level for finding in findings}
    if Level.BAD in levels:
        return Verdict.BAD
    return Verdict.FLAWED if Level.FLAW in levels else Verdict.GOOD
