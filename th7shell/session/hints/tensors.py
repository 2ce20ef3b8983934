"""What tensors and criterions refuse: positions out of range with the size, types that differ,
targets that are no class."""

from __future__ import annotations

import re
from typing import Any

from th7shell.lua import LuaObject, Table, array
from th7shell.lua.compiler import tree
from th7shell.lua.naming import is_store

from ..members import is_class, is_lua, is_tensor, lookup
from ..members import type_name as typename
from ..signatures import arguments_of
from .row import Row, rows
from .scene import Scene, steps


def sizes(x: Any) -> str:
    """`2x3`"""
    return "x".join(map(str, x.nd.shape)) if x.nd.shape != (0,) else "none: it is empty"


def _position(scene: Scene, found: re.Match[str]) -> str | None:
    """`x[0]`, `m[{1, 4}]`"""
    node = scene.node
    if isinstance(node, (tree.Method, tree.Call)):
        return _method_position(scene, node)
    if not (isinstance(node, tree.Index) or is_store(node)):
        return None
    key = node.key
    source = scene.source(node.object)
    x = scene.value(node.object)
    if isinstance(key, tree.Constructor) and is_tensor(x) and len(key.items) > x.dim():
        return f"{source} has {x.dim()} dimensions (size {sizes(x)}), {len(key.items)} positions were given"
    if not is_tensor(x):
        owner, wanted = element(scene, node)
        return None if owner is None else out_of(source, owner, 0, wanted)
    if isinstance(key, tree.Constructor):
        for i, item in enumerate(key.items[: x.nd.ndim]):
            parts = item.items if isinstance(item, tree.Constructor) else [item]
            for part in parts:
                wanted = number(scene, part)
                if wanted is not None and not valid(wanted, x.nd.shape[i]):
                    return out_of(source, x, i, wanted)
        return f"{source} has size {sizes(x)}; positions are counted from 1"
    return out_of(source, x, 0, number(scene, key))


def element(scene: Scene, node: Any) -> tuple[Any, Any]:
    """The tensor that an inner index such as `m[1]` gives, and what was asked of it."""
    inner = node.object
    if isinstance(inner, tree.Index):
        outer = scene.value(inner.object)
        if is_tensor(outer) and outer.nd.ndim > 1:
            return outer.select(1, 1), number(scene, node.key)
    return None, None


def number(scene: Scene, node: Any) -> Any:
    """The number that an expression is known to be."""
    if isinstance(node, tree.Unary) and node.operator == "-":
        value = number(scene, node.operand)
        return None if value is None else -value
    value = scene.value(node)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def valid(position: float, size: int) -> bool:
    return 1 <= position <= size or -size <= position <= -1


def out_of(source: str, x: Any, dimension: int, wanted: Any) -> str:
    """The sentence about a position of a dimension (from 0)."""
    size = x.nd.shape[dimension] if x.nd.ndim and x.nd.shape != (0,) else 0
    if wanted == 0:
        return f"positions are counted from 1: {source}[1] … {source}[{size}]"
    what = "it has" if x.nd.ndim == 1 else f"dimension {dimension + 1} has"
    asked = "that" if wanted is None else f"{wanted:g}"
    return f"{asked} is out of range: {what} positions 1 to {size} ({source} has size {sizes(x)})"


def _method_position(scene: Scene, node: Any) -> str | None:
    """`x:narrow(1, 2, 5)`, `m:select(3, 1)`"""
    objects = [node.object] if isinstance(node, tree.Method) else node.arguments
    item = next((o for o in objects if is_tensor(scene.value(o))), None)
    if item is None:
        return None
    x, source = scene.value(item), scene.source(item)
    given = [number(scene, a) for a in node.arguments if a is not item]
    name = node.name if isinstance(node, tree.Method) else ""
    if name in ("select", "narrow") and len(given) > 1 and None not in given[:3]:
        dimension = given[0]
        if not 1 <= dimension <= x.dim():
            return f"{source} has dimensions 1 to {x.dim()} (size {sizes(x)})"
        wanted = given[1] if name == "select" or len(given) < 3 else given[1] + given[2] - 1
        return out_of(source, x, int(dimension) - 1, wanted)
    return f"{source} has size {sizes(x)}: dimensions 1 to {x.dim()}, positions from 1"


def _operands(node: Any) -> list[Any]:
    """What an operator, method or function is given; nothing for other nodes."""
    if isinstance(node, tree.Binary):
        return [node.left, node.right]
    if isinstance(node, tree.Method):
        return [node.object, *node.arguments]
    return list(node.arguments) if isinstance(node, tree.Call) else []


