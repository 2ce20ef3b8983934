"""What is known before running: the types of variables and expressions, and which closures need
boxes."""

from __future__ import annotations

from typing import Any

from . import tree
from .kinds import (
    ANY,
    BOOLEAN,
    FLOAT,
    FUNCTION,
    NIL,
    NUMBER,
    STRING,
    TABLE,
    UNSEEN,
    Kind,
    arithmetic_kind,
    join,
    loop_kind,
    of_constant,
    whole,
    widened,
)
from .own_calls import note_own_calls
from .tree import Expression, Scope, Variable

_PASSES = 12


class Inference:
    """The kinds of one chunk: `kind(expression)` after the fixpoint."""

    def __init__(self, main: tree.Function) -> None:
        self.known: dict[int, Kind] = {}
        self.variables: list[Variable] = []
        self.functions: list[tree.Function] = []
        self._gather(main)
        self._connect()
        self._solve()
        for function in self.functions:
            for variable in function.scope.variables:
                _choose_box(variable)

    # ---- collecting

    def _gather(self, function: tree.Function) -> None:
        """Note a function, those in it, and their variables."""
        self.functions.append(function)
        self.variables.extend(function.scope.variables)
        for inner in function.scope.inner:
            self._gather(inner)

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
            calls = variable.calls
            if function is None or len(calls) != variable.uses:
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
                    variable.kind = _settling(variable.kind, kind, round_)
            for function in self.functions:
                scope = function.scope
                kind = scope.result
                for statement in scope.returns if scope.single else ():
                    kind = join(kind, self.kind(statement.values[0]))
                if kind != scope.result:
                    changed = True
                    scope.result = _settling(scope.result, kind, round_)
            if not changed:
                break
        else:
            for variable in self.variables:
                variable.kind = ANY
            for function in self.functions:
                function.scope.result = ANY
        self.known.clear()
        for variable in self.variables:
            if variable.kind is UNSEEN:
                variable.kind = ANY

    def _joined(self, variable: Variable) -> Kind:
        """Return the kind of all that is assigned; whole literals are floats if all else is."""
        kind = literals = UNSEEN
        for source in variable.sources:
            if source.__class__ is tree.Constant and source.value.__class__ is int:
                literals = join(literals, of_constant(source.value))
            else:
                kind = join(kind, self._source_kind(source))
        if kind is FLOAT and literals is not UNSEEN and not variable.parameter:
            return FLOAT
        return join(kind, literals)

    def _source_kind(self, source: Any) -> Kind:
        if source is None:
            return ANY
        if source.__class__ is tree.NumericFor:
            step = of_constant(1) if source.step is None else self.kind(source.step)
            return loop_kind(self.kind(source.first), step)
        return self.kind(source)

    # ---- kinds of expressions

    def kind(self, e: Expression) -> Kind:
        """Return the kind of the first value of an expression."""
        key = id(e)
        if key in self.known:
            return self.known[key]
        method = _KINDS.get(e.__class__)
        kind: Kind = method(self, e) if method else ANY
        self.known[key] = kind
        return kind

    def _constant(self, e: tree.Constant) -> Kind:
        return of_constant(e.value)

    def _local(self, e: tree.Local) -> Kind:
        return e.variable.kind

    def _binary(self, e: tree.Binary) -> Kind:
        a, b = self.kind(e.left), self.kind(e.right)
        op = e.operator
        if op in ("==", "~=", "<", "<=", ">", ">="):
            return BOOLEAN
        if a is UNSEEN or b is UNSEEN:
            return UNSEEN
        if op == "..":
            return STRING if all(kind is STRING or kind.number for kind in (a, b)) else ANY
        if not a.number or not b.number:
            return ANY
        literal = e.right.value if e.right.__class__ is tree.Constant else None
        return arithmetic_kind(op, a, b, literal)

    def _logical(self, e: tree.Logical) -> Kind:
        a, b = self.kind(e.left), self.kind(e.right)
        if a is UNSEEN or b is UNSEEN:
            return UNSEEN
        if a in (ANY, BOOLEAN, NIL):
            return join(a, b)
        return b if e.operator == "and" else a

    def _unary(self, e: tree.Unary) -> Kind:
        if e.operator == "not":
            return BOOLEAN
        kind = self.kind(e.operand)
        if e.operator == "#":
            return whole(31, 0) if kind is STRING else ANY
        if kind is UNSEEN or kind is FLOAT:
            return kind
        return NUMBER if kind.number else ANY

    def _paren(self, e: tree.Paren) -> Kind:
        return self.kind(e.inner)

    def _call(self, e: tree.Call) -> Kind:
        function = known_function(e)
        if function is None or not function.scope.single:
            return ANY
        return function.scope.result


def _settling(old: Kind, new: Kind, round_: int) -> Kind:
    """A kind that lets the fixpoint end."""
    if round_ >= _PASSES - 4:
        return ANY
    return widened(new) if round_ >= 2 and old.bits and new.bits else new


def known_function(e: Any) -> tree.Function | None:
    """Return the function that a call certainly calls."""
    if e.__class__ is tree.Call and e.function.__class__ is tree.Local:
        return e.function.variable.known
    return None


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
    tree.Constructor: lambda self, e: TABLE,
    tree.Function: lambda self, e: FUNCTION,
}
