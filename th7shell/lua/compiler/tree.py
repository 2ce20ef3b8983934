"""The syntax tree of a Lua chunk, names already resolved: what the parser builds and the emitter
reads.

`start` and `end` are source offsets.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..records import Slotted, fresh
from .kinds import UNSEEN, Kind


class Variable(Slotted):
    """A local variable: who declares it, who captures it, what is assigned to it."""

    name: str
    scope: Scope
    shadowed: Variable | None = None  # the active variable of the same name in the same function
    captured: bool = False
    assigned: int = 0  # assignments after the declaration
    parameter: bool = False
    in_loop: bool = False  # declared where a loop may come by again
    sources: list[Any] = fresh(default_factory=list)  # all that is assigned; None: unknown value
    kind: Kind = UNSEEN  # the inferred type
    known: Any = None  # the Function that it always holds
    boxed: bool = False  # kept in a one-element list, because a closure in a loop captures it
    python: str = ""  # its name in the emitted code
    uses: int = 0  # how often it is read, or assigned by name
    calls: list[Call] = fresh(default_factory=list)  # those of it


class Scope(Slotted):
    """One function while it is compiled: its parent, its variables, and the outer variables that it
    uses."""

    parent: Scope | None
    line: int
    vararg: bool = False
    variables: list[Variable] = fresh(default_factory=list)
    upvalues: dict[Variable, None] = fresh(default_factory=dict)  # in the order of first use
    returns: list[Return] = fresh(default_factory=list)
    inner: list[Function] = fresh(default_factory=list)  # the functions directly in it
    exact: bool = False  # no call passes more arguments than there are parameters
    single: bool = False  # every call gives exactly one value
    again: bool = False  # a return in it may call the function itself
    itself: bool = False  # which is sure only where the function compares itself with the callee
    result: Kind = UNSEEN  # the kind of that value


class Block(Slotted):
    """Statements, and the names of the labels among them."""

    statements: list[Statement]
    labels: dict[str, int] = fresh(default_factory=dict)


class Node(Slotted):
    """A piece of syntax from offset `start` to `end`."""

    start: int
    end: int


class Expression(Node):
    """Something with a value."""


class Multi(Expression):
    """An expression that may give any number of values."""


class Constant(Expression):
    """nil, a boolean, a number or a string."""

    value: Any


class Vararg(Multi):
    """`...`"""


class Local(Expression):
    """A local variable, of this function or an outer one."""

    variable: Variable


class Global(Expression):
    """A name that is no local: a field of the environment."""

    name: str


class Index(Expression):
    """object[key]; `object.name` has a Constant key."""

    object: Expression
    key: Expression


class Call(Multi):
    """function(arguments)"""

    function: Expression
    arguments: list[Expression]


class Method(Multi):
    """object:name(arguments)"""

    object: Expression
    name: str
    arguments: list[Expression]


class Function(Expression):
    """function … end, or a whole chunk."""

    scope: Scope
    parameters: list[Variable]
    vararg: bool
    body: Block
    name: str


class Binary(Expression):
    """An arithmetic operator, a comparison or `..`."""

    operator: str
    left: Expression
    right: Expression


class Logical(Expression):
    """`and`, `or`."""

    operator: str
    left: Expression
    right: Expression


class Unary(Expression):
    """`-`, `not`, `#`."""

    operator: str
    operand: Expression


class Paren(Expression):
    """(…) around a Multi: exactly one value."""

    inner: Expression


class Constructor(Expression):
    """{…}: the list and the (key, value) pairs."""

    items: list[Expression]
    fields: list[tuple[Expression, Expression]]
    order: list[bool]  # for each entry as written: is it an item?


class Statement(Node):
    """Something to do."""


class LocalStatement(Statement):
    """local a, b = …"""

    variables: list[Variable]
    values: list[Expression]


class LocalFunction(Statement):
    """local function f … end"""

    variable: Variable
    function: Function


class Assign(Statement):
    """a, t[i] = …; also `function a.b() … end`."""

    targets: list[Expression]
    values: list[Expression]


class CallStatement(Statement):
    """A call whose results are dropped."""

    call: Expression


class Do(Statement):
    """do … end"""

    body: Block


class While(Statement):
    """while … do … end"""

    condition: Expression
    body: Block


class Repeat(Statement):
    """repeat … until …"""

    body: Block
    condition: Expression


class If(Statement):
    """if … elseif … else … end"""

    tests: list[tuple[Expression, Block]]
    otherwise: Block | None


class NumericFor(Statement):
    """for i = first, limit, step do … end"""

    variable: Variable
    first: Expression
    limit: Expression
    step: Expression | None
    body: Block


class GenericFor(Statement):
    """for k, v in … do … end"""

    variables: list[Variable]
    values: list[Expression]
    body: Block


class Return(Statement):
    """return …; `again`: the call of it is surely (True), or may be (False), one of the function
    that returns."""

    values: list[Expression]
    again: bool | None = None


class Break(Statement):
    """break"""


class Goto(Statement):
    """goto label"""

    label: str


class Label(Statement):
    """::name::"""

    name: str


# fields that hold no nodes below: names, places, variables, which are their scope's
_LEAVES = frozenset(
    "start end name scope parameters vararg operator variable variables order again label".split()
)


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    """The fields of a class of nodes that hold nodes."""
    if kind is Constant:
        return ()
    return tuple(name for name in kind.__match_args__ if name not in _LEAVES)


def children(node: Any) -> list[Any]:
    """Return the nodes directly below a node, statements of blocks included."""
    found: list[Any] = []
    for name in _parts(node.__class__):
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif value is not None:
            _gather(value, found)
    return found


def _gather(value: Any, found: list[Any]) -> None:
    kind = value.__class__
    if kind is list or kind is tuple:
        for item in value:
            if isinstance(item, Node):
                found.append(item)
            else:
                _gather(item, found)
    elif kind is Block:
        found.extend(value.statements)