def _types(scene: Scene, found: re.Match[str]) -> str | None:
    """Two kinds of tensors in one operation."""
    kinds: dict[str, str] = {}
    for part in _operands(scene.node):
        kind = kind_of(scene, part)
        if kind is not None:
            kinds.setdefault(kind, scene.source(part))
    if len(kinds) < 2:
        return None
    (first, a), (second, b) = list(kinds.items())[:2]
    return f"{a} is {first}, {b} is {second}: {a}:{second.lower()}() converts"


CONVERSIONS = frozenset("float double byte char short int long".split())


def kind_of(scene: Scene, part: Any) -> str | None:
    """'Double' of a tensor, as far as an expression tells."""
    if isinstance(part, tree.Method) and part.name in CONVERSIONS and not part.arguments:
        return part.name.capitalize()
    value = scene.value(part)
    return tensor_kind(value) if is_tensor(value) else None


def tensor_kind(x: Any) -> str:
    """'Double' of a torch.DoubleTensor."""
    return (typename(x) or "").removeprefix("torch.").removesuffix("Tensor")


def _target(scene: Scene, found: re.Match[str]) -> str | None:
    """A target that is no class of a classification criterion."""
    for tb in reversed(steps(scene.error)):
        held = tb.tb_frame.f_locals
        criterion, target, scores = held.get("self"), held.get("target"), held.get("input")
        if "Criterion" not in (
            typename(criterion) or "" if isinstance(criterion, LuaObject) else ""
        ):
            continue
        if not is_tensor(scores):
            continue
        classes = scores.nd.shape[1 if scores.nd.ndim in (2, 4) else 0]
        wrong = [t for t in flat(target) if not 1 <= t <= classes]
        if wrong:
            told = f"target {wrong[0]:g} is outside 1..{classes}: there are {classes} classes"
            return told + (", counted from 1" if wrong[0] == 0 else "")
    return None


def flat(target: Any) -> list[float]:
    """The numbers of a target: a number, a tensor, a table."""
    if is_tensor(target):
        return [float(v) for v in target.nd.ravel()]
    if isinstance(target, Table):
        return [v for item in array(target) for v in flat(item)]
    return [target] if isinstance(target, (int, float)) else []


def _product(scene: Scene, found: re.Match[str]) -> str | None:
    """Two tensors whose sizes do not fit."""
    shown = [(scene.source(p), scene.value(p)) for p in _operands(scene.node)]
    told = [f"{text} has size {sizes(x)}" for text, x in shown if is_tensor(x)]
    wanted = "~2D" in scene.message and "~1D" not in scene.message
    tail = "; matrices are wanted" if wanted else ""
    return ", ".join(told[:3]) + tail if len(told) > 1 else None


def _matrix(scene: Scene, found: re.Match[str]) -> str | None:
    """`x:t()` of a vector"""
    node = scene.node
    x = scene.value(node.object) if isinstance(node, tree.Method) else None
    return (
        f"t turns matrices; {scene.source(node.object)} has size {sizes(x)}"
        if is_tensor(x)
        else None
    )


def _view(scene: Scene, found: re.Match[str]) -> str | None:
    """`x:view(4)` of other than 4 elements"""
    node = scene.node
    item = node.object if isinstance(node, tree.Method) else (scene.arguments or [None])[0]
    x = scene.value(item)
    if not is_tensor(x):
        return None
    source = scene.source(item)
    return (
        f"{source} has {x.nd.size} elements (size {sizes(x)}); -1 stands for what is left: view(-1)"
    )


def _text(scene: Scene, found: re.Match[str]) -> str | None:
    """A text where a tensor or a number is expected, by an operator."""
    node = scene.node
    sides = [node.left, node.right] if isinstance(node, tree.Binary) else []
    if is_store(node) or any(is_tensor(scene.value(side)) for side in sides):
        return "a tensor takes numbers: tonumber(s) makes one of a text"
    return None


def _table(scene: Scene, found: re.Match[str]) -> str | None:
    """A table where a tensor is expected."""
    parts = scene.arguments
    if is_store(scene.node):
        return "a table is no tensor: torch.Tensor(t) makes one"
    if isinstance(scene.node, tree.Binary):
        parts = [scene.node.left, scene.node.right]
    for argument in parts:
        value = scene.value(argument)
        if isinstance(argument, tree.Constructor) or (
            isinstance(value, Table) and typename(value) is None
        ):
            return f"a table is no tensor: torch.Tensor({scene.source(argument)}) makes one"
    return None


