"""utf8 and lua-utf8: places, characters, patterns, widths, what is no UTF-8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell.c_modules import luautf8, utf8
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load(
        "utf8, u = require 'utf8', require 'lua-utf8' s = 'aé日x' bad = 'a\\255b'", "=t"
    )()

    def run(text):
        result = environment.load(text, "=case")()
        plain = [decoded(v) for v in (result if isinstance(result, tuple) else (result,))]
        return tuple(plain) if isinstance(result, tuple) else plain[0]

    return run


def decoded(value):
    return value.encode("latin-1").decode("utf-8", "replace") if isinstance(value, str) else value


CASES = {
    "utf8.len(s), utf8.len(s, 2), utf8.len(s, 1, 1), utf8.len '', utf8.len(s, -1)": (4, 3, 1, 0, 1),
    "utf8.len(bad)": (None, 2),
    "utf8.len('\\237\\160\\128'), utf8.len('\\237\\160\\128', 1, -1, true)": (None, 1),
    "utf8.char(97, 233, 26085), utf8.char(), #utf8.char(0x7fffffff)": ("aé日", "", 6),
    "utf8.codepoint(s, 1, -1)": (97, 233, 26085, 120),
    "utf8.codepoint(s, 4), utf8.codepoint('a')": (26085, 97),
    "utf8.offset(s, 3), utf8.offset(s, -1), utf8.offset(s, 0, 3), utf8.offset(s, 9), utf8.offset(s, 5)": (4, 7, 2, None, 8),
    "(function() local t = '' for p, c in utf8.codes(s) do t = t .. p .. ':' .. c .. ' ' end return t end)()": "1:97 2:233 4:26085 7:120 ",
    "(function() local n = 0 for c in s:gmatch(utf8.charpattern) do n = n + 1 end return n end)()": 4,
    "u.sub(s, 2, 3), u.sub(s, -2), u.sub(s, 3, 2), u.sub(s, -9, 1), u.sub(bad, 2, 2) == '\\255'": ("é日", "日x", "", "a", True),
    "u.byte(s, 2, -1)": (233, 26085, 120),
    "u.byte(bad, 2), u.reverse(s), u.reverse('e\\204\\129x'), u.reverse(bad, true) == 'b\\255a'": (255, "x日éa", "xe\u0301", True),
    "u.upper 'aéß', u.lower 'AÉ', u.title 'ab cd', u.fold 'Straße', u.upper(0xe9)": ("AÉß", "aé", "Ab Cd", "strasse", 0xC9),
    "u.find(s, '日'), u.find(s, 'x', 1, true), u.find(s, '.', -1)": (3, 4, 4),
    "u.find(s, '(%a)(日)')": (2, 3, "é", "日"),
    "u.match(s, '^%a+'), u.match('x=1é', '%w+$'), u.match('äé[1]', '%b[]'), u.match('THE (q)', '%f[%a]%a+', 2)": ("aé日x", "1é", "[1]", "q"),
    "u.match('日本', '()本()')": (2, 3),
    "u.gsub(s, '[é日]', '<%0>')": ("a<é><日>x", 2),
    "u.gsub(s, '%a', {['é']='E', ['日']=false}, 3)": ("aE日x", 3),
    "u.gsub('äbc', '%l', function(c) return u.upper(c) end)": ("ÄBC", 3),
    "u.gsub('abc', '', '-')": ("-a-b-c-", 4),
    "u.gsub('ab', '[^ö]', '.')": ("..", 2),
    "(function() local t = '' for a, b in u.gmatch('k=ä, ö=v', '(%w)=(%w)') do t = t .. a .. b end return t end)()": "käöv",
    "u.escape '%228%u228%{228}%xE4%x{E4}%%%d'": "äääää%d",
    "u.next(s), u.next(s, 2), u.next(s, 4, -1), u.next(s, 7)": (1, 4, 2),
    "u.charpos(s, 3), u.charpos(s, -1), u.charpos(s, 2, 1)": (4, 7, 4, 26085),
    "u.insert(s, 'z'), u.insert(s, 2, '日'), u.insert(s, -1, '!')": ("aé日xz", "a日é日x", "aé日!x"),
    "u.remove(s), u.remove(s, 2), u.remove(s, 2, 2), u.remove(s, 3, 2)": ("aé日", "a", "a日x", "aé日x"),
    "u.width 'a日本', u.width(26085), u.width('é', nil, nil, 2), u.width(0x200b), u.width(0x200b, nil, nil, 1, 3)": (5, 2, 2, 0, 3),
    "u.widthindex('a日b', 3)": (2, 2, 2),
    "u.widthlimit('a日b', 2)": (1, 1),
    "u.widthlimit('a日b', -3)": (2, 0),
    "u.ncasecmp('aé', 'AÉ'), u.ncasecmp('a', 'B'), u.ncasecmp('b', 'A')": (0, -1, 1),
    "u.isvalid(s), u.isvalid(bad), u.invalidoffset(bad), u.invalidoffset(bad, 3), u.invalidoffset(s)": (True, False, 2, None, None),
    "u.clean(bad, '?')": ("a?b", False),
    "u.clean(bad)": ("a\ufffdb", False),
    "u.normalize_nfc('e\\204\\129'), u.isnfc 'é'": ("é", True),
    "u.len(bad, nil, nil, true), u.len(s), u.offset == nil": (3, 4, False),
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_what_lua_sees(lua, text):
    found = lua(f"return {text}")
    wanted = CASES[text]
    if isinstance(found, tuple) and text.startswith(
        ("u.next", "u.charpos", "u.find(s, '日'), ", "u.normalize", "utf8.len('")
    ):
        found = found[: len(wanted)]
    assert found == wanted


WRONG = {
    "utf8.char(-1)": "(value out of range)",
    "utf8.codepoint(s, 99)": "(out of range)",
    "utf8.codepoint(bad, 1, -1)": "invalid UTF-8 code",
    "utf8.len(s, 99)": "(initial position out of string)",
    "utf8.offset(s, 1, 3)": "initial position is a continuation byte",
    "utf8.offset(s, 1, 99)": "(position out of range)",
    "for _ in utf8.codes(bad) do end": "invalid UTF-8 code",
    "utf8.len()": "(string expected, got no value)",
    "u.escape '%x{xyz}'": "invalid escape 'x'",
    "u.reverse(bad)": "invalid UTF-8 code",
    "u.gsub(s, '.', true)": "(string/function/table expected)",
    "u.gsub(s, '.', '%q')": "invalid use of '%' in replacement string",
    "u.gsub(s, '.', '%2')": "invalid capture index %2 in replacement string",
    "u.gsub(s, '.', function() return {} end)": "invalid replacement value (a table)",
    "u.find(s, '[a')": "malformed pattern (missing ']')",
    "u.find(s, '%b')": "malformed pattern (missing arguments to '%b')",
    "u.width(true)": "(number/string expected, got boolean)",
    "u.clean('a', '\\255')": "(replacement string must be valid UTF-8)",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(lua, text):
    assert lua(f"return select(2, pcall(function() {text} end))").endswith(WRONG[text])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(TEXT)
def test_places_are_python_s(text):
    data = text.encode().decode("latin-1")
    assert utf8.len_(data) == len(text)
    assert [code for _, code in utf8.characters(data)] == list(map(ord, text))
    assert utf8.char(*map(ord, text)) == data
    assert luautf8.reverse(luautf8.reverse(data, True), True) == data


@given(st.binary(max_size=12), st.integers(-9, 9), st.integers(-9, 9))
def test_any_bytes_are_kept(data, i, j):
    text = data.decode("latin-1")
    assert luautf8.sub(text, 1) == text
    assert luautf8.sub(text, i, j) in text
    assert luautf8.gsub(text, ".", "%0")[0] == text
    assert (utf8.len_(text) == len_or_none(data)) or utf8.len_(text)[0] is None


def len_or_none(data):
    try:
        return len(data.decode("utf-8"))
    except UnicodeDecodeError:
        return None
