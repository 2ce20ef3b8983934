"""`pl.lexer`: texts as streams of tokens, each a type and a value: plain, Lua's and C's.

A stream is a function. Without an argument it gives the next token; a pattern gives what it finds
first, a list of tokens puts these in front, a number asks for line and place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from th7shell.lua import send
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.coroutine import create, transfer
from th7shell.lua.stdlib.string import find

from .sip import text_argument
from .values import (
    LuaError,
    array,
    first,
    insert,
    is_table,
    loop,
    lua_type,
    new_table,
    offer,
    results,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}

_NUMBER = r"[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
_COMMON = (
    r"(?P<space>[ \t\n\r\f\v]+)|{before}(?P<hex>0x[0-9a-fA-F]+)|(?P<iden>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>{sign}(?:" + _NUMBER + r"))|{quoted}"
    r"(?P<string>(?P<quote>['\"])(?:\\.|(?!(?P=quote))[^\\])*(?P=quote)){after}|(?P<other>.)"
)


def grammar(before: str = "", sign: str = "", quoted: str = "", after: str = "") -> re.Pattern[str]:
    """The tokens of a language: what all have in common, with its own between."""
    parts = {"{before}": before, "{sign}": sign, "{quoted}": quoted, "{after}": after}
    text = _COMMON
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return re.compile(text, re.DOTALL)


PLAIN = grammar(sign="[+-]?")
LUA = grammar(
    after=r"|(?P<comment>--\[(?P<c>=*)\[.*?\](?P=c)\]|--.*?\n)"
    r"|(?P<long>\[(?P<l>=*)\[.*?\](?P=l)\])|(?P<op>[=~<>]=|\.\.\.?)"
)
C = grammar(
    before=r"(?P<prepro>\#.*?[^\\]\n)|",
    quoted=r"(?P<char>'(?:\\.|[^'\\])*')|",
    after=r"|(?P<comment>//.*?\n|/\*.*?\*/)"
    r"|(?P<op>[=!<>+*/|^-]=|->|&&|\|\||\+\+|--|::)",
)
LUA_KEYWORDS = (
    "and break do else elseif end false for function if in local nil not or repeat return then true"
    " until while".split()
)
C_KEYWORDS = frozenset(
    "bool break case catch char class const continue default do double else enum extern false float"
    " for goto if int long namespace new private protected public register return short signed"
    " sizeof static struct switch true try typedef union unsigned void volatile while".split()
)
#: what a filter calls the types that it leaves out
FILTERED = {"space": "space", "comment": "comments"}
Token = tuple[Any, ...]
Scanner = Callable[[str, int], tuple[int, Iterable[Token]] | None]


def built_in(pattern: re.Pattern[str], keywords: Any, skip: Any, options: Any) -> Scanner:
    """What finds the token at a place of a text: its end, and the token in a list unless it is
    filtered."""
    left_out = {kind for kind, name in FILTERED.items() if true(skip[name])}
    numbers, bare = true(options["number"]), true(options["string"])

    def scan(text: str, place: int) -> tuple[int, Iterable[Token]] | None:
        m = pattern.match(text, place)
        if m is None:
            return None
        kind, value = m.lastgroup, m.group()
        return m.end(), [] if kind in left_out else [token(kind, value)]

    def token(kind: str | None, value: str) -> Token:
        if kind == "iden":
            return ("keyword" if keywords and value in keywords else "iden", value)
        if kind == "number" or kind == "hex":
            return "number", parse_number(value) if numbers else value
        if kind == "string" or kind == "char":
            return kind, value[1:-1] if bare else value
        if kind == "long":
            return "string", inside_long(value) if bare else value
        return (value, value) if kind == "op" or kind == "other" else (kind, value)

    return scan


def inside_long(text: str) -> str:
    """What stands in a long string, without the line's end that may follow its bracket."""
    edge = text.index("[", 1) + 1
    return text[edge:-edge].removeprefix("\n")


