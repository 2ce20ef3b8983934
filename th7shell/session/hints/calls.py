"""Calls that are written wrongly: a dot for a colon, a colon for a dot, a class for an object,
brackets, and operators on what has none."""

from __future__ import annotations

import re
from typing import Any

from th7shell.lua import LuaObject, Table, lua_type, rawget
from th7shell.lua.compiler import tree
from th7shell.lua.marks import class_metatable
from th7shell.lua.naming import is_store

from ..members import Instance, class_members, is_class, is_tensor, lookup
from ..members import type_name as typename
from .names import undefined
from .row import Row, rows
from .scene import Scene

LEVELS = 4  # calls that are looked at, from the innermost on


def _dot(scene: Scene, found: re.Match[str]) -> str | None:
    """`net.forward(x)`, `x.size(1)`"""
    for level in scene.levels[:LEVELS]:
        node = level.node
        if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Index):
            continue
        key = node.function.key
        owner = scene.value(node.function.object, level)
        if not isinstance(key, tree.Constant) or not has_method(owner, key.value):
            continue
        given = scene.value(node.arguments[0], level) if node.arguments else None
        source = scene.source(node.function.object, level)
        if node.arguments and (
            given is owner
            or scene.source(node.arguments[0], level) == source
            or alike(owner, given)
        ):
            continue
        arguments = ", ".join(scene.source(a, level) for a in node.arguments)
        return f"call methods with a colon: {source}:{key.value}({arguments})"
    return None


def alike(owner: Any, given: Any) -> bool:
    """Whether a value may stand for the object itself: `torch.Tensor.size(x)` is a call too."""
    if isinstance(given, Instance):
        return False
    return type(owner) is type(given) or (is_tensor(owner) and is_tensor(given))


def has_method(owner: Any, name: Any) -> bool:
    """Whether a value is an object with a method of this name."""
    if not isinstance(name, str) or owner is None or is_class(owner):
        return False
    if isinstance(owner, str):
        return callable(lookup(owner, name))
    made = (
        isinstance(owner, LuaObject)
        and type(owner) is not Table
        and class_metatable(type(owner)) is None
    )
    if isinstance(owner, Instance) or made:
        return callable(class_members(owner).get(name))
    metatable = class_metatable(type(owner)) if isinstance(owner, LuaObject) else None
    if metatable is not None and not (isinstance(owner, Table) and rawget(owner, name) is not None):
        behind = rawget(metatable, "__index")
        return isinstance(behind, Table) and callable(rawget(behind, name))
    return False


def _colon(scene: Scene, found: re.Match[str]) -> str | None:
    """`torch:randn(3)`, `nn.Tanh:forward(x)`"""
    for level in scene.levels[:LEVELS]:
        node = level.node
        if not isinstance(node, tree.Method):
            continue
        owner = scene.value(node.object, level)
        source = scene.source(node.object, level)
        arguments = ", ".join(scene.source(a, level) for a in node.arguments)
        if is_class(owner) and node.name in ("new", "__init"):
            return f"an object is made by calling its class: {source}({arguments})"
        if is_class(owner):
            return f"{source} is a class: {source}():{node.name}({arguments})"
        plain = (
            isinstance(owner, Table)
            and typename(owner) is None
            and class_metatable(type(owner)) is None
        )
        value = lookup(owner, node.name) if plain else None
        if (
            value is not None
            and (callable(value) or is_class(value))
            and isinstance(node.object, tree.Global)
        ):
            return f"functions of a table are called with a dot: {source}.{node.name}({arguments})"
    return None


def _static(scene: Scene, found: re.Match[str]) -> str | None:
    """`nn.Tanh.forward(x)`"""
    node = scene.node
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Index):
        owner = scene.value(node.function.object)
        given = scene.value(node.arguments[0]) if node.arguments else None
        if is_class(owner) and not isinstance(given, owner):
            source = scene.source(node.function.object)
            arguments = ", ".join(map(scene.source, node.arguments))
            name = scene.value(node.function.key)
            return f"{source} is a class: {source}():{name}({arguments})"
    return None


def _called_value(scene: Scene, found: re.Match[str]) -> str | None:
    """`x(1)` of a tensor or table, `for v in t do`"""
    node = scene.node
    if isinstance(node, tree.GenericFor):
        return _loop(scene, node)
    if not isinstance(node, tree.Call):
        return None
    value, source = scene.value(node.function), scene.source(node.function)
    if isinstance(node.function, tree.Constant) and isinstance(value, str):
        return "texts are joined with two dots: 'a' .. 'b'; a new call needs a new line or ;"
    arguments = ", ".join(map(scene.source, node.arguments))
    if is_tensor(value) or (isinstance(value, Table) and typename(value) is None):
        inner = f"{{{arguments}}}" if len(node.arguments) > 1 else arguments or "1"
        return f"{source} is no function; its values are {source}[{inner}]"
    if isinstance(value, Table):
        return f"{source} is an object; call one of its methods: {source}:name(…)"
    if isinstance(value, (int, float)) and not node.arguments:
        return f"{source} is a number: it needs no parentheses"
    if isinstance(value, (int, float)):
        return f"{source} is a number; to multiply write {source} * ({arguments})"
    if isinstance(value, str):
        return f"{source} is a text; a part of it is {source}:sub(1, 1)"
    return None


