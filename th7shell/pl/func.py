"""`pl.func`: functions from expressions with placeholders, `_1 + 10`, and functions of functions.

An operation on a placeholder is a table {op=…, operands…}. Made into a function it becomes Lua
text, in which `_C1`, `_C2`, … stand for its values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua.host import lua_function
from th7shell.lua.stdlib.loading import load_text

from .values import (
    LuaError,
    array,
    check,
    first,
    getmetatable,
    is_table,
    items,
    length,
    lua_type,
    module,
    new_table,
    rawget,
    rawset,
    results,
    set_index,
    setmetatable,
    state,
    tostring,
    true,
)

#: operator: how tightly it binds its left and its right operand
BINARY = {
    "or": (0, 1),
    "and": (2, 3),
    **dict.fromkeys(("==", "~=", "<", ">", "<=", ">="), (4, 5)),
    "..": (7, 6),
    **dict.fromkeys("+-", (8, 9)),
    **dict.fromkeys("*/%", (10, 11)),
    "^": (15, 14),
}
UNARY = {"not": "not", "#": "#", "unm": "-"}
UNARY_BINDING = 12
FUNCTIONS = {"And": "and", "Or": "or", "Eq": "==", "Lt": "<", "Gt": ">", "Le": "<=", "Ge": ">="}
OPERATORS = {
    "__add": "+",
    "__sub": "-",
    "__mul": "*",
    "__div": "/",
    "__mod": "%",
    "__pow": "^",
    "__concat": "..",
    "__eq": "==",
}
PLACES = 5


def arguments_of(*values: Any) -> Any:
    """The values themselves: what an `Args` expression calls."""
    return results(values)


class Placeholders:
    """The module of an interpreter: its expressions' metatable and the functions that have
    names."""

    def __init__(self) -> None:
        self.metatable = new_table()
        self.names: dict[Any, str] = {}
        for event, operator in OPERATORS.items():
            rawset(self.metatable, event, self.operation(operator))
        rawset(self.metatable, "__unm", lambda a=None, *_: self.made("unm", a))
        rawset(self.metatable, "__index", lambda e=None, key=None, *_: self.made("[]", e, key))
        rawset(self.metatable, "__call", lambda *args: self.made("()", *args))
        rawset(self.metatable, "__tostring", lambda e=None, *_: self.text(e))

    def expression(self, t: Any = None, *_: Any) -> Any:
        """Make a table an expression."""
        return setmetatable(t, self.metatable)

    def made(self, op: str, *operands: Any) -> Any:
        """The expression of an operation."""
        return self.expression(new_table(operands, {"op": op}))

    def variable(self, text: Any, place: Any) -> Any:
        """The expression of a placeholder: argument number `place`, 0 for a name or `...`."""
        return self.expression(new_table(fields={"op": "X", "repr": text, "index": place}))

    def operation(self, op: str) -> Callable[..., Any]:
        """The function that makes an operation of two operands."""
        return lambda a=None, b=None, *_: self.made(op, a, b)

    def is_expression(self, value: Any = None, *_: Any) -> bool:
        """Whether a value is an expression."""
        return is_table(value) and getmetatable(value) is self.metatable

    def is_variable(self, value: Any) -> bool:
        """Whether a value is a placeholder."""
        return self.is_expression(value) and rawget(value, "op") == "X"

    # ---- expressions

    def var(self, names: Any = None, *_: Any) -> Any:
        """Placeholders for global names, given in a text."""
        found = check(1, names, "string").replace(",", " ").split()
        return results(tuple(self.variable(name, 0) for name in found))

    def value(self, value: Any = None, *_: Any) -> Any:
        """A value that is called or indexed as an expression."""
        return self.variable(value, "wrap")

    def register(self, fun: Any = None, name: Any = None, *_: Any) -> Any:
        """The function that makes a call of `fun` an expression; `name` is its name in texts."""
        check(1, fun, "function")
        if true(name):
            self.names[fun] = check(2, name, "string")
        return lambda *args: self.made("()", fun, *args)

    def import_(self, tname: Any = None, context: Any = None, *_: Any) -> Any:
        """Put the functions of a global table into `context` (the globals), for expressions."""
        words = "arg# 1: not a name of a global table"
        check(1, tname, "string", lambda name: is_table(state.globals[name]), words)
        library = state.globals[tname]
        context = state.globals if context is None else context
        for name, function in list(items(library)):
            rawset(context, name, lambda *args, f=function: self.made("()", f, *args))
            self.names[function] = name
        return ()

    def name_of(self, fun: Any = None, *_: Any) -> Any:
        """The name of a function that was registered or imported."""
        return self.names.get(fun)

    # ---- texts and functions

    def text(self, e: Any = None, around: Any = None, *_: Any) -> Any:
        """The text of an expression; `around` is how tightly it is bound."""
        if e.__class__ is str:
            return f'"{e}"'
        if lua_type(e) == "function":
            return self.names.get(e) or tostring(e)
        if not self.is_expression(e):
            return tostring(e)
        op, operands = rawget(e, "op"), array(e)
        if op in BINARY:
            left, right = BINARY[op]
            text = f"{self.text(operands[0], left)} {op} {self.text(operands[1], right)}"
        elif op in UNARY:
            text = f"{UNARY[op]} {self.text(operands[0], UNARY_BINDING)}"
        elif op == "[]":
            return f"{self.text(operands[0])}[{self.text(operands[1])}]"
        elif op == "()":
            called = self.text(operands[0]) if operands else ""
            return f"{called}({','.join(self.text(operand) for operand in operands[1:])})"
        else:
            return rawget(e, "repr")
        binding = min(BINARY.get(op, (UNARY_BINDING, UNARY_BINDING)))
        return f"({text})" if around is not None and around > binding else text

    def collect_values(self, e: Any = None, values: Any = None, *_: Any) -> Any:
        """Put an expression's values into a list and placeholders in their stead; give the greatest
        number of an argument in it."""
        if not self.is_expression(e):
            return 0
        if rawget(e, "op") == "X":
            return rawget(e, "index")
        greatest = 0
        for i, operand in enumerate(array(e), 1):
            if self.is_variable(operand) and rawget(operand, "index") == "wrap":
                operand = rawget(operand, "repr")
            elif self.is_expression(operand):
                greatest = max(greatest, self.collect_values(operand, values))
                continue
            place = length(values) + 1
            rawset(values, place, operand)
            rawset(e, i, self.variable(f"_C{place}", place))
        return greatest

    def instantiate(self, e: Any = None, *_: Any) -> Any:
        """The function of an expression; nil and a message where its text is no valid Lua."""
        values = new_table()
        count = self.collect_values(e, values)
        known = array(values)
        constants = ",".join(f"_C{i + 1}" for i in range(len(known)))
        parameters = ",".join(f"_{i + 1}" for i in range(count))
        code = f"return function({parameters}) return {self.text(e)} end"
        try:
            outer = load_text(f"local {constants} = ... {code}" if known else code, "fun")
        except LuaError as error:
            return None, error.value
        made = first(outer(*known))
        rawset(e, "__PE_function", made)
        return made

    def function(self, e: Any = None, *_: Any) -> Any:
        """The function of an expression, made once."""
        made = rawget(e, "__PE_function")
        return self.instantiate(e) if made is None else made

    def bind(self, fn: Any = None, *given: Any) -> Any:
        """fn with arguments given: placeholders take those of the call, `_0` all that are left."""
        holders = [(self.is_variable(a), a) for a in given]
        places = [rawget(a, "index") for held, a in holders if held]
        used = max(places, default=0)

        def bound(*args: Any) -> Any:
            out: list[Any] = []
            for i, (held, a) in enumerate(holders):
                place = rawget(a, "index") if held else None
                if not held:
                    out.append(a)
                elif place:
                    out.append(args[place - 1] if place <= len(args) else None)
                elif rawget(a, "repr") != "...":
                    out.append(state.globals[rawget(a, "repr")])
                else:  # all of them only at the end, as in Lua
                    rest = args[used:]
                    out += rest if i == len(holders) - 1 else (*rest, None)[:1]
            return fn(*out)

        return bound


def tail(ls: Any = None, *_: Any) -> Any:
    """A list without its first value."""
    check(1, ls, "table")
    return new_table(array(ls)[1:])


def compose(*functions: Any) -> Any:
    """The function f(g(…)) of f, g, …"""

    def composed(*args: Any) -> Any:
        for f in reversed(functions):
            answer = f(*args)
            args = answer if answer.__class__ is tuple else (answer,)
        return results(args)

    return composed


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.func'`."""
    p = Placeholders()
    methods = {
        "PE": p.expression,
        "isPE": p.is_expression,
        "Var": p.var,
        "_": p.value,
        "import": p.import_,
        "register": p.register,
        "lookup_imported_name": p.name_of,
        "repr": p.text,
        "collect_values": p.collect_values,
        "instantiate": p.instantiate,
        "I": p.function,
        "bind": p.bind,
    }
    utils = module("utils")
    made = new_table(
        fields={
            **{name: lua_function(method) for name, method in methods.items()},
            **{name: p.operation(operator) for name, operator in FUNCTIONS.items()},
            "Not": lambda a=None, *_: p.made("not", a),
            "Len": lambda a=None, *_: p.made("#", a),
            "Args": lambda *args: p.made("()", arguments_of, *args),
            "Nil": p.variable("nil", 0),
            "tail": tail,
            "compose": compose,
            "bind1": utils.bind1,
            "curry": utils.bind1,
        }
    )
    for i in range(1, PLACES + 1):
        set_index(made, f"_{i}", p.variable(f"_{i}", i))
    set_index(made, "_0", p.variable("...", 0))
    utils.add_function_factory(p.metatable, made.I)
    return made
