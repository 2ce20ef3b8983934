"""What is known before running: the types of variables and expressions, and which closures need
boxes.

A kind is an int k for a whole number of at most |k| bits (k > 0: not negative), 'f' float, 'n'
either within the exact range, 's' string, 'b' boolean, 't' a table made here, 'F' function, 'z'
nil, 'x' anything; None means "no value seen yet" while the fixpoint runs.
"""

from __future__ import annotations

from typing import Any

from ..numerals import Wide
from . import tree
from .own_calls import note_own_calls
from .tree import Expression, Scope, Variable

COUNTER = 51  # bits of a counter: so many that only ± small literals stay unguarded
_LITERAL = 17
_PASSES = 12


def is_number(kind: Any) -> bool:
    return kind.__class__ is int or kind == "f" or kind == "n"


def bits(value: int) -> int:
    """Return the kind of an int constant."""
    size = max(value.bit_length(), 1)
    return size if value >= 0 else -size


def join(a: Any, b: Any) -> Any:
    """Return the kind that covers both."""
    if a is None or a == b:
        return b
    if b is None:
        return a
    if a.__class__ is int and b.__class__ is int:
        size = max(abs(a), abs(b))
        return size if a > 0 and b > 0 else -size
    if is_number(a) and is_number(b):
        return "n"
    return "x"


class Inference:
    """The kinds of one chunk: `kind(expression)` after the fixpoint."""

    def __init__(self, main: tree.Function) -> None:
        self.known: dict[int, Any] = {}
        self.variables: list[Variable] = []
        self.functions: list[tree.Function] = []
        self._uses: dict[Variable, int] = {}
        self._calls: dict[Variable, list[tree.Call]] = {}
        self._walk(main)
        self._connect()
        self._solve()
        for function in self.functions:
            for variable in function.scope.variables:
                _choose_box(variable)

    # ---- collecting

    def _walk(self, node: Any) -> None:
        """Visit every node below `node`; note functions, uses of variables and calls of them."""
        stack = [node]
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind is tree.Local:
                self._uses[node.variable] = self._uses.get(node.variable, 0) + 1
            elif kind is tree.Call and node.function.__class__ is tree.Local:
                self._calls.setdefault(node.function.variable, []).append(node)
            elif kind is tree.Function:
                self.functions.append(node)
                self.variables.extend(node.scope.variables)
            elif kind is tree.Index and node.object.__class__ is tree.Local:
                node.object.variable.indexed += 1
            elif kind is tree.Method and node.object.__class__ is tree.Local:
                node.object.variable.indexed += 1
            elif kind is tree.NumericFor:
                _note_loop(node)
            stack.extend(tree.children(node))

    def _connect(self) -> None:
        """Find the variables that always hold one function, and join the arguments of its calls."""
        for variable in self.variables:
            if len(variable.sources) == 1 and variable.sources[0].__class__ is tree.Function:
                variable.known = variable.sources[0]
        for function in self.functions:
            note_own_calls(function)
            for parameter in function.parameters:
                parameter.sources.append(None)
                parameter.parameter = True
        for variable in self.variables:
            function = variable.known
            calls = self._calls.get(variable, [])
            if function is None or len(calls) != self._uses.get(variable, 0):
                continue
            if any(c.arguments and isinstance(c.arguments[-1], tree.Multi) for c in calls):
                continue
            function.scope.exact = all(len(c.arguments) <= len(function.parameters) for c in calls)
            for i, parameter in enumerate(function.parameters):
                parameter.sources.remove(None)
                for call in calls:
                    given = call.arguments[i] if i < len(call.arguments) else _NIL
                    parameter.sources.append(given)

    def _solve(self) -> None:
        """Raise kinds until nothing changes; what still changes at the end is unknown."""
        for function in self.functions:
            function.scope.single = all(_is_one(r, function) for r in function.scope.returns)
            function.scope.single &= bool(function.scope.returns) and _always_returns(function.body)
        for round_ in range(_PASSES):
            self.known.clear()
            changed = False
            for variable in self.variables:
                kind = self._joined(variable)
                if kind != variable.kind:
                    changed = True
                    variable.kind = _widened(variable.kind, kind, round_)
            for function in self.functions:
                scope = function.scope
                kind = scope.result
                for statement in scope.returns if scope.single else ():
                    kind = join(kind, self.kind(statement.values[0]))
                if kind != scope.result:
                    changed = True
                    scope.result = _widened(scope.result, kind, round_)
            if not changed:
                break
        else:
            for variable in self.variables:
                variable.kind = "x"
            for function in self.functions:
                function.scope.result = "x"
        self.known.clear()
        for variable in self.variables:
            if variable.kind is None:
                variable.kind = "x"

    def _joined(self, variable: Variable) -> Any:
        """Return the kind of all that is assigned; whole literals are floats if all else is."""
        kind = literals = None
        for source in variable.sources:
            if source.__class__ is tree.Constant and source.value.__class__ is int:
                literals = join(literals, bits(source.value))
            else:
                kind = join(kind, self._source_kind(source))
        if kind == "f" and literals is not None and not variable.parameter:
            return "f"
        return join(kind, literals)

    def _source_kind(self, source: Any) -> Any:
        if source is None:
            return "x"
        if source.__class__ is tree.NumericFor:
            return self._loop_kind(source)
        return self.kind(source)

    def _loop_kind(self, loop: tree.NumericFor) -> Any:
        first = self.kind(loop.first)
        step = 1 if loop.step is None else self.kind(loop.step)
        if first.__class__ is int and step.__class__ is int:
            size = max(31, abs(first))
            return size if first > 0 and step > 0 else -size
        if first is None or step is None:
            return None
        return "f" if first == "f" or step == "f" else "n"

    # ---- kinds of expressions

    def kind(self, e: Expression) -> Any:
        """Return the kind of the first value of an expression."""
        key = id(e)
        if key in self.known:
            return self.known[key]
        method = _KINDS.get(e.__class__)
        kind = method(self, e) if method else "x"
        self.known[key] = kind
        return kind

    def _constant(self, e: tree.Constant) -> Any:
        value = e.value
        kind = value.__class__
        if kind is int:
            return bits(value)
        return {float: "f", str: "s", bool: "b", Wide: "x"}.get(kind, "z")

    def _local(self, e: tree.Local) -> Any:
        return e.variable.kind

    def _binary(self, e: tree.Binary) -> Any:
        a, b = self.kind(e.left), self.kind(e.right)
        op = e.operator
        if op in ("==", "~=", "<", "<=", ">", ">="):
            return "b"
        if a is None or b is None:
            return None
        if op == "..":
            return "s" if (a == "s" or is_number(a)) and (b == "s" or is_number(b)) else "x"
        if not is_number(a) or not is_number(b):
            return "x"
        return arithmetic_kind(op, a, b, e.right)

    def _logical(self, e: tree.Logical) -> Any:
        a, b = self.kind(e.left), self.kind(e.right)
        if a is None or b is None:
            return None
        if e.operator == "and":
            return b if a not in ("x", "b", "z") else join(a, b)
        return a if a not in ("x", "b", "z") else join(a, b)

    def _unary(self, e: tree.Unary) -> Any:
        if e.operator == "not":
            return "b"
        kind = self.kind(e.operand)
        if e.operator == "#":
            return 31 if kind == "s" else "x"
        if kind is None or kind == "f":
            return kind
        return "n" if is_number(kind) else "x"

    def _paren(self, e: tree.Paren) -> Any:
        return self.kind(e.inner)

    def _call(self, e: tree.Call) -> Any:
        function = known_function(e)
        if function is None or not function.scope.single:
            return "x"
        return function.scope.result


