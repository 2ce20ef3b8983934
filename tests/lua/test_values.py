"""Tables from Python: keys of every kind, borders, traversal with changes, and what hypothesis thinks of next."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell.lua import (
    LuaError,
    Table,
    array,
    attr,
    items,
    length,
    lua_type,
    new_table,
    rawget,
    rawset,
    send,
    tostring,
)
from th7shell.lua.iteration import next_key
from th7shell.lua.metatables import setmetatable

KEYS = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([0.5, -1.5, 1e300, True, False, "a", "b", "__len__", "", "x y", "__index"]),
)
VALUES = st.one_of(st.none(), st.integers(0, 5), st.text("ab", max_size=2))


def plain(key: object) -> object:
    """A key that Python keeps apart as Lua does: True is not 1."""
    return ("bool", key) if isinstance(key, bool) else key


@given(st.lists(st.tuples(KEYS, VALUES), max_size=40))
def test_a_table_holds_what_was_stored_last(stores: list[tuple[object, object]]) -> None:
    table, expected = Table(), {}
    for key, value in stores:
        rawset(table, key, value)
        expected.pop(plain(key), None)
        if value is not None:
            expected[plain(key)] = value
    assert {plain(k): v for k, v in items(table)} == expected
    assert all(
        rawget(table, k if not isinstance(k, tuple) else k[1]) == v for k, v in expected.items()
    )
    n = length(table)
    assert n == 0 or rawget(table, n) is not None
    assert rawget(table, n + 1) is None


@given(st.lists(st.tuples(KEYS, st.integers(0, 5)), max_size=30), st.sets(st.integers(0, 40)))
def test_next_visits_each_key_once_while_fields_are_cleared(
    stores: list[tuple[object, int]], cleared: set[int]
) -> None:
    table = Table()
    for key, value in stores:
        rawset(table, key, value)
    keys = {plain(key) for key, _ in items(table)}
    seen = []
    pair = next_key(table, None)
    while pair is not None:
        seen.append(plain(pair[0]))
        if len(seen) in cleared:
            rawset(table, pair[0], None)
        pair = next_key(table, pair[0])
    assert sorted(map(str, seen)) == sorted(map(str, keys))


def test_next_after_an_unknown_key_is_an_error() -> None:
    with pytest.raises(LuaError, match="invalid key to 'next'"):
        next_key(new_table([1], {"a": 1}), "b")


def test_traversal_of_a_table_with_a_metatable_survives_clearing() -> None:
    table = setmetatable(
        new_table([], dict.fromkeys("abcdef", 1)), new_table([], {"__index": Table()})
    )
    seen = []
    pair = next_key(table, None)
    while pair is not None:
        seen.append(pair[0])
        rawset(table, pair[0], None)
        pair = next_key(table, pair[0])
    assert sorted(seen) == list("abcdef")
    assert next_key(table, None) is None


def test_python_protocol() -> None:
    table = new_table([10, 20], {"x": 1})
    table["y"] = 2
    table[3] = 30
    assert (table.x, table["y"], table[3], table[99]) == (1, 2, 30, None)
    assert (len(table), array(table), "x" in table, "z" in table) == (3, [10, 20, 30], True, False)
    assert list(table) == [1, 2, 3, "y", "x"]
    assert bool(Table())


def test_names_like_pythons_own_are_kept_apart() -> None:
    table = Table()
    rawset(table, "__len__", 7)
    assert rawget(table, "__len__") == 7
    assert attr("__len__") != "__len__"
    assert attr("__index") == "__index"
    assert list(items(table)) == [("__len__", 7)]


@pytest.mark.parametrize("key", [None, math.nan])
def test_keys_that_cannot_be(key: object) -> None:
    with pytest.raises(LuaError, match="table index is"):
        rawset(Table(), key, 1)
    assert rawget(Table(), key) is None


def test_sparse_keys_move_to_the_array_part_as_in_lua() -> None:
    table = Table()
    for i in range(100, 0, -1):
        rawset(table, i, i)
    assert length(table) == 100
    assert array(table) == list(range(1, 101))


TEXTS = {
    1: "1",
    -7: "-7",
    1.5: "1.5",
    1e15: "1e+15",
    2.0**53: "9.007199254741e+15",
    100.0: "100",
    -0.0: "-0",
    math.inf: "inf",
    1e100: "1e+100",
    0.1: "0.1",
}


@pytest.mark.parametrize("number", TEXTS)
def test_numbers_print_with_14_digits(number: float) -> None:
    assert tostring(number) == TEXTS[number]


def test_types() -> None:
    values = [None, True, 1, 1.5, "", Table(), len, lambda: None, [].append]
    kinds = ["nil", "boolean", "number", "number", "string", "table", *["function"] * 3]
    assert [lua_type(v) for v in values] == kinds


def test_send_passes_the_object_to_functions_of_any_kind() -> None:
    class Thing(Table):
        def method(self, x: int) -> tuple[object, int]:
            return self, x

    thing = Thing()
    assert send(thing, "method", 1) == (thing, 1)
    thing.method = lambda self, x: ("patched", self is thing, x)
    assert send(thing, "method", 2) == ("patched", True, 2)
