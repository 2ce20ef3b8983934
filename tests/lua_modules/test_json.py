"""dkjson and json: what is written and read, order, exceptions, positions, files."""

from __future__ import annotations

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("json"))
        environment = Environment(MAIN)
        environment.load("dk, json = require 'dkjson', require 'json'", "=t")()
        yield lambda text: environment.load(text, "=case")()


CASES = {
    "dk.encode{1, 'a/b', true, dk.null, {}}": '[1,"a/b",true,null,[]]',
    "dk.encode(setmetatable({}, {__jsontype = 'object'})), dk.encode{[3] = 1, n = 3}": ("{}", "[null,null,1]"),
    "dk.encode{[1000] = 1}, dk.encode{[1.5] = 1}, dk.encode(nil), dk.encode(1/0)": ('{"1000":1}', '{"1.5":1}', "null", "null"),
    r"dk.encode '\1\n\"\127\226\128\168é'": '"\\u0001\\n\\"\\u007f\\u2028Ã©"',
    "dk.encode({b = 1, a = {x = 2}}, {indent = true, keyorder = {'a', 'b'}})": '{\n  "a":{\n    "x":2\n  },\n  "b":1\n}',
    "dk.encode(setmetatable({b = 1, a = 2}, {__jsonorder = {'a'}}))": '{"a":2,"b":1}',
    "dk.encode{setmetatable({}, {__tojson = function() return 'own' end})}": "[own]",
    "dk.encode({print}, {exception = dk.encodeexception})": "[\"<type 'function' is not supported by JSON.>\"]",
    "dk.encode({print}, {exception = function(reason, value) return '\"' .. reason .. '\"' end})": '["unsupported type"]',
    "(function() local s = {buffer = {}} return dk.encode({1}, s), table.concat(s.buffer) end)()": (True, "[1]"),
    "(function() local t = dk.decode '{\"a\": [1, null, \"x\"], \"b\": null}' return t.a[1], t.a[2], t.a[3], t.b, getmetatable(t).__jsontype end)()": (1, None, "x", None, "object"),
    "select(2, dk.decode('  [1] rest')), dk.decode('xx 5', 3), (dk.decode 'null')": (6, 5, None),
    "dk.decode('null', 1, 'N')": ("N", 5),
    "getmetatable((dk.decode('[]', 1, nil, nil)))": None,
    r"""(dk.decode '"\\u00e9\\ud83d\\ude00\\n\\q"')""": "é😀\nq".encode().decode("latin-1"),
    "dk.decode '/* c */ [1, // x\\n 2]'[2] == nil": False,
    "dk.decode '[1, '": (None, 5, "unterminated array at line 1, column 1"),
    "dk.decode '{\"a\": \\n zz}'": (None, 9, "no valid JSON value at line 2, column 2"),
    "dk.decode '\"ab'": (None, 4, "unterminated string at line 1, column 1"),
    "dk.decode ''": (None, 1, "no valid JSON value (reached the end)"),
    "dk.version, dk.using_lpeg, dk.quotestring 'a\"'": ("dkjson 2.5", False, '"a\\""'),
    "json.encode{1, {}, {a = 'x'}, json.null}": '[1,[],{"a":"x"},null]',
    "json.decode('[1, null, {\"a\": [2]}]')[3].a[1], json.decode('[1, null]')[2], json.decode 'null'": (2, None, None),
    "json.save('x.json', {a = {1, 2}}), json.load('x.json').a[2], json == _G.json": (2, True),
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_what_lua_sees(lua, text):
    if text.startswith("dk.decode '/*"):
        assert lua("return dk.decode('/* c */ [1, // x\\n 2]')[2]") == 2
    elif text.startswith("json.save"):
        lua("json.save('x.json', {a = {1, 2}})")
        assert lua("return json.load('x.json').a[2], json == _G.json") == (2, True)
    elif text.startswith("select(2, dk"):
        assert lua(
            "return select(2, dk.decode('  [1] rest')), (dk.decode('xx 5', 3)), (dk.decode 'null')"
        ) == (6, 5, None)
    else:
        assert lua(f"return {text}") == CASES[text]


WRONG = {
    "dk.encode(print)": "type 'function' is not supported by JSON.",
    "dk.encode{[true] = 1}": "type 'boolean' is not supported as a key by JSON.",
    "local t = {} t[1] = t dk.encode(t)": "reference cycle",
    "dk.encode(setmetatable({}, {__tojson = function() return nil, 'no' end}))": "no",
    "dk.encode({print}, {exception = function() return nil, 'mine' end})": "mine",
    "dk.use_lpeg()": "dkjson: lpeg is not here; decode works without it",
    "json.decode '[1'": "Expected comma or array end but found T_END at character 3",
    "json.load 'none.json'": "Unable to read 'none.json': none.json: No such file or directory",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(lua, text):
    assert lua(f"return select(2, pcall(function() {text} end))").endswith(WRONG[text])


def test_env_greets_and_sets_its_globals(capsys):
    environment = Environment(MAIN)
    environment.load("require 'env'", "=t")()
    assert capsys.readouterr().out.startswith("Torch 7.0  Copyright (C) 2001-2011")
    names = "who exit import setprintlevel loaddefaultlibs _PROMPT torch paths dok"
    for name in names.split():
        assert environment.load(f"return {name} ~= nil", "=t")(), name
    assert environment.load("local t = table() t:insert(5) return t[1]", "=t")() == 5
    assert environment.load("loaddefaultlibs(true) return zeros(2):size(1)", "=t")() == 2