LIBRARIES = frozenset("string table math io os coroutine debug bit package".split())


HOW = {  # functions whose declaration says less
    "table.insert": "table.insert(t, value), or table.insert(t, position, value)",
    "table.remove": "table.remove(t), or table.remove(t, position)",
    "table.concat": "table.concat(t, ', ') of texts and numbers",
    "table.sort": "table.sort(t), or table.sort(t, function(a, b) return a < b end)",
    "string.rep": "string.rep('ab', 3)",
    "string.sub": "string.sub(s, first, last)",
    "string.format": "string.format('%d %s %.2f', 1, 'a', 0.5)",
    "string.gsub": "string.gsub(s, 'old', 'new')",
    "string.find": "string.find(s, 'a')",
    "math.random": "math.random(), math.random(10), math.random(5, 10)",
    "math.max": "math.max(a, b) of numbers; x:max() of a tensor",
    "math.min": "math.min(a, b) of numbers; x:min() of a tensor",
    "setmetatable": "setmetatable(t, {__index = other})",
    "torch.Tensor": "torch.Tensor(2, 3), torch.Tensor{1, 2, 3}, torch.Tensor(other)",
    "optim.sgd": "optim.sgd(function(x) return loss, gradient end, x, options)",
}


def _signature(scene: Scene, found: re.Match[str]) -> str | None:
    """A function or class of a package, or a method, that was given what it cannot use."""
    node = scene.node
    if isinstance(node, tree.Method):
        owner, name = scene.value(node.object), f"{scene.source(node.object)}:{node.name}"
        if isinstance(owner, str):
            name = f"string.{node.name}"
        elif not re.fullmatch(r"[\w.]+:\w+", name):
            name = f"x:{node.name}"
        value = None if owner is None else lookup(owner, node.name)
    elif isinstance(node, tree.Call):
        value, name = scene.value(node.function), scene.source(node.function)
    else:
        return None
    if name in HOW:
        return f"it is called {HOW[name]}"
    known = is_class(value) or callable(value)
    if not known or not re.fullmatch(r"[\w.]+[.:]\w+", name) or is_lua(value):
        return None
    if name.partition(".")[0] in LIBRARIES:
        return None
    words = arguments_of(value, re.split("[.:]", name)[-1], ":" in name)
    if not words or words == ["..."]:
        return None
    words = words if len(words) < 7 else [*words[:6], "…"]
    return f"it is called {name}({', '.join(words)})"


TARGETS: list[Row] = list(
    rows(
        "message",
        [
            (r"[Aa]ssertion `(?:cur_target|\(?t)|target.*out of|class index|is outside", _target),
            (r"to '\?' \(expecting number or", _signature),
        ],
    )
)  # fmt: skip
TENSORS: list[Row] = list(
    rows(
        "message",
        [
            (r"too many indices|out of range|out of bound|out of bounds|index.*(?:range|bound)", _position),
            (r"expected|cannot convert|invalid arguments|no \w+ operator|got userdata|different type", _types),
            (r"inconsistent|size mismatch|sizes do not match|not yet supported|different number of elements|must match|vector and vector expected|expected arguments.*2D", _product),
            (r"invalid arguments: .*table|expected, got table", _table),
            (r"calling 't' on bad self", _matrix),
            (r"optim\.\w+: argument 2 must be a tensor", "x is the flat vector: x, dx = net:getParameters()"),
            (r"Wrong size for view", _view),
            (r"invalid element \(not a number\)", "a tensor holds numbers alone; a table holds anything"),
            (r"invalid tensor sizes", "the rows of a tensor have one length: {{1, 2}, {3, 4}}"),
            (r"expected, got string\)|Tensor expected, got string", _text),
            (r"<(\w+)> is not a string describing a torch object", "a type is called torch.FloatTensor, torch.DoubleTensor, …"),
            (r"the objective must return", "the function returns two values: return loss, gradient"),
            (r"to '(?:floor|ceil|sqrt|abs|pow|exp|log|sin|cos|max|min|fmod)' \(number expected, got string\)", "a number is made of a text by tonumber(s)"),
            (r"bad argument|invalid arguments|expected arguments|wrong number of arguments|local 'learningRate'|invalid value", _signature),
            (r"\((?:number|string|table|function) expected, got no value\)|\(value expected\)", "an argument is missing"),
        ],
    )
)  # fmt: skip