def given(matches: Any, skip: Any, options: Any) -> Scanner:
    """The same for a program's own list of {pattern, action}: action(text, options, found)."""
    rules = [(rule[1], rule[2]) for rule in array(matches)]

    def scan(text: str, place: int) -> tuple[int, Iterable[Token]] | None:
        for pattern, action in rules:
            found = find(text, pattern, place + 1)
            if found is None:
                continue
            value = text[found[0] - 1 : found[1]]
            if true(skip[action]):
                return found[1], []
            return found[1], tokens_of(action, value, options, new_table(found))
        return None

    return scan


def tokens_of(action: Any, *arguments: Any) -> Iterator[Token]:
    """The tokens that an action yields, and the one that it returns: in Torch's time Penlight's
    scanner was a coroutine, in which the actions of programs yield."""
    co = create(action)
    while co.status != "dead":
        answer = transfer(co, arguments)
        if true(first(answer)):
            yield answer if answer.__class__ is tuple else (answer,)
        arguments = ()


class Stream:
    """A text, or the lines of a file, on the way to tokens."""

    def __init__(self, source: Any, scan: Scanner) -> None:
        self.scan = scan
        self.file = None if source.__class__ is str else source
        self.text = source if self.file is None else ""
        self.ahead = self.next_line()
        self.place = 0
        self.line = 0
        self.queue: list[Any] = []  # tokens put in front, the next one last
        self.found: Iterator[Token] = iter(())  # more tokens of the last match

    def next_line(self) -> Any:
        return None if self.file is None else send(self.file, "read")

    def step(self, wish: Any = None, *_: Any) -> Any:
        """The next token; what a pattern finds; put tokens in front; or line and place."""
        if self.queue:
            entry = self.queue.pop()
            return entry[1], entry[2]
        if wish is None:
            return self.token()
        if wish.__class__ is str:
            return "", self.search(wish)
        if is_table(wish):
            self.queue = array(wish)[::-1]
            return "", ""
        return self.line, self.place + 1

    def search(self, pattern: str) -> str:
        """The next match of a pattern; what stands before it is skipped."""
        found = find(self.text, pattern, self.place + 1)
        if found is None:
            self.place = len(self.text)
            return ""
        self.place = found[1]
        return self.text[found[0] - 1 : found[1]]

    def token(self) -> Any:
        """The next token that is not filtered; nothing at the end."""
        if self.file is None and not self.line:
            self.line = 1
        for token in self.found:
            return results(token)
        while self.place < len(self.text) or self.advance():
            found = self.scan(self.text, self.place)
            if found is None:
                return ()
            end, tokens = found
            if self.file is None:
                self.line += self.text.count("\n", self.place, end)
            self.place = end
            self.found = iter(tokens)
            for token in self.found:
                return results(token)
        return ()

    def advance(self) -> bool:
        """Go on with the next line of a file; False at the end."""
        while self.ahead is not None:
            self.text, self.ahead, self.place = self.ahead, self.next_line(), 0
            self.line += 1
            if self.ahead is not None:
                self.text += "\n"
            if self.text:
                return True
        return False


def stream(
    s: Any, make: Callable[[Any, Any], Scanner], filter: Any, options: Any, *skip: str
) -> Any:
    """The function that gives a source's tokens."""
    if s is None:
        raise LuaError("lexer: a string or a file expected, got nil", 1)
    if filter is None:
        filter = new_table(fields=dict.fromkeys(skip, True))
    elif filter is False:
        filter = new_table()
    if options is None:
        options = new_table(fields={"number": True, "string": True})
    found = Stream(s, make(filter, options))
    return lambda wish=None, *_: found.step(wish)


@offer(FUNCTIONS)
def scan(
    s: Any = None, matches: Any = None, filter: Any = None, options: Any = None, *_: Any
) -> Any:
    """The plain tokens of a string or file: names, numbers, quoted strings, single characters.

    matches: a list of {pattern, action} in their place. filter: the types left out
    ({space=true}). options: {number=true,string=true} makes numbers of numbers and takes away the
    quotes of strings; escapes stay.
    """

    def make(skip: Any, options: Any) -> Scanner:
        if true(matches):
            return given(matches, skip, options)
        return built_in(PLAIN, (), skip, options)

    return stream(s, make, filter, options, "space")


