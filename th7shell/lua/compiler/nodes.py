"""Python syntax nodes with positions, and templates: expressions written as Python text, of which
copies are made with operands filled in.

In a template a capital letter is an operand; `A1` marks the place where A is evaluated first, `A`
its later uses; `_1 _2 …` are temporaries; any other name is a runtime helper (see `runtime.py`),
emitted as `MARK + name`.
"""

from __future__ import annotations

import _ast as ast
from collections.abc import Iterator
from typing import Any

from ..marks import MARK

LOAD = ast.Load()
STORE = ast.Store()
_new: Any = ast.AST.__new__

_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_OFTEN = 50  # uses of a template

Position = tuple[int, int, int, int]


def place(node: Any, position: Position) -> Any:
    """Give a node its source position."""
    node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = position
    return node


def new_node(kind: Any, fields: dict[str, Any]) -> Any:
    """Make a node of all its fields. (The same as by its class, in less time.)"""
    node = _new(kind)
    node.__dict__ = fields
    return node


def name_node(name: str, context: Any, position: Position) -> Any:
    """Make a name."""
    node = _new(ast.Name)
    line, column, last, end = position
    node.__dict__ = {
        "id": name,
        "ctx": context,
        "lineno": line,
        "col_offset": column,
        "end_lineno": last,
        "end_col_offset": end,
    }
    return node


def call_node(function: Any, arguments: list[Any], position: Position) -> Any:
    """Make a call."""
    node = _new(ast.Call)
    line, column, last, end = position
    node.__dict__ = {
        "func": function,
        "args": arguments,
        "keywords": [],
        "lineno": line,
        "col_offset": column,
        "end_lineno": last,
        "end_col_offset": end,
    }
    return node


class Template:
    """One template; calling it with an emitter and operands gives a new expression.

    It is taken apart into steps, each of which makes a node from what was made before; a name or
    an operation that occurs twice is one node. Where it is used often, as in a long file, the steps
    are written out as a function of their own.
    """

    __slots__ = ("operands", "steps", "temporaries", "text", "uses", "written")

    def __init__(self, text: str) -> None:
        self.text = text
        self.uses = 0
        self.steps: list[Any] = []  # worked out at the first use
        self.written: Any = None

    def __call__(self, emitter: Any, **operands: Any) -> Any:
        """Operands are (first, again) pairs of nodes, or single nodes that are used once;
        `_1="name"` chooses a temporary."""
        if not self.uses:
            self._take_apart()
        self.uses += 1
        if self.written is not None:
            return self.written(emitter, **operands)
        made: list[Any] = []
        for letter in self.operands:
            operand = operands[letter]
            made += operand if operand.__class__ is tuple else (operand, operand)
        for name in self.temporaries:
            made.append(operands.get(name) or emitter.temporary())
        if self.uses == _OFTEN:
            self._write(len(made))
        for kind, fixed, parts, lists in self.steps:
            fields = {**fixed, **dict(zip(_PLACE, emitter.position))}
            for name, i in parts:
                fields[name] = made[i]
            for name, members in lists:
                fields[name] = [made[i] for i in members]
            node = _new(kind)
            node.__dict__ = fields
            made.append(node)
        return made[-1]

    def _write(self, given: int) -> None:
        """Write the steps out as a function of the emitter and what is given."""
        parameters = [*self.operands, *(f"{name}=None" for name in self.temporaries)]
        lines = [f"def build(emitter, {', '.join(parameters)}, **_):"]
        for i, letter in enumerate(self.operands):
            pair = f"x{2 * i}, x{2 * i + 1}"
            twice = f"({letter}, {letter})"
            lines.append(f" {pair} = {letter} if {letter}.__class__ is tuple else {twice}")
        for i, name in enumerate(self.temporaries, 2 * len(self.operands)):
            lines.append(f" x{i} = {name} or emitter.temporary()")
        lines.append(" a, b, c, d = emitter.position")
        objects: dict[str, Any] = {"new": _new, "tuple": tuple}
        place = ", ".join(f"{name!r}: {letter}" for name, letter in zip(_PLACE, "abcd"))
        for n, (kind, fixed, parts, lists) in enumerate(self.steps, given):
            objects[kind.__name__] = kind
            fields = []
            for name, value in fixed.items():
                objects[f"{name}{n}"] = value
                fields.append(f"{name!r}: {name}{n}")
            fields += [f"{name!r}: x{i}" for name, i in parts]
            fields += [f"{name!r}: [{', '.join(f'x{i}' for i in m)}]" for name, m in lists]
            lines.append(f" x{n} = new({kind.__name__})")
            lines.append(f" x{n}.__dict__ = {{{place}, {', '.join(fields)}}}")
        lines.append(f" return x{given + len(self.steps) - 1}")
        exec("\n".join(lines), objects)
        self.written = objects["build"]

    def _take_apart(self) -> None:
        root = compile(self.text, "", "eval", ast.PyCF_ONLY_AST).body  # type: ignore[attr-defined]
        names = sorted(set(_names(root)))
        self.operands = sorted({n[0] for n in names if _is_operand(n)})
        self.temporaries = [n for n in names if n[0] == "_"]
        places = [place for letter in self.operands for place in (letter + "1", letter)]
        places += self.temporaries
        steps = self.steps
        known: dict[str, int] = {}

        def part(node: Any) -> int:
            """The number of what a node is made as."""
            if isinstance(node, ast.Name) and _is_operand(node.id):
                return places.index(node.id)
            step = self._step(node, part, places)
            key = str((step[0], [(n, _told(v)) for n, v in step[1].items()], *step[2:]))
            if key not in known:
                known[key] = len(places) + len(steps)
                steps.append(step)
            return known[key]

        part(root)

    def _step(self, node: Any, part: Any, places: list[str]) -> Any:
        fixed: dict[str, Any] = {}
        parts, lists = [], []
        for name in node._fields:
            value: Any = getattr(node, name, None)
            if isinstance(value, ast.expr):
                parts.append((name, part(value)))
            elif isinstance(value, list) and value and isinstance(value[0], ast.expr):
                lists.append((name, [part(item) for item in value]))
            elif name == "ctx":
                fixed[name] = STORE if isinstance(value, ast.Store) else LOAD
            elif name != "id":
                fixed[name] = value
            elif value[0] == "_":
                parts.append((name, places.index(value)))
            else:
                fixed[name] = MARK + value
        return node.__class__, fixed, parts, lists


def _is_operand(name: str) -> bool:
    return name[0].isupper() and len(name) <= 2


def _names(node: Any) -> Iterator[str]:
    """Yield the names in an expression."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, list):
        for item in node:
            yield from _names(item)
    elif isinstance(node, ast.AST):
        for field in node._fields:
            yield from _names(getattr(node, field, None))


def _told(value: Any) -> Any:
    """What tells one fixed part of a node from another: operators are told by their class."""
    if isinstance(value, list):
        return [_told(item) for item in value]
    return type(value) if isinstance(value, ast.AST) else repr(value)
