"""Slips in Lua's own grammar, found by the message of the syntax error."""

from __future__ import annotations

import re

from ..context import chain_before
from ..members import is_class, resolve
from ..scan import KEYWORDS, tokens
from .calls import has_method
from .row import Row, rows
from .scene import Scene

TWO_WORDS = re.compile(r"([A-Za-z_][\w.]*)\s+(?=[\w\"'])(.+?)\s*;?\s*\Z")


def _call(scene: Scene, found: re.Match[str]) -> str | None:
    """`print x`, `net forward x`"""
    near = re.search(r"near '(.+)'\Z", scene.message)
    words = TWO_WORDS.search(scene.text)
    begins = words is not None and words[1] not in KEYWORDS and words[2]
    if near and not (begins and begins.startswith(near[1].split()[0])):
        inner = rf"([A-Za-z_][\w.]*)\s+({re.escape(near[1])}.*?)(?:\s+end\b.*|;.*)?\Z"
        words = re.search(rf"(?:.*\s)?{inner}", scene.text)
    if words is None or words[1] in KEYWORDS or words[2].split()[0] in KEYWORDS:
        return None
    if re.search(r"(?<![=~<>])=(?!=)", words[2]):
        return "a statement is an assignment or a call: x = 1, f(x)"
    value = resolve(scene.globals, chain_before(tokens(words[1])))
    method, _, rest = words[2].partition(" ")
    if has_method(value, method):
        return f"call methods with a colon and parentheses: {words[1]}:{method}({rest.strip()})"
    if callable(value) or is_class(value):
        return f"a call needs parentheses: {words[1]}({words[2]})"
    return None


def _field(scene: Scene, found: re.Match[str]) -> str:
    """`s:len`"""
    called = re.search(r"([\w.\[\]]+):(\w+)\s+([\w{].*?)\s*\Z", scene.text)
    if called:
        return f"a call needs parentheses: {called[1]}:{called[2]}({called[3]})"
    words = re.search(r"([\w.\[\]]+):(\w+)\s*(?:\Z|[^\w\s({\"'])", scene.text)
    owner, name = (words[1], words[2]) if words else ("x", "name")
    return f"a colon calls a method, {owner}:{name}(…); a field is {owner}.{name}"


def _keyword(scene: Scene, found: re.Match[str]) -> str | None:
    """`t.end`, `local end = 3`"""
    word = found[1]
    if word not in KEYWORDS:
        return None
    return f"{word} is a word of Lua's own: choose another name, or t['{word}']"


def _then(scene: Scene, found: re.Match[str]) -> str:
    return "an if needs then: if … then … end"


HOW = {
    "if": "if … then … end",
    "for": "for … do … end",
    "while": "while … do … end",
    "function": "function f(x) … end",
    "repeat": "repeat … until …",
}


def _end(scene: Scene, found: re.Match[str]) -> str:
    opener = re.search(r"to close '(\w+)' at line (\d+)", scene.message)
    if opener and opener[1] in HOW:
        return f"the {opener[1]} of line {opener[2]} is not closed: {HOW[opener[1]]}"
    word = next((w.text for w in tokens(scene.text) if w.text in HOW), "")
    return f"an end is missing: {HOW.get(word, 'do … end')}"


SYNTAX: list[Row] = list(
    rows(
        "message",
        [
            (r"'=' expected near '[\w\"']", _call),
            (r"'=' expected near '\.\d", "a position is written t[1], not t.1"),
            (r"'<name>' expected near '\('", "a function has a name here: function f(x) … end, local function f(x) … end"),
            (r"'<name>' expected near '(\w+)'", _keyword),
            (r"unexpected symbol near '(and|or|do|then|end|else|elseif|until|in|local|return)'\Z", "{1} stands where a value should be"),
            (r"'<name>' expected", "a name is missing here, or a sign too many"),
            (r"'\(' expected", "a function has parentheses: function(x) … end, function f(x) … end"),
            (r"'then' expected", _then),
            (r"'do' expected", "a loop needs do: for i = 1, 3 do … end, while … do … end"),
            (r"'<eof>' expected near '(end|until|else|elseif)'", "there is one {1} too many"),
            (r"'<eof>' expected near", "return ends a block: nothing may follow it"),
            (r"'end' expected.* near '<eof>'", _end),
            (r"'end' expected", "return ends a block: nothing may follow it before end"),
            (r"'until' expected", "repeat ends with until: repeat … until n > 3"),
            (r"unfinished string", "a quote is missing; a text with an apostrophe stands in \"…\""),
            (r"unfinished long", "[[ … ]] is not closed"),
            (r"'\}' expected.* near '<eof>'", "a } is missing"),
            (r"'\)' expected.* near '<eof>'", "a ) is missing"),
            (r"'\]' expected.* near '<eof>'", "a ] is missing"),
            (r"'\}' expected", "items of a table are separated by commas: {1, 2, 3}"),
            (r"'\)' expected", "arguments are separated by commas: f(a, b)"),
            (r"unexpected symbol near ','", "there is a comma too many, or a value missing before it"),
            (r"unexpected symbol near '\)'", "there is a ) too many, or a value missing before it"),
            (r"unexpected symbol near '(\]|\})'", "there is a {1} too many, or a value missing before it"),
            (r"function arguments expected", _field),
            (r"unexpected symbol near '='", "an equals sign too many; to compare write =="),
            (r"unexpected symbol near '~'", "not equal is ~=, not is not: not x"),
            (r"unexpected symbol near '(\d\S*|\"|')", "an assignment is name = value, with the name on the left"),
            (r"unexpected symbol near '(nil|true|false)'", "{1} has no fields and cannot be called"),
            (r"unexpected symbol near '(?:not|#|-|\\{)'", "an assignment has a plain name on its left: x = …"),
            (r"'=' expected", "a statement is an assignment or a call: x = 1, f(x)"),
            (r"unexpected symbol near '<eof>'", "a value is missing at the end"),
            (r"malformed number", "a number is 1000, 0.5, 1e-3 or 0xff; a name begins with a letter"),
            (r"invalid escape sequence", "a backslash in a text is written \\\\\\\\, or the text [[…]]"),
            (r"no loop to break|'break'", "break stands in a loop"),
            (r"undefined label|label '", "goto jumps to a ::label:: of the same block"),
            (r"cannot use '...'|cannot use '\.\.\.'", "... is there in functions that end their arguments with it"),
        ],
    )
)  # fmt: skip
