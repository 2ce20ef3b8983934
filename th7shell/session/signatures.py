"""The arguments of the call being typed: for the line under the prompt and the notebook's
inspector."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from th7shell.lua import Table, written_forms
from th7shell.lua.written_forms import forms_in

from .context import Step, call_at
from .forms import form_of
from .members import is_lua, resolve, signature


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
    found = None if value is None else arguments_of(value, str(call.chain[-1].key), call.method)
    if found is None:
        return None
    return Signature(written(call.chain, call.method), found, call.argument)


def arguments_of(value: Any, name: str, method: bool) -> list[str] | None:
    """Arguments of a callable: as its first documented form writes them, else as it declares
    them."""
    if is_lua(value):
        return signature(value, method)
    told = documented(value, name, method)
    if told is None and (told := form_of(value, name)) is not None and method:
        told = told[1:]
    return signature(value, method) if told is None else told


def documented(value: Any, name: str, method: bool) -> list[str] | None:
    """The arguments of the first form that a tensor operation or a docstring gives, None when there
    is none."""
    operations = sys.modules.get("th7shell.torch.ops")
    own = operations.operation_of(value) if operations is not None else None
    if operations is not None and own is not None:
        forms = list(operations.signatures(own))
    else:
        forms = forms_in(None if isinstance(value, Table) else getattr(value, "__doc__", None))
    fitting = [f for f in forms if (":" in f.partition("(")[0]) == method] or forms
    return written_forms.arguments_of(fitting, name)


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
