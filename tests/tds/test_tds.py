"""tds: Hash, Vec and AtomicCounter in Lua, the order of a Hash, files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import tds
from th7shell.lua import order
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment
from th7shell.tds.nodes import Buckets, hash_of, hashes_of, key_of, limit_of


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load("tds, torch = require 'tds', require 'torch'", "=t")()
    return lambda text: environment.load(text, "=case")()


def keys(hash):
    return [key for key, _ in hash.ħstored.items()]


def history(stored, removed=(), later=()):
    found = tds.Hash()
    for key in stored:
        found[key] = 1
    for key in removed:
        found[key] = None
    for key in later:
        found[key] = 2
    return keys(found)


RECORDED = [  # on the original's hash table
    ((["lr", "batchSize", "niter", "dataset", "gpu", "seed", "name"],), ["name", "batchSize", "niter", "lr", "seed", "dataset", "gpu"]),
    ((range(1, 21),), [2, 8, 17, 14, 9, 6, 19, 15, 10, 1, 4, 16, 11, 7, 18, 3, 12, 5, 20, 13]),
    (([True, False, 1, 0, -1, 1.5, "1", "true", ""],), [False, True, 1, 0, "1", "", 1.5, "true", -1]),
    ((range(1, 16), (2, 5, 9), "abcd"), [8, "a", "b", 14, "d", "c", 6, 15, 10, 1, 4, 11, 7, 3, 12, 13]),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "wanted"), RECORDED)
def test_the_order_of_pairs_is_the_original_s(steps, wanted):
    assert history(*steps) == wanted


def test_the_order_of_insertion_may_be_chosen():
    order.insertion(True)
    try:
        assert history(range(1, 21)) == list(range(1, 21))
    finally:
        order.insertion(False)


KEYS = st.integers(-20, 60) | st.floats(0, 2) | st.booleans() | st.text("ab", max_size=3)


@given(st.lists(st.tuples(KEYS, st.booleans(), st.booleans())))
def test_a_hash_that_is_looked_at_is_one_that_is_not(steps):
    """Traversals change nothing but the growth they share with the original; a model in step agrees."""
    hash, model, values = tds.Hash(), Buckets(), {}
    for key, stores, looks in steps:
        tagged = (key.__class__ is bool, key)
        if stores:
            hash[key], values[tagged] = 1, 1
            model.put(key_of(key), hash_of(key_of(key)))
        else:
            hash[key] = None
            if values.pop(tagged, None):
                model.remove(key_of(key), hash_of(key_of(key)))
        if looks:
            model.make_room()
            assert hash.ħstored.ordered() == model.ordered()
    model.make_room()
    assert hash.ħstored.ordered() == model.ordered()
    assert len(hash) == len(values) == model.size
    assert model.occupied <= limit_of(len(model.keys))


def test_hashes_of_many_numbers_are_those_of_each():
    numbers = [*range(-50, 50), 0.5, 1e300, 2**53]
    assert hashes_of(numbers) == [hash_of(n) for n in numbers]


CASES = {
    "local h = tds.Hash{a = 1, b = {1, 2}, c = {x = {}}} return #h, #h.b, torch.type(h.c), torch.type(h.c.x)": (3, 2, "tds.Hash", "tds.Vec"),
    "local h = tds.Hash() h[1], h[true], h.x, h[1.5] = 'a', 'b', false, 'c' return h[1], h[true], h.x, h[1.5], h[false], h.y, #h": ("a", "b", False, "c", None, None, 4),
    "local h = tds.Hash() h.x = 1 h.x = nil h.y = nil return #h, h.x": (0, None),
    "local h, t = tds.Hash(), torch.ones(2) h.t = t h[t] = 3 t:fill(7) return h.t[1], h[t]": (7, 3),
    "local h = tds.Hash() h.__len, h.__x__, h.ħstored, h['class'] = 1, 2, 3, 4 return h.__len, h.__x__, h.ħstored, h['class'], #h, h.__index": (1, 2, 3, 4, 4, None),
    "local h, n = tds.Hash{5, 6, 7}, 0 for k, v in pairs(h) do n = n + v h[k] = v + 1 end return n, h[1]": (18, 6),
    "local h, n = tds.Hash{5, 6, 7}, 0 for k in pairs(h) do n = n + 1 h[1], h[2], h[3] = nil end return n": 1,
    "local h, g = tds.Hash(), tds.Hash() return type(h), type(tds.Hash), h == h, h == g, torch.isTypeOf(h, 'tds.Hash')": ("cdata", "table", True, False, True),
    "return require 'tds.hash' == tds.Hash, require 'tds.vec' == tds.vec, require 'tds.atomic' == tds.AtomicCounter, require 'tds.env' == tds": (True,) * 4,
    "local v = tds.Vec(4, nil, 'x', nil) return #v, v[1], v[2], v[3], v[9]": (3, 4, None, "x", None),
    "local v = tds.Vec() v[3] = true return #v, v[3]": (3, True),
    "local v = tds.Vec{{1}, {a = 2}} return torch.type(v[1]), v[2].a": ("tds.Vec", 2),
    "local v = tds.Vec('a', 'b', 'c') v:insert('d') v:insert(1, 'e') v:remove(2) v:remove() return v:concat(','), v:concat('', 2, 2)": ("e,b,c", "b"),
    "local v = tds.Vec(1, 2, 3) v:resize(5) local n = #v v:resize(1) return n, #v": (5, 1),
    "local v, s = tds.Vec('', 'a', nil, 'b'), '' return v:concat(','), v:concatstorage(','):size()": ("a,nil,b", 7),
    "local v, s = tds.Vec(1, nil, 3), '' for i, x in ipairs(v) do s = s .. i .. tostring(x) end for i, x in pairs(v) do s = s .. i end return s": "112nil33123",
    "local v = tds.Vec() for i = 1, 9 do v[i] = tds.Hash{i % 3, i} end v:sort(function(a, b) return a[1] < b[1] end) local s = '' for _, h in pairs(v) do s = s .. h[2] end return s": "963741852",
    "local c = tds.AtomicCounter() return c:inc(), c:inc(), c:get(), c:set(9), tostring(c)": (0, 1, 2, None, "tds.AtomicCounter=9"),
    "require('tds.elem').addctype('torch.Timer') local v = tds.Vec(torch.Timer()) return torch.type(v[1])": "torch.Timer",
    "return require('tds.elem').type(tds.Vec())": "tds.Vec",
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_what_lua_sees(lua, text):
    assert lua(text) == CASES[text]


WRONG = {
    "local h = tds.Hash() h.x = {}": "unsupported key/value type <table> (set)",
    "local h = tds.Hash() h[print] = 1": "unsupported key/value type <function> (set)",
    "return tds.Hash()[{}]": "unsupported key/value type <table> (set)",
    "local h = tds.Hash() h.x = torch.LongStorage()": "unsupported key/value type <torch.LongStorage> (set)",
    "return tds.Hash()[nil]": "hash index is nil",
    "tds.Hash(1)": "lua table or nothing expected",
    "tds.Hash({}, {})": "lua table or nothing expected",
    "tds.Vec{a = 1}": "lua table with number keys expected",
    "local v = tds.Vec() v[0] = 1": "positive number expected as key",
    "local v = tds.Vec() v.x = 1": "positive number expected as key",
    "return tds.Vec().x": "invalid key (number) or method name",
    "return tds.Vec()[{}]": "invalid key (number) or method name",
    "tds.Vec():remove()": "positive number expected as key",
    "tds.Vec():insert()": "[key] value expected",
    "tds.Vec():insert(5, 1)": "cannot insert at 5: the vector has 0 elements",
    "tds.Vec():resize(-1)": "size must be a positive number",
    "tds.Vec():resize(1e18)": "out of memory",
    "tds.Vec():sort()": "compare function must be a lua or C function",
    "local v = tds.Vec(1, 2) v:sort(function() error 'stop' end)": "stop",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(lua, text):
    said = lua(f"return select(2, pcall(function() {text} end))")
    assert said.endswith(WRONG[text])


PRINTED = """tds.Vec[3]{
    1 : 4
    2 : tds.Hash[2]{
        7  : tds.Vec[2]{
                 1 : how
                 2 : nil
             }
        on : true
        }
    3 : nil
}"""


def test_printing(lua):
    lua(
        "v = tds.Vec(4, tds.Hash()) v[2].on = true v[2][7] = tds.Vec('how') v[2][7]:resize(2) v:resize(3)"
    )
    assert lua("return tostring(v)") == PRINTED
    shown = lua("local v = tds.Vec() for i = 1, 25 do v[i] = i end return tostring(v)").split("\n")
    assert (len(shown), shown[20:]) == (23, ["   20 : 20", "...", "}"])
    shown = lua("local h = tds.Hash() for i = 1, 25 do h[i] = i end return tostring(h)").split("\n")
    assert (len(shown), shown[-2:]) == (23, ["...", "}"])


@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_files(lua, mode):
    text = f"""local h = tds.Hash{{a = {{1, 'x', true}}, b = {{y = torch.range(1, 3)}}}}
    h.same = h.a
    local c = tds.AtomicCounter() c:set(5)
    local t = torch.deserialize(torch.serialize({{h, c}}, '{mode}'), '{mode}')
    return #t[1], t[1].a:concat(','), t[1].b.y:sum(), t[1].same == t[1].a, t[2]:get()"""
    assert lua(text) == (3, "1,x,true", 6, True, 5)


def test_the_bytes_of_a_file(lua):
    text = lua("return torch.serialize(tds.Hash{7}, 'ascii')")
    assert text == "4\n1\n3\nV 0\n8\ntds.Hash\n1\n1\n1\n1\n7\n"
    old = text.replace("8\ntds.Hash", "8\ntds_hash")
    lua("old = nil")
    environment_text = f"return torch.deserialize({old!r}, 'ascii')[1]"
    assert lua(environment_text) == 7
