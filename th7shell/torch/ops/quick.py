"""Where quicksort and quickselect leave elements that their values do not place: equal ones, and
the selected ones among themselves.

The original sorts with Sedgewick's quicksort (median of three, small files left to a final stable
insertion sort) and selects with the quickselect built on the same partition. Its results show these
orders, so lines of moderate length are done the same way here, on Python lists.
"""

from __future__ import annotations

from typing import Any

LEFT_TO_INSERTION = 10  # files of that many elements are not partitioned


class Line:
    """A line of elements that are exchanged together with their places."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values
        self.places = list(range(len(values)))

    def exchange(self, i: int, j: int) -> None:
        v, p = self.values, self.places
        v[i], v[j] = v[j], v[i]
        p[i], p[j] = p[j], p[i]

    def partition(self, first: int, last: int) -> tuple[int, int]:
        """Split a file of three or more around the median of its first, middle and last element.

        Returns the start of the upper file and the place where that element ends up."""
        v, exchange = self.values, self.exchange
        exchange((first + last) // 2, first + 1)
        if v[first + 1] > v[last]:
            exchange(first + 1, last)
        if v[first] > v[last]:
            exchange(first, last)
        if v[first + 1] > v[first]:
            exchange(first + 1, first)
        median = v[first]
        up, down = first + 1, last
        while True:
            up += 1
            while v[up] < median:
                up += 1
            down -= 1
            while v[down] > median:
                down -= 1
            if down < up:
                break
            exchange(up, down)
        exchange(first, down)
        return up, down


def sorted_places(values: list[Any]) -> list[int]:
    """The places of the elements in ascending order, equal ones as the quicksort leaves them."""
    line = Line(values)
    files = [(0, len(values) - 1)] if len(values) - 1 > LEFT_TO_INSERTION else []
    while files:
        first, last = files.pop()
        up, down = line.partition(first, last)
        if down - first > LEFT_TO_INSERTION:
            files.append((first, down - 1))
        if last - up + 1 > LEFT_TO_INSERTION:
            files.append((up, last))
    order = sorted(range(len(values)), key=line.values.__getitem__)
    return [line.places[i] for i in order]


def selected_places(values: list[Any], k: int) -> list[int]:
    """The places after the k-th smallest (from 0) has been brought to place k, smaller ones
    below."""
    line = Line(values)
    first, last = 0, len(values) - 1
    while first < last:
        if last == first + 1:
            if line.values[first] > line.values[last]:
                line.exchange(first, last)
            break
        up, down = line.partition(first, last)
        if down <= k:
            first = up
        if down >= k:
            last = down - 1
    return line.places