def _widened(old: Any, new: Any, round_: int) -> Any:
    """Return a kind that lets the fixpoint end: growing whole numbers are counters."""
    if round_ >= _PASSES - 4:
        return "x"
    if round_ >= 2 and old.__class__ is int and new.__class__ is int:
        return COUNTER if new > 0 else -COUNTER
    return new


def known_function(e: Any) -> tree.Function | None:
    """Return the function that a call certainly calls."""
    if e.__class__ is tree.Call and e.function.__class__ is tree.Local:
        return e.function.variable.known
    return None


def arithmetic_kind(op: str, a: Any, b: Any, right: Any) -> Any:
    """Return the kind of `a op b` for two numbers; the emitter guards what could leave the exact
    range."""
    if op == "/" or op == "^":
        return "f"
    if op == "%":
        if a.__class__ is int and right.__class__ is tree.Constant and b.__class__ is int and b > 0:
            return b if right.value > 0 else "n"
        return "n"
    if a == "f" or b == "f":
        return "f"
    if a == "n" or b == "n":
        return "n"
    return exact_bits(op, a, b) or "n"


def exact_bits(op: str, a: int, b: int) -> int | None:
    """Return the kind of a whole result that needs no guard, None if it needs one."""
    if op == "*":
        size = abs(a) + abs(b)
        return size if a > 0 and b > 0 and size <= COUNTER else None
    size = max(abs(a), abs(b)) + 1
    if size > COUNTER:
        if min(abs(a), abs(b)) > _LITERAL:
            return None
        size = COUNTER
    return size if op == "+" and a > 0 and b > 0 else -size


def _is_one(statement: tree.Return, function: tree.Function) -> bool:
    if len(statement.values) != 1:
        return False
    value = statement.values[0]
    if not isinstance(value, tree.Multi):
        return True
    return known_function(value) is function


def _always_returns(block: tree.Block) -> bool:
    """Whether the end of the block cannot be reached."""
    if not block.statements or block.labels:
        return False
    last = block.statements[-1]
    if isinstance(last, tree.Return):
        return True
    if isinstance(last, tree.Do):
        return _always_returns(last.body)
    if isinstance(last, tree.If):
        return last.otherwise is not None and all(
            _always_returns(b) for b in (*(body for _, body in last.tests), last.otherwise)
        )
    return False


def _note_loop(loop: tree.NumericFor) -> None:
    if not loop.variable.sources or loop.variable.sources[0] is not loop:
        loop.variable.sources.insert(0, loop)


def _choose_box(variable: Variable) -> None:
    """Decide whether closures share the variable through a box: captured in a loop and assigned
    again."""
    if variable.captured and variable.in_loop:
        known = variable.known
        itself = known is not None and variable in known.scope.upvalues
        variable.boxed = variable.assigned > 0 or itself


def upvalue_of_loop(function: tree.Function, scope: Scope) -> list[Variable]:
    """Return the variables of `scope` that are new in each round of a loop and that `function`
    captures."""
    return [v for v in function.scope.upvalues if v.scope is scope and v.in_loop]


_NIL = tree.Constant(0, 0, None)
_KINDS: dict[type, Any] = {
    tree.Constant: Inference._constant,
    tree.Local: Inference._local,
    tree.Binary: Inference._binary,
    tree.Logical: Inference._logical,
    tree.Unary: Inference._unary,
    tree.Paren: Inference._paren,
    tree.Call: Inference._call,
    tree.Constructor: lambda self, e: "t",
    tree.Function: lambda self, e: "F",
}
