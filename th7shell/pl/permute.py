"""`pl.permute`: the orders of a list, and the choices of one element from each of several lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from .values import array, check, length, new_table, offer

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def orders(values: list[Any], n: int) -> Iterator[list[Any]]:
    """Every order of the first n values, made in place: each in turn stands last, and before it the
    others in all their orders."""
    if n == 0:
        yield values
        return
    last = n - 1
    for i in range(n):
        values[last], values[i] = values[i], values[last]
        yield from orders(values, last)
        values[last], values[i] = values[i], values[last]


@offer(FUNCTIONS, "order_iter", "iter")
def order_iter(a: Any = None, *_: Any) -> Callable[..., Any]:
    """An iterator over all orders of a list, which changes and gives the list itself."""
    values = array(check(1, a, "table"))
    found = orders(values, len(values)) if values else iter(())

    def step(*_: Any) -> Any:
        order = next(found, None)
        for i, value in enumerate(values, 1):
            a[i] = value
        return None if order is None else a

    return step


@offer(FUNCTIONS, "order_table", "table")
def order_table(a: Any = None, *_: Any) -> Any:
    """The list of all orders of a list."""
    from .loaded import module

    copy = module("tablex").deepcopy
    step = order_iter(check(1, a, "table"))
    return new_table(copy(order) for order in iter(step, None))


def choices(lists: tuple[Any, ...]) -> Iterator[tuple[int, list[Any]]]:
    """Number and elements of every choice; the first list changes fastest."""
    sizes = [t["n"] if t["n"] is not None else length(t) for t in lists]
    if not all(size > 0 for size in sizes):
        return
    places = [1] * len(lists)
    for number in count(1):
        yield number, [t[i] for t, i in zip(lists, places, strict=True)]
        for k, size in enumerate(sizes):
            places[k] += 1
            if places[k] <= size:
                break
            places[k] = 1
        else:
            return


@offer(FUNCTIONS)
def list_iter(*lists: Any) -> Callable[..., Any]:
    """An iterator over the choices of an element from each list: a count, then the elements. A
    field `n` of a list is its length, with nils."""
    for i, t in enumerate(lists, 1):
        check(i, t, "table")
    found = choices(lists)

    def step(*_: Any) -> Any:
        for number, values in found:
            return (number, *values)
        return None

    return step


@offer(FUNCTIONS)
def list_table(*lists: Any) -> Any:
    """The list of the choices, each a list with its length in `n`."""
    for i, t in enumerate(lists, 1):
        check(i, t, "table")
    return new_table(new_table(chosen, {"n": len(chosen)}) for _number, chosen in choices(lists))
