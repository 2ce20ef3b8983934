"""The syntax tree of a Lua chunk, names already resolved: what the parser builds and the emitter
reads.

`start` and `end` are source offsets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .kinds import UNSEEN, Kind


@dataclass(slots=True, eq=False)
class Variable:
    """A local variable: who declares it, who captures it, what is assigned to it."""

    name: str
    scope: Scope
    shadowed: Variable | None = None  # the active variable of the same name in the same function
    captured: bool = False
    assigned: int = 0  # assignments after the declaration
    parameter: bool = False
    in_loop: bool = False  # declared where a loop may come by again
    sources: list[Any] = field(default_factory=list)  # all that is assigned; None: unknown value
    kind: Kind = UNSEEN  # the inferred type
    known: Any = None  # the Function that it always holds
    boxed: bool = False  # kept in a one-element list, because a closure in a loop captures it
    python: str = ""  # its name in the emitted code
    shadow: str = ""  # the emitted variable through which it is indexed
    indexed: int = 0  # how often it is indexed


@dataclass(slots=True, eq=False)
class Scope:
    """One function while it is compiled: its parent, its variables, and the outer variables that it
    uses."""

    parent: Scope | None
    line: int
    vararg: bool = False
    variables: list[Variable] = field(default_factory=list)
    upvalues: dict[Variable, None] = field(default_factory=dict)  # in the order of first use
    returns: list[Return] = field(default_factory=list)
    exact: bool = False  # no call passes more arguments than there are parameters
    single: bool = False  # every call gives exactly one value
    again: bool = False  # a return in it may call the function itself
    itself: bool = False  # which is sure only where the function compares itself with the callee
    result: Kind = UNSEEN  # the kind of that value


@dataclass(slots=True, eq=False)
class Block:
    """Statements, and the names of the labels among them."""

    statements: list[Statement]
    labels: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Node:
    """A piece of syntax from offset `start` to `end`."""

    start: int
    end: int


class Expression(Node):
    """Something with a value."""

    __slots__ = ()


class Multi(Expression):
    """An expression that may give any number of values."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Constant(Expression):
    """nil, a boolean, a number or a string."""

    value: Any


@dataclass(slots=True, eq=False)
class Vararg(Multi):
    """`...`"""


@dataclass(slots=True, eq=False)
class Local(Expression):
    """A local variable, of this function or an outer one."""

    variable: Variable


@dataclass(slots=True, eq=False)
class Global(Expression):
    """A name that is no local: a field of the environment."""

    name: str


@dataclass(slots=True, eq=False)
class Index(Expression):
    """object[key]; `object.name` has a Constant key."""

    object: Expression
    key: Expression


@dataclass(slots=True, eq=False)
class Call(Multi):
    """function(arguments)"""

    function: Expression
    arguments: list[Expression]


@dataclass(slots=True, eq=False)
class Method(Multi):
    """object:name(arguments)"""

    object: Expression
    name: str
    arguments: list[Expression]


@dataclass(slots=True, eq=False)
class Function(Expression):
    """function … end, or a whole chunk."""

    scope: Scope
    parameters: list[Variable]
    vararg: bool
    body: Block
    name: str


@dataclass(slots=True, eq=False)
class Binary(Expression):
    """An arithmetic operator, a comparison or `..`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False)
class Logical(Expression):
    """`and`, `or`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False)
class Unary(Expression):
    """`-`, `not`, `#`."""

    operator: str
    operand: Expression


@dataclass(slots=True, eq=False)
class Paren(Expression):
    """(…) around a Multi: exactly one value."""

    inner: Expression


@dataclass(slots=True, eq=False)
class Constructor(Expression):
    """{…}: the list and the (key, value) pairs."""

    items: list[Expression]
    fields: list[tuple[Expression, Expression]]
    order: list[bool]  # for each entry as written: is it an item?


class Statement(Node):
    """Something to do."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class LocalStatement(Statement):
    """local a, b = …"""

    variables: list[Variable]
    values: list[Expression]


@dataclass(slots=True, eq=False)
class LocalFunction(Statement):
    """local function f … end"""

    variable: Variable
    function: Function


@dataclass(slots=True, eq=False)
class Assign(Statement):
    """a, t[i] = …; also `function a.b() … end`."""

    targets: list[Expression]
    values: list[Expression]


@dataclass(slots=True, eq=False)
class CallStatement(Statement):
    """A call whose results are dropped."""

    call: Expression


@dataclass(slots=True, eq=False)
class Do(Statement):
    """do … end"""

    body: Block


@dataclass(slots=True, eq=False)
class While(Statement):
    """while … do … end"""

    condition: Expression
    body: Block


@dataclass(slots=True, eq=False)
class Repeat(Statement):
    """repeat … until …"""

    body: Block
    condition: Expression


@dataclass(slots=True, eq=False)
class If(Statement):
    """if … elseif … else … end"""

    tests: list[tuple[Expression, Block]]
    otherwise: Block | None


@dataclass(slots=True, eq=False)
class NumericFor(Statement):
    """for i = first, limit, step do … end"""

    variable: Variable
    first: Expression
    limit: Expression
    step: Expression | None
    body: Block


@dataclass(slots=True, eq=False)
class GenericFor(Statement):
    """for k, v in … do … end"""

    variables: list[Variable]
    values: list[Expression]
    body: Block


@dataclass(slots=True, eq=False)
class Return(Statement):
    """return …; `again`: the call of it is surely (True), or may be (False), one of the function
    that returns."""

    values: list[Expression]
    again: bool | None = None


@dataclass(slots=True, eq=False)
class Break(Statement):
    """break"""


@dataclass(slots=True, eq=False)
class Goto(Statement):
    """goto label"""

    label: str


@dataclass(slots=True, eq=False)
class Label(Statement):
    """::name::"""

    name: str


def children(node: Any) -> list[Any]:
    """Return the nodes directly below a node, statements of blocks included."""
    found: list[Any] = []
    for name in node.__dataclass_fields__:
        _gather(getattr(node, name), found)
    return found


def _gather(value: Any, found: list[Any]) -> None:
    if isinstance(value, Node):
        found.append(value)
    elif isinstance(value, Block):
        found.extend(value.statements)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _gather(item, found)