def _loop(scene: Scene, node: Any) -> str | None:
    over = node.values[0] if node.values else None
    value = None if over is None else scene.value(over)
    source = "t" if over is None else scene.source(over)
    if is_tensor(value):
        return f"a loop over a tensor is for i = 1, {source}:size(1) do local v = {source}[i] … end"
    if isinstance(value, (int, float)):
        counted = [scene.source(v) for v in node.values]
        counted = ["1", *counted] if len(counted) == 1 else counted
        return f"a loop that counts is for i = {', '.join(counted)} do … end"
    if isinstance(value, str):
        return f"a loop over letters is for letter in {source}:gmatch('.') do … end"
    return f"a loop over a table is for i, v in ipairs({source}) do … end, or pairs({source})"


def _arithmetic(scene: Scene, found: re.Match[str]) -> str | None:
    """`'a' + 'b'`, `t * 2`, `nil + 1`"""
    node = scene.node
    if not isinstance(node, (tree.Binary, tree.Unary)) or not scene.own:
        return None
    sides = [node.left, node.right] if isinstance(node, tree.Binary) else [node.operand]
    values = [scene.value(side) for side in sides]
    sources = [scene.source(side) for side in sides]
    for side, value, source in zip(sides, values, sources):
        if isinstance(side, tree.Global) and value is None:
            hint = undefined(scene, side.name)
            return hint or f"{source} holds nothing yet: {source} = 0 first"
        if isinstance(side, tree.Constant) and value is None:
            return "nil is nothing to calculate with"
        if isinstance(side, (tree.Call, tree.Method)) and "a nil value" in found.string:
            return f"{source} gave nil" if value is None else None
    texts = [isinstance(v, str) for v in values]
    if any(texts) and isinstance(node, tree.Binary):
        if node.operator == "+":
            return f"texts are joined with two dots: {' .. '.join(sources)}"
        if node.operator == "*":
            text, times = sources if texts[0] else sources[::-1]
            return f"a text is repeated by string.rep({text}, {times})"
        return "a number is made of a text by tonumber(s)"
    for value, source in zip(values, sources):
        if isinstance(value, Table) and typename(value) is None:
            return f"tables have no arithmetic: torch.Tensor({source}) has"
        if isinstance(value, bool):
            return f"{source} is true or false, no number: {source} and 1 or 0"
        if is_class(value):
            return f"{source} is a class: {source}()"
        if callable(value) and not isinstance(value, LuaObject):
            return f"{source} is a function: {source}(…) calls it"
    return None


def _joined(scene: Scene, found: re.Match[str]) -> str | None:
    kind = found[1]
    left = scene.node.left if isinstance(scene.node, tree.Binary) else None
    if kind == "nil" and isinstance(left, tree.Call) and "(" not in scene.source(left):
        name = scene.source(left.function)
        inner = scene.text.strip().removeprefix(name).strip()
        return f"a call needs parentheses: {name}({inner})"
    if kind == "nil":
        return _nil_part(scene) or "nil is no text: tostring(x) makes some of any value"
    return "tostring(x) makes text of any value: 'a' .. tostring(x)"


def _nil_part(scene: Scene) -> str | None:
    node = scene.node
    parts = []
    while isinstance(node, tree.Binary):
        parts.append(node.left)
        node = node.right
    for part in [*parts, node]:
        if isinstance(part, tree.Global) and scene.value(part) is None:
            return undefined(scene, part.name) or f"{part.name} holds nothing: it was never set"
    return None


