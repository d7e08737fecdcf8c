"""Tables of metrics, and families of samples made by them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
)

Of = TypeVar("Of")
Values = tuple[str, ...]
"""Of labels, in the order of their names."""


@dataclass(frozen=True)
class Gauge(Generic[Of]):
    """Something that goes up and down."""

    name: str
    unit: str
    says: str
    value: Callable[[Of], float | None]
    """``None``: not known, and so not told."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Counters that only grow."""

    name: str
    unit: str
    says: str
    fields: Mapping[str, str]
    """What is counted, by the value of `label`, or by "" where there is but one."""
    label: str = ""

    @property
    def labels(self) -> Values:
        """Names."""
        return (self.label,) if self.label else ()


def gauges(
    table: Sequence[Gauge[Of]], prefix: str, labels: Values, of: Iterable[tuple[Values, Of]]
) -> Iterator[GaugeMetricFamily]:
    """Yield a family for each row of a table.

    Args:
        table: What there is.
        prefix: Before all names.
        labels: Their names.
        of: What is measured, with the values of its labels.
    """
    measured = list(of)
    for row in table:
        family = GaugeMetricFamily(prefix + row.name, row.says, labels=labels, unit=row.unit)
        for values, one in measured:
            if (value := row.value(one)) is not None:
                family.add_metric(values, value)
        yield family


def counters(
    table: Sequence[Counter],
    prefix: str,
    labels: Values,
    fields: Sequence[str],
    of: Iterable[tuple[Values, Sequence[int]]],
) -> Iterator[CounterMetricFamily]:
    """Yield a family for each row of a table.

    Args:
        table: What there is.
        prefix: Before all names.
        labels: Names of those that all have.
        fields: Names of the sums, in their order.
        of: Sums, with the values of their labels.
    """
    measured = list(of)
    for row in table:
        names = (*labels, *row.labels)
        family = CounterMetricFamily(prefix + row.name, row.says, labels=names, unit=row.unit)
        for label, field in row.fields.items():
            place = fields.index(field)
            for values, sums in measured:
                family.add_metric((*values, label) if row.label else values, sums[place])
        yield family


def counted(
    name: str, says: str, labels: Values, of: Iterable[tuple[Values, float]], unit: str = ""
) -> CounterMetricFamily:
    """Return a family of one counter."""
    family = CounterMetricFamily(name, says, labels=labels, unit=unit)
    for values, value in of:
        family.add_metric(values, value)
    return family


def measured(
    name: str, says: str, labels: Values, of: Iterable[tuple[Values, float]], unit: str = ""
) -> GaugeMetricFamily:
    """Return a family of one gauge."""
    family = GaugeMetricFamily(name, says, labels=labels, unit=unit)
    for values, value in of:
        family.add_metric(values, value)
    return family


def info(
    name: str, says: str, labels: Values, of: Iterable[tuple[Values, Mapping[str, str]]]
) -> InfoMetricFamily:
    """Return a family whose samples say something in their labels, and are 1."""
    family = InfoMetricFamily(name, says, labels=labels)
    for values, told in of:
        family.add_metric(values, dict(told))
    return family
