"""The examples of documentation, which are written in Python, in Lua's spelling.

Only what examples need is known: names, numbers, strings, lists and dictionaries, operators, calls,
assignments, functions of one expression, and loops over a range. The named arguments of `export`'s
functions are the fields of a last table.
"""

from __future__ import annotations

import ast
import re

from .packages import CUDA, PACKAGES

OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "^",
    ast.MatMult: "*",
    ast.Eq: "==",
    ast.NotEq: "~=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not ",
    ast.USub: "-",
}
CONSTANTS = {None: "nil", True: "true", False: "false"}
NAME = re.compile(r"[A-Za-z_]\w*\Z")
ROOTS = frozenset((*PACKAGES, *CUDA))  # after these a dot stays a dot


def in_lua(code: str) -> str:
    """Python code as Lua; SyntaxError where it says what cannot be said in Lua."""
    return "\n".join(_statement(line, "") for line in ast.parse(code).body)


def _statement(node: ast.stmt, indent: str) -> str:
    match node:
        case ast.Expr(value=value):
            return indent + _text(value)
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
            values = value.elts if isinstance(value, ast.Tuple) else [value]
            left, right = (", ".join(map(_text, side)) for side in (names, values))
            return f"{indent}{left} = {right}"
        case ast.Assign(targets=[target], value=value):
            return f"{indent}{_text(target)} = {_text(value)}"
        case ast.For(target=target, iter=ast.Call(func=ast.Name(id="range"), args=args), body=body):
            first = "0" if len(args) == 1 else _text(args[0])
            head = f"{indent}for {_text(target)} = {first}, {_less_one(args[-1])} do"
            lines = [_statement(line, indent + "   ") for line in body]
            return "\n".join([head, *lines, indent + "end"])
    raise SyntaxError(f"no Lua for {ast.unparse(node)}")


def _less_one(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return str(node.value - 1)
    return f"{_text(node)} - 1"


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=bool() | None as value):
            return CONSTANTS[value]
        case ast.Constant(value=str() as value):
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
        case ast.Constant(value=int() | float() as value):
            return repr(value)
        case ast.Name(id=name):
            return name
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return "{" + ", ".join(map(_text, items)) + "}"
        case ast.Dict(keys=keys, values=values):
            return "{" + ", ".join(_field(k, v) for k, v in zip(keys, values)) + "}"
        case ast.BinOp(left=left, op=op, right=right):
            return f"{_inner(left)} {OPERATORS[type(op)]} {_inner(right)}"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_inner(left)} {OPERATORS[type(op)]} {_inner(right)}"
        case ast.BoolOp(op=op, values=values):
            return f" {OPERATORS[type(op)]} ".join(map(_inner, values))
        case ast.UnaryOp(op=op, operand=operand):
            return OPERATORS[type(op)] + _inner(operand)
        case ast.Lambda(args=arguments, body=body):
            names = ", ".join(a.arg for a in arguments.args)
            values = body.elts if isinstance(body, ast.Tuple) else [body]
            return f"function({names}) return {', '.join(map(_text, values))} end"
        case ast.Attribute(value=owner, attr=name):
            return f"{_inner(owner)}.{name}"
        case ast.Subscript(value=owner, slice=index):
            return f"{_inner(owner)}[{_text(index)}]"
        case ast.Call(func=ast.Name(id="len"), args=[value]):
            return "#" + _inner(value)
        case ast.Call(func=function, args=args, keywords=[]):
            return f"{_called(function)}({', '.join(map(_text, args))})"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="export")), args=args, keywords=named):
            options = ", ".join(f"{k.arg} = {_text(k.value)}" for k in named if k.arg)
            return _text(ast.Call(node.func, args, []))[:-1] + f", {{{options}}})"
    raise SyntaxError(f"no Lua for {ast.unparse(node)}")


def _inner(node: ast.expr) -> str:
    """An operand: in parentheses where it is made of others."""
    text = _text(node)
    made = isinstance(node, (ast.BinOp, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Lambda))
    literal = isinstance(node, (ast.List, ast.Tuple, ast.Dict))
    return f"({text})" if made or literal else text


def _field(key: ast.expr | None, value: ast.expr) -> str:
    if isinstance(key, ast.Constant) and isinstance(key.value, str) and NAME.match(key.value):
        return f"{key.value} = {_text(value)}"
    if key is None:
        raise SyntaxError("no Lua for **")
    return f"[{_text(key)}] = {_text(value)}"


def _called(function: ast.expr) -> str:
    """What stands before the parenthesis of a call: a method is called with a colon, a function of
    a package with a dot."""
    if not isinstance(function, ast.Attribute):
        return _inner(function)
    owner = function.value
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    of_package = isinstance(owner, ast.Name) and owner.id in ROOTS
    head = _inner(function.value)
    if isinstance(function.value, ast.Constant):
        head = f"({head})"
    return f"{head}{'.' if of_package else ':'}{function.attr}"
