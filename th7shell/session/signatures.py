"""The arguments of the call being typed: for the line under the prompt and the notebook's
inspector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from th7shell.lua import Table
from th7shell.session.context import Step, call_at
from th7shell.session.members import resolve, signature


@dataclass(frozen=True)
class Signature:
    """name(arguments), and the number (from 0) of the argument at the cursor."""

    name: str
    arguments: list[str]
    current: int

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"


def signature_at(text: str, cursor: int | None, globals: Table) -> Signature | None:
    """The signature of the innermost open call, None when nothing is known of it."""
    call = call_at(text, cursor)
    if call is None:
        return None
    value = resolve(globals, call.chain)
    found = arguments_of(value, call.chain, call.method, globals)
    if found is None:
        return None
    return Signature(written(call.chain, call.method), found, call.argument)


def arguments_of(
    value: Any, chain: tuple[Step, ...], method: bool, globals: Table
) -> list[str] | None:
    """Arguments of a callable: as its first documented form writes them, else as it declares
    them."""
    if value is None:
        return None
    declared = signature(value, method)
    return documented(value, str(chain[-1].key), method) or declared


def documented(value: Any, name: str, method: bool) -> list[str] | None:
    """The arguments of the first form that a tensor operation or a docstring gives, None when there
    is none."""
    import re
    import sys

    operations = sys.modules.get("th7shell.torch.ops")
    forms: list[str] = []
    if operations is not None and name in operations.OPERATIONS:
        forms = list(operations.signatures(name))
    doc = getattr(value, "__doc__", None)
    if not forms and isinstance(doc, str):
        forms = re.findall(rf"(?:^|[\s`.:]){re.escape(name)}(\([^)\n]*\))", doc)
    for form in forms:
        inner = form[form.find("(") + 1 : form.rfind(")")]
        words = split_arguments(inner)
        if method and words and words[0].startswith(("self", "tensor", "t")) and len(words) > 1:
            words = words[1:]
        return words
    return None


def split_arguments(text: str) -> list[str]:
    """`a[, b [, c]]` → ['a', '[b]', '[c]']: the arguments of a written form, optional ones in
    brackets."""
    words = []
    optional = 0
    word = ""
    for letter in text + ",":
        if letter == "[":
            optional += 1
        elif letter == "]":
            pass
        elif letter == ",":
            word = word.strip()
            if word:
                words.append(word)
            word = ""
            if optional:
                words.append("[")
            continue
        else:
            word += letter
    out, bracket = [], False
    for word in words:
        if word == "[":
            bracket = True
            continue
        out.append(f"[{word}]" if bracket else word)
    return out


def written(chain: tuple[Step, ...], method: bool) -> str:
    """A chain as it is typed."""
    text = ""
    for i, step in enumerate(chain):
        if step.key is None:
            text += "(…)"
        elif isinstance(step.key, str):
            dot = ":" if method and i == len(chain) - 1 else "."
            text += (dot if text else "") + step.key
        else:
            text += f"[{step.key}]"
    return text