def _compared(scene: Scene, found: re.Match[str]) -> str | None:
    node = scene.node
    if not isinstance(node, tree.Binary):
        return None
    values = [scene.value(node.left), scene.value(node.right)]
    sources = [scene.source(node.left), scene.source(node.right)]
    if re.match(rf"\s*{re.escape(sources[0])}\s*<-", scene.text):
        return f"an assignment is {sources[0]} = {sources[1].lstrip('- ')}"
    for side, value, source in zip((node.left, node.right), values, sources):
        if isinstance(side, tree.Global) and value is None:
            return undefined(scene, side.name) or f"{source} holds nothing: it was never set"
    if any(map(is_tensor, values)):
        names = {"<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
        left = is_tensor(values[0])
        tensor, other = sources if left else sources[::-1]
        turned = node.operator if left else node.operator.translate(str.maketrans("<>", "><"))
        return f"a tensor is compared element by element: {tensor}:{names[turned]}({other})"
    if any(isinstance(v, str) for v in values):
        return "a number is made of a text by tonumber(s)"
    return None


def _length(scene: Scene, found: re.Match[str]) -> str | None:
    node = scene.node
    if not isinstance(node, tree.Unary):
        return None
    operand = node.operand
    value = scene.value(operand)
    if isinstance(operand, tree.Global) and value is None:
        if re.match(r"\s*#\s+\w", scene.text):
            return "a comment begins with --"
        return undefined(scene, operand.name)
    if isinstance(value, (int, float)):
        return "a number has no length; #s is that of a text or table"
    return None


def _quoted(scene: Scene, found: re.Match[str]) -> str | None:
    """`require(nn)`"""
    node = scene.node
    if isinstance(node, tree.Call) and scene.source(node.function) == "require" and node.arguments:
        return f"require takes a name in quotes: require '{scene.source(node.arguments[0])}'"
    return None


def _indexed(scene: Scene, found: re.Match[str]) -> str | None:
    """`print.x`, `n.x`"""
    node = scene.node
    if not isinstance(node, (tree.Index, tree.Method)) and not is_store(node):
        return None
    value, source = scene.value(node.object), scene.source(node.object)
    kind = lua_type(value) if source != "self" else ""
    if kind == "function":
        return f"{source} is a function: {source}(…) calls it"
    if kind in ("number", "boolean"):
        return f"{source} is a {kind}, which has no fields"
    return None


def _self(scene: Scene, found: re.Match[str]) -> str | None:
    """A method that was called with a dot, or declared with a dot and called with a colon."""
    level = scene.level
    if level is None or "self" not in level.frame.f_code.co_varnames:
        return "self is there in methods, which are declared and called with a colon"
    return "call the method with a colon, so that it gets its self"


OPERATORS = {
    "power": "torch.pow({}, n)",
    "modulo": "torch.remainder({}, n)",
    "concat": "torch.cat({}, y); tostring(x) makes text",
}


def _not_iterable(scene: Scene, found: re.Match[str]) -> str | None:
    """`ipairs(x)` of a tensor, `pairs(nil)`"""
    for level in scene.levels[:1]:
        for argument in level.arguments:
            value, source = scene.value(argument, level), scene.source(argument, level)
            if is_tensor(value):
                return f"a loop over a tensor is for i = 1, {source}:size(1) do local v = {source}[i] … end"
            if isinstance(value, str):
                return f"a loop over letters is for letter in {source}:gmatch('.') do … end"
            if isinstance(value, (int, float)):
                return f"a loop that counts is for i = 1, {source} do … end"
    return f"{found[1]} takes a table"


def _no_operator(scene: Scene, found: re.Match[str]) -> str | None:
    """`x ^ 2` of a tensor"""
    node = scene.node
    if not isinstance(node, tree.Binary) or found[1] not in OPERATORS:
        return None
    return f"of a tensor it is {OPERATORS[found[1]].format(scene.source(node.left))}"


def _result(scene: Scene, found: re.Match[str]) -> str | None:
    """`print 'a' 'b'`, `f()()`"""
    node = scene.node
    if isinstance(node, tree.Call) and isinstance(node.function, (tree.Call, tree.Method)):
        return f"{scene.source(node.function)} gave nothing that can be called"
    if isinstance(node, tree.GenericFor):
        return _loop(scene, node)
    return None


ANY = r"\A"
CALLS: list[Row] = list(
    rows(
        "message",
        [
            (ANY, _dot),
            (ANY, _colon),
            (ANY, _static),
            (r"attempt to call (?:\w+ '\w+' \()?(?:a )?(?:table|userdata|number|string|boolean) value|has no call operator", _called_value),
            (r"'for' (?:limit|initial value|step) must be a number", "a loop counts between numbers: for i = 1, #t do … end"),
            (r"local 'module' \(a \w+ value\)|a module expected", "add takes a module: net:add(nn.Tanh())"),
            (r"bad argument #1 to '(i?pairs)'", _not_iterable),
            (r"attempt to call a nil value", _result),
            (r"have no (\w+) operator", _no_operator),
            (r"attempt to perform arithmetic on", _arithmetic),
            (r"attempt to concatenate (?:\w+ '\w+' \()?(?:a )?(\w+) value", _joined),
            (r"attempt to compare|no less-(?:than|equal) operator", _compared),
            (r"to '(\w+)' \(torch\.\S+ expected, got no value\)", "call methods with a colon: x:{1}()"),
            (r"the class \S+Tensor cannot be indexed", "a tensor has no fields of its own; a table has: t.y = 3"),
            (r"attempt to compare", "numbers are compared with numbers, texts with texts"),
            (r"table index is nil", "nil is no key: what stands in the brackets holds nothing"),
            (r"attempt to get length of", _length),
            (r"bad argument #1 to 'require' \(string expected", _quoted),
            (r"attempt to index (?:\w+ '\w+' \()?(?:a )?(?:function|number|boolean) value", _indexed),
            (r"attempt to index (?:local|upvalue) 'self' \(a (?:nil|number|string) value\)", _self),
        ],
    )
)  # fmt: skip
