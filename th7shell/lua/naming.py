"""Names of variables in error messages, found from the source when an error is shown.

The emitted code gives every operation the source range of its Lua expression. The chunk is parsed
again, once, to find the expression at a range, and from it how Lua names the operand: local,
upvalue, global, field or method.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from .compiler import tree
from .compiler.binary import BINARY
from .compiler.lexer import line_starts
from .errors import operand_message
from .marks import CHUNK, SOURCE
from .values import LuaObject, Table

Range = tuple[int | None, int | None, int | None, int | None]
Name = tuple[str, str]  # ('local', 'x')

_NODES = "ħnodes"
_OPERATIONS = (tree.Index, tree.Call, tree.Method, tree.Binary, tree.Unary)


def _range_at(frame: FrameType, lasti: int) -> Range:
    positions = list(frame.f_code.co_positions())
    line, end_line, column, end_column = positions[lasti // 2]
    return line, column, end_line, end_column


def node_at(frame: FrameType, lasti: int) -> Any:
    """Return the operation of the chunk's syntax tree at which a frame stands, or None."""
    space = frame.f_globals
    nodes = space.get(_NODES)
    if nodes is None:
        nodes = space[_NODES] = _operations(space[SOURCE], space[CHUNK])
    return nodes.get(_range_at(frame, lasti))


def _operations(source: str, chunk: str) -> dict[Range, tuple[Any, Any]]:
    """Return the operations of a chunk by their source range, each with the scope that it stands
    in."""
    from bisect import bisect_right

    from .compiler.parser import parse

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20000))
    try:
        main = parse(source, chunk)
    finally:
        sys.setrecursionlimit(limit)
    lines = line_starts(source)
    found: dict[Range, tuple[Any, Any]] = {}
    stores: set[int] = set()
    stack: list[tuple[Any, Any]] = [(main, main.scope)]
    while stack:
        node, scope = stack.pop()
        if node.__class__ is tree.Function:
            scope = node.scope
        elif isinstance(node, (*_OPERATIONS, tree.GenericFor)):
            first, last = bisect_right(lines, node.start), bisect_right(lines, node.end)
            key = (first, node.start - lines[first - 1], last, node.end - lines[last - 1])
            found.setdefault(key, (_Store(node) if id(node) in stores else node, scope))
        elif node.__class__ is tree.Assign:
            stores.update(map(id, node.targets))
        stack.extend((child, scope) for child in tree.children(node))
    return found


class _Store:
    """An index expression that is assigned to."""

    def __init__(self, node: Any) -> None:
        self.object, self.key = node.object, node.key


def is_store(node: Any) -> bool:
    """Whether an operation assigns to `object[key]`."""
    return node.__class__ is _Store


def name_of(e: Any, scope: Any) -> Name | None:
    """Return how Lua names the value of an expression."""
    kind = e.__class__
    if kind is tree.Paren:
        return name_of(e.inner, scope) if not isinstance(e.inner, tree.Multi) else None
    if kind is tree.Logical:
        chosen = _chosen(e)
        return None if chosen is e else name_of(chosen, scope)
    if kind is tree.Local:
        return ("local" if e.variable.scope is scope else "upvalue"), e.variable.name
    if kind is tree.Global:
        return "global", e.name
    if kind is tree.Index and e.key.__class__ is tree.Constant and e.key.value.__class__ is str:
        return "field", e.key.value
    return None


def _chosen(e: Any) -> Any:
    """Return the operand that `and` and `or` of constants choose, or the expression itself."""
    while e.__class__ is tree.Paren:
        e = e.inner
    if e.__class__ is tree.Logical:
        left = _chosen(e.left)
        if left.__class__ is tree.Constant:
            is_true = left.value is not None and left.value is not False
            return _chosen(e.right) if is_true is (e.operator == "and") else left
    return e


def called_function(frame: FrameType, lasti: int) -> Name | None:
    """Return how the call at which a frame stands names its function."""
    found = node_at(frame, lasti)
    if found is None:
        return None
    node, scope = found
    if node.__class__ is tree.Call:
        return name_of(node.function, scope)
    if node.__class__ is tree.Method:
        return "method", node.name
    return None


def metamethod_called(frame: FrameType, lasti: int) -> Name | None:
    """Return the event for which the operation at which a frame stands called a function."""
    found = node_at(frame, lasti)
    if found is None:
        return None
    node = found[0]
    kind = node.__class__
    if kind is _Store:
        return "metamethod", "__newindex"
    if kind is tree.Binary:
        return "metamethod", "__" + BINARY[node.operator].event
    if kind is tree.Unary and node.operator != "not":
        return "metamethod", "__unm" if node.operator == "-" else "__len"
    return ("metamethod", "__index") if kind is tree.Index or kind is tree.Method else None


def operand(frame: FrameType, lasti: int, action: str, second: int) -> Name | None:
    """Return the name of the operand that an operation at a frame could not use."""
    if CHUNK not in frame.f_globals:
        return None
    found = node_at(frame, lasti)
    if found is None:
        return None
    node, scope = found
    kind = node.__class__
    if action == "index" and kind in (tree.Index, tree.Method, _Store):
        return name_of(node.object, scope)
    if action == "call":
        return called_function(frame, lasti)
    if kind is tree.Unary:
        return name_of(node.operand, scope)
    if kind is tree.Binary:
        if node.operator == "..":
            return name_of(_joined(node)[second], scope)
        return name_of(node.right if second else node.left, scope)
    return None


def _joined(node: Any) -> list[Any]:
    """Return the parts of `a .. b .. c`."""
    parts = []
    while node.__class__ is tree.Binary and node.operator == "..":
        parts.append(node.left)
        node = node.right
    return [*parts, node]


def failed_operation(frame: FrameType, lasti: int, error: BaseException) -> str | None:
    """Word a Python exception that compiled code raised itself, None if it is not an operation of
    Lua's."""
    if CHUNK not in frame.f_globals:
        return None
    text = str(error)
    if isinstance(error, AttributeError) and text.startswith("'"):
        kind = text.split("'")[1]
        typename = _torch_name(kind)
        if typename is not None:  # a store: its objects have no fields of their own
            return f"the class {typename} cannot be indexed"
        name = operand(frame, lasti, "index", False)
        return operand_message("index", name, _KINDS.get(kind, "function"))
    if isinstance(error, TypeError) and text.endswith("object is not callable"):
        kind = _KINDS.get(text.split("'")[1], "userdata")
        return operand_message("call", called_function(frame, lasti), kind)
    return None


def _torch_name(kind: str) -> str | None:
    """Return the Torch name of the class of userdata that Python calls `kind`, None if there is
    none."""
    classes: list[Any] = LuaObject.__subclasses__()
    while classes:
        cls = classes.pop()
        if issubclass(cls, Table):
            continue
        if cls.__name__ == kind:
            name: str | None = getattr(cls, "__typename", None)
            return name
        classes.extend(cls.__subclasses__())
    return None


_KINDS = {
    "NoneType": "nil",
    "int": "number",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "Table": "table",
    "tuple": "nil",
    "Coroutine": "thread",
}