def language(pattern: re.Pattern[str], keywords: Any) -> Callable[..., Any]:
    """The function for a language's tokens."""

    def tokens(s: Any = None, filter: Any = None, options: Any = None, *_: Any) -> Any:
        """The tokens of a string or file, `keyword` and `comment` among their types.

        filter: the types left out ({space=true, comments=true}); options as in `scan`.
        """

        def make(skip: Any, options: Any) -> Scanner:
            return built_in(pattern, keywords, skip, options)

        return stream(s, make, filter, options, "space", "comments")

    return tokens


FUNCTIONS["lua"] = language(LUA, frozenset(LUA_KEYWORDS))
FUNCTIONS["cpp"] = language(C, C_KEYWORDS)


@offer(FUNCTIONS, "insert")
def insert_tokens(tok: Any = None, a1: Any = None, a2: Any = None, *_: Any) -> tuple[()]:
    """Put tokens in front of a stream: a type and a value, a list of {type, value}, or a function
    that gives an iterator over them."""
    if not true(a1):
        return ()
    if a1.__class__ is str and a2.__class__ is str:
        a1 = new_table([new_table((a1, a2))])
    elif lua_type(a1) == "function":
        a1 = new_table(new_table(pair) for pair in loop(a1(), variables=2))
    tok(a1)
    return ()


@offer(FUNCTIONS)
def getline(tok: Any = None, *_: Any) -> Any:
    """The rest of the line, with its end."""
    return tok(".-\n")[1]


@offer(FUNCTIONS)
def getrest(tok: Any = None, *_: Any) -> Any:
    """The rest of the text."""
    return tok(".+")[1]


@offer(FUNCTIONS)
def lineno(tok: Any = None, *_: Any) -> Any:
    """The number of the line, and the place in it for a file."""
    return tok(0)


@offer(FUNCTIONS)
def skipws(tok: Any = None, *_: Any) -> Any:
    """The next token that is no space."""
    while True:
        token = tok()
        if first(token) != "space":
            return token


@offer(FUNCTIONS)
def expecting(tok: Any = None, expected_type: Any = None, no_skip_ws: Any = None, *_: Any) -> Any:
    """The value of the next token, which must be of a type; an error where it is not."""
    text_argument(1, tok, "function")
    text_argument(2, expected_type)
    token = tok() if true(no_skip_ws) else skipws(tok)
    if first(token) != expected_type:
        raise LuaError(f"expecting {expected_type}", 2)
    return token[1] if token.__class__ is tuple and len(token) > 1 else None


@offer(FUNCTIONS)
def get_separated_list(tok: Any = None, endtoken: Any = None, delim: Any = None, *_: Any) -> Any:
    """The token lists between delimiters (',') up to an end token (')', also '\\n'), outside of
    parentheses, and the token that ended them; nil, 'EOS' where the stream ends first."""
    endtoken = ")" if endtoken is None else endtoken
    delim = "," if delim is None else delim
    parts, part, level = new_table(), new_table(), 1
    while True:
        kind, value = (*results_of(tok()), None, None)[:2]
        if kind is None or kind is False:
            return None, "EOS"
        if level == 1 and ends(endtoken, kind, value):
            break
        if kind == "(":
            level += 1
        elif kind == ")":
            level -= 1
            if level == 0:
                break
        elif kind == delim and level == 1:
            insert(parts, part)
            part = new_table()
            continue
        insert(part, new_table((kind, kind if value is None or value is False else value)))
    insert(parts, part)
    return parts, new_table((kind, value))


def results_of(answer: Any) -> tuple[Any, ...]:
    """What a call gave, as a tuple."""
    return answer if answer.__class__ is tuple else (answer,)


def ends(endtoken: Any, kind: Any, value: Any) -> bool:
    """Whether a token is the end of a list."""
    return kind == "space" and "\n" in tostring(value) if endtoken == "\n" else kind == endtoken


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.lexer'`."""
    keywords = new_table(fields=dict.fromkeys(LUA_KEYWORDS, True))
    return new_table(fields={**FUNCTIONS, "get_keywords": lambda *_: keywords})
