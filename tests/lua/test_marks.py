"""The engine's names that no Lua program can spell: each is listed, and no message shows one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from th7shell.lua import marks
from th7shell.lua.runtime import HELPERS

ROOT = Path(__file__).parents[2] / "th7shell"
LISTED = {
    *marks.TABLE_ATTRIBUTES,
    *marks.TYPE_ATTRIBUTES,
    *marks.OBJECT_ATTRIBUTES,
    *marks.VARIABLES,
    *(marks.MARK + name for name in HELPERS),
}
# where a call for each element would be felt
HOT = {"torch/keys.py", "torch/serialization/nesting.py"}
# where vectors and storages get array parts of their own
VECTORS = {
    "elements", "indexing", "memory", "ops/dispatch", "storage", "stranded", "tensor",
}  # fmt: skip
FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_marks_are_listed(path):
    used = set(re.findall(r"ħ[a-z_]+", path.read_text(encoding="utf-8")))
    assert used <= LISTED, used - LISTED


@pytest.mark.parametrize(
    "path", [p for p in FILES if "lua" not in p.relative_to(ROOT).parts[:1]], ids=str
)
def test_rooms_above_use_the_accessors(path):
    """Only `self`'s own marks, and those that a class declares for its instances, are spelt out."""
    name = path.relative_to(ROOT).as_posix()
    if name in HOT or name.removeprefix("torch/").removesuffix(".py") in VECTORS:
        return
    text = path.read_text(encoding="utf-8")
    if "ħ" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Attribute) and node.attr.startswith("ħ")):
            continue
        where = f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        assert node.attr in marks.TYPE_ATTRIBUTES or node.attr == "ħstored", where
        if node.attr in marks.TABLE_ATTRIBUTES:
            assert ast.unparse(node.value) in ("self", "cls"), where


WRONG = [
    "local t = setmetatable({}, {__index = function(t, k) return k.x.y end}) return t.a",
    "local x = 5 do local x = nil return function() return x.y end end",
    "return ('x').y.z",
    "local a <const> = 1",
    "return #nil",
    "return torch.Tensor(3).x.y",
    "for i = 1, 'x' do end",
    "local f f = nil return f()",
    "return function() return g() end",
    "goto out",
]


@pytest.mark.parametrize("source", WRONG)
def test_no_message_carries_a_mark(source, lua_message):
    assert "ħ" not in lua_message(source)


@pytest.fixture
def lua_message():
    from th7shell.lua.failures import caught
    from th7shell.lua.interpreter import Interpreter

    interpreter = Interpreter()

    def message(source: str) -> str:
        try:
            f = interpreter.load(source)()
            f()
        except Exception as error:
            return str(caught(error))
        raise AssertionError("it should fail")

    return message


def test_a_name_for_people():
    assert marks.plain("no attribute 'ħarray', xħħ2") == "no attribute 'array', x2"
