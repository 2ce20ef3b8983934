"""Deep and long programs: each compiles, or is refused with a message, at once."""

from __future__ import annotations

import sys
import time

import pytest

from th7shell.lua.interpreter import DEPTH, Interpreter

LEVELS = "chunk has too many syntax levels"
COMPLEX = "function or expression too complex"
# name: (before, what repeats, between, what repeats after it, after; the message for many, if any)
SHAPES: dict[str, tuple[str, str, str, str, str, str]] = {
    "parentheses": ("return ", "(", "1", ")", "", LEVELS),
    "tables": ("return ", "{", "", "}", "", LEVELS),
    "fields of tables": ("return ", "{x=", "1", "}", "", LEVELS),
    "keys of tables": ("return ", "{[", "1", "]=1}", "", LEVELS),
    "blocks": ("", "do ", "", "end ", "", LEVELS),
    "ifs": ("", "if x then ", "", "end ", "", LEVELS),
    "elses": ("", "if x then else ", "", "end ", "", LEVELS),
    "whiles": ("", "while x do ", "", "end ", "", LEVELS),
    "repeats": ("", "repeat ", "", "until x ", "", LEVELS),
    "functions": ("return ", "function() return ", "1 ", "end ", "", LEVELS),
    "concatenations": ("local x return ", "x..", "x", "", "", LEVELS),
    "powers": ("return ", "x^", "x", "", "", LEVELS),
    "nots": ("return ", "not ", "1", "", "", LEVELS),
    "minuses": ("return ", "- ", "x", "", "", LEVELS),
    "nested indices": ("local x return ", "x[", "1", "]", "", LEVELS),
    "nested calls": ("return ", "f(", "", ")", "", LEVELS),
    "nested methods": ("return ", "x:y(", "", ")", "", LEVELS),
    "sums": ("return ", "x + ", "1", "", "", COMPLEX),
    "products": ("local x return ", "x * ", "x", "", "", COMPLEX),
    "comparisons": ("return ", "x < ", "x", "", "", COMPLEX),
    "ands": ("return ", "f() and ", "x", "", "", COMPLEX),
    "ands and ors": ("return ", "x.a and 1 or ", "x", "", "", COMPLEX),
    "fields": ("return x", ".y", "", "", "", COMPLEX),
    "indices": ("return x", "[y]", "", "", "", COMPLEX),
    "calls": ("return f", "()", "", "", "", COMPLEX),
    "calls with strings": ("f", "''", "", "", "", COMPLEX),
    "methods": ("return x", ":y()", "", "", "", COMPLEX),
    "stores": ("x", ".y", "", "", " = 1", COMPLEX),
    "elseifs": ("if x then ", "elseif x then ", "", "", "end", "control structure too long"),
    "targets": ("", "a, ", "a", "", " = 1", "main function has more than 200 variable names"),
    "unused values": ("local a = ", "1, ", "1", "", "", ""),
    "items": ("return {", "1, ", "", "", "}", ""),
    "arguments": ("f(", "1, ", "1", "", ")", ""),
    "statements": ("", "x = 1 ", "", "", "", ""),
    "functions in a row": ("", "function f() return 1 end ", "", "", "", ""),
    "functions as values": ("", "x = function() return 1 end ", "", "", "", ""),
    "comments": ("", "--\n", "", "", "", ""),
}


@pytest.fixture(autouse=True)
def an_ordinary_stack():
    """The recursion limit of a program that has not asked for a deep stack; other tests do."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(DEPTH)
    yield
    sys.setrecursionlimit(before)


def refused(shape: str, count: int) -> str:
    """Compile a program of a shape; the message that refuses it, "" if there is none."""
    before, opening, middle, closing, after, _ = SHAPES[shape]
    source = before + opening * count + middle + closing * count + after
    start = time.thread_time()
    results = Interpreter().globals.loadstring(source, "=c")
    assert time.thread_time() - start < 2 + count * 1e-4
    return results[1] if isinstance(results, tuple) else ""


@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_program_is_compiled_or_refused_at_once(shape: str) -> None:
    assert refused(shape, 15) == ""
    message = SHAPES[shape][-1]
    assert message in refused(shape, 8500)


@pytest.mark.long
@pytest.mark.parametrize("count", [100, 190, 300, 1000, 3000, 30_000, 100_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_length_leaks_an_exception(shape: str, count: int) -> None:
    refused(shape, count)


def test_labels_in_a_row() -> None:
    load = Interpreter().globals.loadstring
    assert load("".join(f"::a{i}:: " for i in range(250)))[1].endswith(LEVELS)
    assert callable(load("".join(f"::a{i}:: x = 1 " for i in range(3000))))


def test_an_index_in_an_index_is_emitted_once() -> None:
    """Its code must not double with every level."""
    codes = [
        len(Interpreter().load(f"local x = ... return {'x[' * n}1{']' * n}").__code__.co_code)
        for n in (10, 20)
    ]
    assert codes[1] < 3 * codes[0]


def test_functions_of_a_chunk_share_a_name() -> None:
    """Python's compile copies all names of a function for each function in it."""
    text = "x = 1 function f() return 1 end t[1] = function() end g(function() end, f) " * 50
    names = Interpreter().load(text).__code__.co_varnames
    assert sum(name.startswith("ħclosure") for name in names) <= 2
