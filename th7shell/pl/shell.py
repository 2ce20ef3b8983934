"""What `pl.utils` does with files and commands."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.arguments import check_string

from .values import (
    check,
    failed,
    first,
    is_table,
    listed,
    loop,
    module,
    new_table,
    offer,
    send,
    state,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}
_PLAIN = re.compile(r"[a-zA-Z0-9_@%+=:,./-]+\Z")


def _opened(name: Any, mode: str) -> tuple[Any, Any]:
    """The file of a name, or None and why not."""
    answer = state.globals.io.open(name, mode)
    return answer[:2] if answer.__class__ is tuple else (answer, None)


@offer(FUNCTIONS)
def readfile(name: Any = None, binary: Any = None, *_: Any) -> Any:
    """The contents of a file as a string; nil and a message if it cannot be read."""
    check(1, name, "string")
    file, why = _opened(name, "rb" if true(binary) else "r")
    if file is None:
        return failed(why)
    text = send(file, "read", "*a")
    send(file, "close")
    if first(text) is None:
        return failed(f"{name}: {text[1] if len(text) > 1 else ''}")
    return text


@offer(FUNCTIONS)
def writefile(name: Any = None, text: Any = None, binary: Any = None, *_: Any) -> Any:
    """Write a string to a file: true, or nil and a message."""
    check(1, name, "string")
    check(2, text, "string")
    file, why = _opened(name, "wb" if true(binary) else "w")
    if file is None:
        return failed(why)
    answer = send(file, "write", text)
    send(file, "close")
    return failed(f"{name}: {answer[1]}") if first(answer) is None else True


@offer(FUNCTIONS)
def readlines(name: Any = None, *_: Any) -> Any:
    """The lines of a file as a list; nil and a message if it cannot be read."""
    check(1, name, "string")
    file, why = _opened(name, "r")
    if file is None:
        return failed(why)
    lines = new_table(loop(send(file, "lines")))
    send(file, "close")
    return lines


@offer(FUNCTIONS)
def executeex(command: Any = None, binary: Any = None, *_: Any) -> Any:
    """Run a shell command: whether it succeeded, its exit code, what it wrote to stdout and to
    stderr."""
    library = state.globals.os
    files = [first(library.tmpname()) for _ in range(2)]
    out, err = (quote_arg(name) for name in files)
    done, code = module("compat").execute(f"{tostring(command)} > {out} 2> {err}")
    texts = [first(readfile(name, binary)) or "" for name in files]
    for name in files:
        library.remove(name)
    return (done, code, *texts)


@offer(FUNCTIONS)
def quote_arg(argument: Any = None, *_: Any) -> Any:
    """An argument of a shell command, or a list of them, quoted where need be."""
    if is_table(argument):
        return " ".join(quote_arg(each) for each in listed(argument))
    text = check_string(1, argument)
    if os.sep == "\\":
        return _quoted_for_windows(text)
    return text if _PLAIN.match(text) else "'" + text.replace("'", "'\\''") + "'"


def _quoted_for_windows(text: str) -> str:
    """Quote for a program's own reading of its command line, then for the shell."""
    if not text or re.search("[ \f\t\v]", text):
        doubled = re.sub(r'(\\*)"', r'\1\1\\"', text)
        text = '"' + re.sub(r"\\+\Z", r"\g<0>\g<0>", doubled) + '"'
    return re.sub('["^<>!|&%]', r"^\g<0>", text)
