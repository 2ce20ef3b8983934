"""cjson: what is written and read, the words of errors, settings, `cjson.safe` and `cjson.util`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell.cjson.decoding import Decoder, decode
from th7shell.cjson.encoding import encode
from th7shell.cjson.null import NULL
from th7shell.cjson.quick import FAILED, quick
from th7shell.cjson.settings import Settings
from th7shell.cjson.util import compare_values
from th7shell.lua import LuaError, Table, rawitems
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture
def lua():
    environment = Environment(MAIN)
    environment.load(
        "cjson, safe, util = require 'cjson', require 'cjson.safe', require 'cjson.util'", "=t"
    )()
    return lambda text: environment.load(text, "=case")()


WRITTEN = {
    "{1, 2, {a = 1.5}}": '[1,2,{"a":1.5}]',
    "{}": "{}",
    "{[3] = 'x'}": '[null,null,"x"]',
    "{['2'] = 'x'}": '{"2":"x"}',
    "{[1.5] = 1}": '{"1.5":1}',
    "{[0] = 1}": '{"0":1}',
    "{cjson.null, true, false}": "[null,true,false]",
    "nil": "null",
    "1/3": "0.33333333333333",
    "1e15": "1e+15",
    "2^53": "9.007199254741e+15",
    "-0": "-0",
    r"'\0\8\9\127/\"\\é'": r'"\u0000\b\t\u007f\/\"\\é"',
    "setmetatable({}, {__index = {1, 2}})": "{}",
}  # fmt: skip


@pytest.mark.parametrize("value", WRITTEN)
def test_encode(lua, value):
    assert lua(f"return (cjson.encode({value}))") == WRITTEN[value].encode().decode("latin-1")


REFUSED = {
    "print": "Cannot serialise function: type not supported",
    "torch.Tensor(1)": "Cannot serialise userdata: type not supported",
    "0/0": "Cannot serialise number: must not be NaN or Infinity",
    "{[true] = 1}": "Cannot serialise boolean: table key must be a number or string",
    "{[1000] = 1}": "Cannot serialise table: excessively sparse array",
    "loop": "Cannot serialise, excessive nesting (1001)",
    "1, 2": "bad argument #1 to '?' (expected 1 argument)",
    "": "bad argument #1 to '?' (expected 1 argument)",
}


@pytest.mark.parametrize("value", REFUSED)
def test_what_cannot_be_encoded(lua, value):
    lua("loop = {} loop[1] = loop")
    call = f"cjson.encode, {value}" if value else "cjson.encode"
    assert lua(f"return select(2, pcall({call}))") == REFUSED[value]


READ = {
    "[1, 2.5, -3e2, 0x10, 007, +1, -.5, 1.]": [1, 2.5, -300, 16, 7, 1, -0.5, 1],
    r'["\u00e9\ud83d\ude00\u0000\/\n"]': ["é😀".encode().decode("latin-1") + "\0/\n"],
    '["é\t\n"]': ["é\t\n".encode().decode("latin-1")],
    "[12345678901234567890, 1e400]": [12345678901234567890.0, float("inf")],
    "[]": [],
    "[null, true, [false]]": [NULL, True, [False]],
    '{"a": {"b": [1]}, "a": 2}': {"a": 2},
    '{"__x__": 1}': {"__x__": 1},
    "12\0 rest": 12,
    "[Infinity, -inf]": [float("inf"), -float("inf")],
}


def plain(value):
    """A table as a list or a dict."""
    if not isinstance(value, Table):
        return value
    fields = {k: plain(v) for k, v in rawitems(value)}
    return [*fields.values()] if all(isinstance(k, int) for k in fields) else fields


@pytest.mark.parametrize("text", READ)
def test_decode(text):
    assert plain(decode(text.encode().decode("latin-1"), Settings())) == READ[text]


WRONG = {
    "": "Expected value but found T_END at character 1",
    "[1,]": "Expected value but found T_ARR_END at character 4",
    "[1 2]": "Expected comma or array end but found T_NUMBER at character 4",
    '{"a":1,}': "Expected object key string but found T_OBJ_END at character 8",
    '{"a" 1}': "Expected colon but found T_NUMBER at character 6",
    '{"a":1 "b"}': "Expected comma or object end but found T_STRING at character 8",
    "[true false]": "Expected comma or array end but found T_BOOLEAN at character 7",
    "[1 null]": "Expected comma or array end but found T_NULL at character 4",
    '"abc': "Expected value but found unexpected end of string at character 5",
    '"\\x"': "Expected value but found invalid escape code at character 2",
    '"\\ud800"': "Expected value but found invalid unicode escape code at character 2",
    '"\\u12_4"': "Expected value but found invalid unicode escape code at character 2",
    "-x": "Expected value but found invalid number at character 1",
    "nope": "Expected value but found invalid token at character 1",
    "1 1": "Expected the end but found T_NUMBER at character 3",
    "1\0": "JSON parser does not support UTF-16 or UTF-32",
    "[" * 1001: "Found too many nested data structures (1001) at character 1001",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_decoded(text):
    with pytest.raises(LuaError) as error:
        decode(text, Settings())
    assert error.value.value == WRONG[text]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES, st.booleans())
def test_the_quick_decoder_gives_what_the_exact_one_gives(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    try:
        text = text.encode().decode("latin-1")
    except UnicodeEncodeError:
        return
    found = quick(text, Settings())
    assert found is FAILED or compare_values(found, Decoder(text, Settings()).whole())


@given(VALUES)
def test_what_is_written_is_read_again(value):
    settings = Settings()
    settings.write_invalid = True
    text = json.dumps(value, ensure_ascii=True)
    try:
        first = Decoder(text, settings).whole()
    except LuaError:
        return  # half a pair of UTF-16
    again = Decoder(encode(first, settings), settings).whole()
    assert compare_values(again, Decoder(encode(again, settings), settings).whole())


@given(st.text(alphabet='[]{},:"\\u0d8e1-+.tnfINaxp \0é', max_size=12))
def test_wild_texts_give_values_or_messages(text):
    byte_text = text.encode().decode("latin-1")
    try:
        exact = Decoder(byte_text, Settings()).whole()
    except LuaError as error:
        assert quick(byte_text, Settings()) is FAILED
        assert "at character" in error.value
    else:
        found = quick(byte_text, Settings())
        assert found is FAILED or compare_values(found, exact)


SETTINGS = {
    "cjson.encode_sparse_array()": (False, 2, 10),
    "cjson.encode_sparse_array(true, 0)": (True, 0, 10),
    "cjson.encode_max_depth(5)": 5,
    "cjson.decode_max_depth()": 1000,
    "cjson.encode_number_precision(3)": 3,
    "cjson.encode_keep_buffer('off')": False,
    "cjson.encode_invalid_numbers('null')": "null",
    "cjson.decode_invalid_numbers(false)": False,
    "select(2, pcall(cjson.encode_number_precision, 15))": "bad argument #1 to '?' (expected integer between 1 and 14)",
    "select(2, pcall(cjson.encode_keep_buffer, 1, 2))": "bad argument #2 to '?' (found too many arguments)",
    "select(2, pcall(cjson.decode_invalid_numbers, 'null'))": "bad argument #1 to '?' (invalid option 'null')",
}


@pytest.mark.parametrize("call", SETTINGS)
def test_settings(lua, call):
    assert lua(f"return {call}") == SETTINGS[call]
    assert lua("return cjson.new().encode_max_depth()") == 1000


def test_settings_count(lua):
    assert lua("cjson.encode_number_precision(3) return (cjson.encode(1/3))") == "0.333"
    assert (
        lua("cjson.encode_invalid_numbers(true) return (cjson.encode{1/0, -1/0, 0/0})")
        == "[Infinity,-Infinity,NaN]"
    )
    assert (
        lua(
            "cjson.encode_number_precision(14) cjson.encode_sparse_array(true) return (cjson.encode{[1000] = 1})"
        )
        == '{"1000":1}'
    )
    assert lua(
        "cjson.decode_invalid_numbers(false) return select(2, pcall(cjson.decode, '[0x1]'))"
    ).startswith("Expected value but found invalid number")


def test_safe(lua):
    assert lua("return safe.decode '[1'") == (
        None,
        "Expected comma or array end but found T_END at character 3",
    )
    assert lua("return safe.new().encode(print)") == (
        None,
        "Cannot serialise function: type not supported",
    )
    assert lua("return (safe.encode{1})") == "[1]"
    assert lua("return pcall(safe.decode)") == (
        False,
        "bad argument #1 to '?' (expected 1 argument)",
    )


def test_null_is_a_userdata_that_is_one(lua):
    assert lua("return type(cjson.null), tostring(cjson.null), cjson.null == safe.null") == (
        "userdata",
        "userdata: NULL",
        True,
    )
    assert lua("return cjson.decode('null') == cjson.null, rawget(_G, '_cjson')") == (True, None)


def test_util(lua, tmp_path, capsys):
    path = str(tmp_path / "f.json")
    assert lua(f"util.file_save('{path}', 'abc') return util.file_load('{path}')") == "abc"
    assert "Unable to read" in lua("return select(2, pcall(util.file_load, '/none/x'))")
    assert (
        lua("return util.serialise_value({1, {a = cjson.null}, print}, false)")
        == '{ 1, { ["a"] = json.null }, "<function>" }'
    )
    assert lua("return util.serialise_value{1, 'x'}") == '{\n  1,\n  "x"\n}'
    assert lua(
        "return util.compare_values({1, {0/0}}, {1, {0/0}}), util.compare_values({1}, {1, 2})"
    ) == (True, False)
    assert lua("return util.run_script('x = 3').x, pcall(util.run_script, 'x =')")[:2] == (3, False)
    lua(
        "util.run_test_group{{'name', cjson.encode, {true}, true, {'true'}}, {'wrong', cjson.decode, {'x'}, true, {1}}, {'just run', function() end}}"
    )
    assert lua("return util.run_test_summary()") == (1, 2)
    assert "==> Test [2] wrong: FAIL" in capsys.readouterr().out
