"""The whole compiler: source → parse → infer → emit → code object."""

from __future__ import annotations

import _ast as ast
import sys
import warnings
from types import CodeType
from typing import Any

from ..collecting import no_collections
from ..errors import LuaSyntaxError
from ..marks import MARK
from . import tree
from .chunks import chunk_id, file_name
from .control import Shared
from .infer import Inference
from .lexer import line_starts
from .reading import taken
from .statements import Statements

_RESERVED = frozenset({"None", "True", "False", "__debug__"})
_DEPTH = 20000  # of Python's recursion, for the parser and for compile()


def build(source: str, chunk: str) -> tuple[CodeType, tuple[str, ...]]:
    """Compile a chunk to the code of its main function, and the names of the fields that it
    mentions."""
    limit = sys.getrecursionlimit()
    try:
        if limit < _DEPTH:
            sys.setrecursionlimit(_DEPTH)
        with no_collections():  # the trees are all alive at once
            return _build(source, chunk)
    except RecursionError:  # hundreds of calls, fields or operators in a row, or thousands
        line = source.count("\n") + 1
        message = f"{chunk_id(chunk)}:{line}: function or expression too complex near '<eof>'"
        raise LuaSyntaxError(message, line) from None
    finally:
        if limit < _DEPTH:
            sys.setrecursionlimit(limit)


def _build(source: str, chunk: str) -> tuple[CodeType, tuple[str, ...]]:
    main = taken(source, chunk)
    inference = Inference(main)
    _name_variables(inference.variables)
    shared = Shared()
    emitter = Statements(inference, line_starts(source), shared)
    emitter.at(tree.Node(0, 0))
    name = emitter.define(main, None)
    module = ast.Module(emitter.out, [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's advice on what Lua allows
        try:
            code = compile(module, file_name(chunk), "exec", dont_inherit=True, optimize=0)
        except SyntaxError as error:  # the one limit of Python's that Lua does not have
            line = error.lineno or 0
            message = f"{chunk_id(chunk)}:{line}: more than 20 nested loops in a function"
            raise LuaSyntaxError(message, line) from error
    main_code = next(c for c in code.co_consts if isinstance(c, CodeType))
    assert main_code.co_name == name
    return _renamed(main_code, shared.functions), tuple(sorted(shared.names))


def _name_variables(variables: list[tree.Variable]) -> None:
    """Choose the Python name of each local: its own where possible, a variant where it would meet
    another."""
    count: dict[str, int] = {}
    for variable in variables:
        count[variable.name] = count.get(variable.name, 0) + 1
    for number, variable in enumerate(variables):
        name = variable.name
        depth = 0
        older = variable.shadowed
        while older is not None:
            depth += 1
            older = older.shadowed
        if variable.captured and count[name] > 1:
            name = f"{name}{MARK}{number}"
        elif depth:
            name = f"{name}{MARK}{MARK}{depth}"
        elif name in _RESERVED:
            name += MARK
        variable.python = name


def _renamed(code: CodeType, names: dict[str, str]) -> CodeType:
    """Give each function its Lua name, in tracebacks and profiles, in place of its mark."""
    name, constants = "", []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constant = _renamed(constant, names)
        elif constant.__class__ is str and constant in names:  # no Lua string looks like that
            name, constant = names[constant], None
        constants.append(constant)
    name = name or code.co_name.split(MARK)[0]
    changes: dict[str, Any] = {"co_consts": tuple(constants), "co_name": name, "co_qualname": name}
    return code.replace(**changes)
