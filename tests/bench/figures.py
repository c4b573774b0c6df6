"""What a measurement gives: named figures, and how series of times become them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    name: str
    value: float
    unit: str

    def __str__(self) -> str:
        return f"  {self.name:<66} {self.value:>10.2f} {self.unit}"


def spread(name: str, times_s: Sequence[float]) -> list[Figure]:
    """Return the median and the 95th percentile of `times_s`, in milliseconds."""
    ordered = sorted(times_s)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return [
        Figure(f"{name}, p50 of {len(ordered)}", statistics.median(ordered) * 1000, "ms"),
        Figure(f"{name}, p95", p95 * 1000, "ms"),
    ]


def ratio(name: str, over: Figure, under: Figure) -> Figure:
    """Return how many times `over` is of `under`, both from the same run."""
    return Figure(name, over.value / under.value, "x")
