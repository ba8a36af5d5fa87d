"""Median and quartiles of the figures in a table."""

from collections.abc import Iterable


def quartiles(values: Iterable[float | None]) -> tuple[float | None, float | None, float | None]:
    """First quartile, median and third quartile, interpolated between the two nearest values; None where there are none.

    The definition is that of `statistics.quantiles(values, method="inclusive")`, which refuses fewer than two values.
    """
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return None, None, None

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return at(0.25), at(0.5), at(0.75)
