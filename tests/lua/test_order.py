"""The order of `pairs` and `next`: recorded ones of the original, and what holds after any history."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from th7shell.lua import Table, attr, items, new_table, rawset
from th7shell.lua import order as orders
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.iteration import next_key
from th7shell.lua.node_order import key_hash
from th7shell.lua.values import new_record

RECORDED = Path(__file__).with_name("recorded") / "pairs_orders.txt"

HASHES = {"": 0, "Four score and seven years ago": 0x17770551}  # lookup3's own examples


@pytest.mark.parametrize("text", HASHES)
def test_the_hash_of_strings(text: str) -> None:
    assert key_hash(text) == HASHES[text]


def test_recorded_histories() -> None:
    lua = Interpreter()
    run = lua.load(
        "local text, loop = ...\n"
        "local walk = 'local function walk() for k in pairs(t) do end end '\n"
        "local f = 'local t local function f() return 1 end '\n"
        "local show = loop == 'pairs' and ' local o = {} for k in pairs(t) do' or"
        " ' local o = {} local k = next(t) while k ~= nil do'\n"
        "local rest = loop == 'pairs' and ' o[#o + 1] = tostring(k) end return o' or"
        " ' o[#o + 1] = tostring(k) k = next(t, k) end return o'\n"
        "return table.concat(assert(loadstring(f .. walk .. text .. show .. rest))(), '|')",
        "=order",
    )
    wrong = []
    lines = RECORDED.read_text(encoding="utf-8").splitlines()
    for line in lines:
        text, _, wanted = line.rpartition(" -> ")
        expected = wanted.removesuffix("|").encode().decode("latin-1")
        wrong += [(text, loop) for loop in ("pairs", "next") if run(text, loop) != expected]
    assert len(lines) == 160 and not wrong


ORDER = "sampleSize split verbose samplingMode paths loadSize"  # recorded

KEYS = st.one_of(
    st.sampled_from(["a", "b", "c", "d", "name", "__index", "__x__", "type"]),
    st.integers(-2, 12),
    st.booleans(),
    st.sampled_from([0.5, 2.0, 1e300]),
)


STEPS = st.tuples(KEYS, st.booleans(), st.booleans(), st.booleans())


@given(st.lists(STEPS, max_size=60))
@example(
    [
        ("a", False, False, True),  # None in the dict
        ("b", False, False, False),  # logged as a removed name
        ("a", True, False, True),  # given a value unseen
        *((key, True, True, False) for key in ("b", "c", "d", "name")),
    ]
)
def test_a_traversal_gives_each_key_once(steps: list[tuple[object, bool, bool, bool]]) -> None:
    """Names are stored by Lua, or by Python as attributes, where None leaves them in the dict."""
    table = Table()
    model: dict[object, object] = {}
    for key, stored, walked, from_python in steps:
        if from_python and isinstance(key, str):
            setattr(table, attr(key), 1 if stored else None)
        else:
            rawset(table, key, 1 if stored else None)
        model.pop((key.__class__ is bool, key), None)
        if stored:
            model[key.__class__ is bool, key] = 1
        if walked:
            found = [(k.__class__ is bool, k) for k, _ in items(table)]
            assert len(found) == len(set(found)) == len(model) and set(found) == set(model)
    seen, pair = [], next_key(table, None)
    while pair is not None:
        seen.append(pair[0])
        rawset(table, pair[0], None)  # legal, as is going on from the removed key
        pair = next_key(table, pair[0])
    assert len(seen) == len(model) and next_key(table, None) is None


def test_keys_may_come_as_they_were_stored() -> None:
    fields = dict.fromkeys(["dataset", "batchSize", "niter", "lr"], 1)
    assert [k for k, _ in items(new_table(fields=fields))] == [
        "lr",
        "dataset",
        "niter",
        "batchSize",
    ]
    orders.insertion(True)
    try:
        assert [k for k, _ in items(new_table(fields=fields))] == list(fields)
        table, seen, pair = new_table(fields=fields), [], None
        while (pair := next_key(table, seen[-1] if seen else None)) is not None:
            seen.append(pair[0])
            rawset(table, pair[0], None)
        assert seen == list(fields)
    finally:
        orders.insertion(False)


def test_names_without_a_value_take_part_in_a_constructor() -> None:
    lua = Interpreter()
    names = "paths sampleSize split samplingMode verbose loadSize forceClasses trainHook testHook"
    made = lua.load(
        "local a, b = 1\nlocal keys = {}\nfor k in pairs{"
        + ", ".join(f"{n} = {'a' if i < 6 else 'b'}" for i, n in enumerate(names.split()))
        + "} do keys[#keys + 1] = k end return table.concat(keys, ' ')",
        "=order",
    )()
    assert made == ORDER
    assert [k for k, _ in items(new_record(names.split(), [1] * 6 + [None] * 3))] == ORDER.split()


def test_two_threads_traverse_one_table() -> None:
    lua, counts = Interpreter(), []
    make = lua.load(
        "local t = {} for i = 1, 60 do t['k' .. i] = i end for i = 1, 60, 3 do t['k' .. i] = nil end"
        " for i = 100, 140 do t['k' .. i] = i end return t"
    )
    walk = lua.load("local n, t = 0, ... for k in pairs(t) do n = n + 1 end return n")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(50):
            table, start = make(), Barrier(3)

            def count(table: Table = table, start: Barrier = start) -> None:
                start.wait(20)
                counts.append(walk(table))

            threads = [Thread(target=count, daemon=True) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
    finally:
        sys.setswitchinterval(interval)
    assert counts == [81] * 150
