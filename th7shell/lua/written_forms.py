"""How documentation writes a call, `Linear(inputSize, outputSize [, bias = true])`, as a list of
arguments and as Python's signature. The engine's own parameters all have defaults, as Lua may leave
any argument out; the written form tells which ones are required."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from keyword import iskeyword
from typing import Any

from .regular import pattern

DIGITS = tuple("0123456789-")
FORM = pattern(r"([A-Za-z_][\w.:]*)(\([^()]*\))")  # a call as documentation writes it
_CONSTANTS = {"true": True, "false": False, "nil": None}


def forms_in(doc: str | None) -> list[str]:
    """The calls at the beginning of a page of documentation."""
    return [f"{m[1]}{m[2]}" for m in FORM.finditer(doc[:600])] if isinstance(doc, str) else []


def arguments_of(forms: Iterable[str], name: str) -> list[str] | None:
    """The arguments of the first form of `name`, optional ones in brackets; None where there is
    none."""
    for form in forms:
        head, _, inner = form.partition("(")
        if head.replace(":", ".").rpartition(".")[2] == name:
            words = split_arguments(" ".join(inner.rpartition(")")[0].split()))
            if not any(w.strip("[]'\"").startswith(DIGITS) for w in words):  # an example, no form
                return words
    return None


def split_arguments(text: str) -> list[str]:
    """`[a,] b [, c [, d]]` → ['[a]', 'b', '[c]', '[d]']: the arguments of a written form."""
    words: list[str] = []
    word, depth, optional = "", 0, False
    for letter in text + ",":
        if letter in "[]":
            depth += 1 if letter == "[" else -1
        elif letter == ",":
            word = word.strip()
            if word:
                word = word.replace(" = ", "=")
                words.append(f"[{word}]" if optional else word)
            word = ""
        else:
            if not word.strip():
                optional = depth > 0
            word += letter
    return words


def signature_of(words: list[str], function: Any = None) -> inspect.Signature:
    """A list of arguments as Python's signature: `[bias=true]` is `bias=True`, `size …` is `*size`,
    what may be left out at the beginning is left out. What `function` does not call so itself can
    only be given by its position."""
    while words and words[0].startswith("[") and any(not w.startswith("[") for w in words):
        words = words[1:]
    parameters: list[inspect.Parameter] = []
    seen: set[str] = set()
    optional = False
    for word in words:
        text, _, default = word.strip("[]").partition("=")
        name = re.sub(r"\W", "", text)
        if text.endswith(("…", "...")):
            parameters.append(inspect.Parameter(name or "args", inspect.Parameter.VAR_POSITIONAL))
            break
        optional = optional or word.startswith("[")
        if not name.isidentifier() or iskeyword(name) or name in seen:
            name = f"{name or 'argument'}_{len(parameters) + 1}"
        seen.add(name)
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=value_of(default) if optional else inspect.Parameter.empty,
            )
        )
    named = inspect.signature(function).parameters if function is not None else seen
    for i in range(len(parameters) - 1, -1, -1):
        if (
            parameters[i].name not in named
            and parameters[i].kind is parameters[i].POSITIONAL_OR_KEYWORD
        ):
            before = [p.replace(kind=p.POSITIONAL_ONLY) for p in parameters[: i + 1]]
            parameters[: i + 1] = before
            break
    return inspect.Signature(parameters)


def value_of(text: str) -> Any:
    """The value that a form gives as a default; None for one that is worked out."""
    text = text.strip()
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text[1:-1] if text[:1] in ("'", '"') and text[:1] == text[-1:] else None


def declared(function: Any) -> inspect.Signature:
    """The signature of a function or method of the engine without what Lua's calls need: `self` and
    the arguments that are dropped."""
    found = inspect.signature(function)
    kept = [p for p in found.parameters.values() if p.name not in ("self", "_", "__")]
    return inspect.Signature([p.replace(annotation=p.empty) for p in kept])
