"""The constructor of a Torch class, made from the one line that declares its arguments.

    class Bottle(Decorator, name="nn.Bottle", arguments="… nInputDim=2 nOutputDim=nInputDim"):
        def __post_init__(self) -> None:
            self.dimDelta = self.nInputDim - self.nOutputDim

`…` stands for the arguments of the class above; the rest of the grammar is in `declarations.py`.
The constructor gives an argument that is missing or nil its default (a number or another argument
as a default stands for false too, as Lua's `or` has it), calls the constructor above with the
arguments that the two have in common, and keeps the others in fields of their names: all but those
that `__post_init__`, which is called last, asks for. An `__init__` in the class gets the arguments
that it asks for in place of all this.

From the same line come Python's signature, the form on the help page and the stubs. The function is
compiled when the first object of its class is made.
"""

from __future__ import annotations

import sys
from keyword import iskeyword
from types import FunctionType
from typing import Any

from th7shell.lua.absent_fields import suggestion

from .declarations import Argument, parse

_CONSTANTS = {"true": True, "false": False, "nil": None}
_WIDTH = 96
_STARRED = 4  # the flag of code with a parameter `*name`


def declare(cls: Any, text: str, line: int) -> None:
    """Let `text` be the arguments of a class that was just made, by a statement in that line."""
    type.__setattr__(cls, "__arguments__", text)
    if (own := cls.__dict__.get("__init__")) is not None:
        if not text:
            return
        type.__setattr__(cls, "__own_init__", own)
    names = {"__name__": cls.__module__, "cls": cls, "line": line, "compile_now": _compile}
    init = names["init"] = FunctionType(_first_call.__code__, names, "__init__")
    init.__module__, init.__qualname__ = cls.__module__, f"{cls.__qualname__}.__init__"
    init.__defaults__ = ()
    type.__setattr__(cls, "__init__", init)


def _first_call(self, *args, **keywords):  # type: ignore[no-untyped-def]
    """What a constructor is until it is called: its names are those that `declare` gives it."""
    compile_now(init)  # type: ignore[name-defined]  # noqa: F821
    init(self, *args, **keywords)  # type: ignore[name-defined]  # noqa: F821


def _compile(init: Any) -> None:
    """Give a constructor the code that its class's declaration asks for."""
    names = init.__globals__
    cls = names["cls"]
    path = sys.modules[cls.__module__].__file__ or ""
    names["body"] = _body(cls)
    code = compile("\n" * (names["line"] - 1) + _source(cls), path, "exec")
    made: dict[str, Any] = {}
    exec(code, names, made)
    init.__code__ = made["__init__"].__code__.replace(co_qualname=init.__qualname__)
    init.__defaults__ = made["__init__"].__defaults__


def _source(cls: Any) -> str:
    """The constructor of a class, on one line: that of its class statement."""
    body = _body(cls)
    declared = _taken(_own(cls))
    names = [_variable(a.name) for a in declared]
    above = [_variable(a.name) for a in _above(cls)]
    asked = _asked(body)
    if unknown := set(asked) - set(names):
        raise TypeError(f"{cls.__name__}.__post_init__ asks for {unknown}: not declared")
    steps = []
    for a, name in zip(declared, names):
        if a.default is not None and not a.fresh:
            given = f"{name} is not None"
            if a.default not in _CONSTANTS and a.default[:1] not in "'\"":
                given += f" and {name} is not False"
            steps.append(f"{name} = {name} if {given} else {_expression(a, names)}")
    rest = {name: f"*{name}" for a, name in zip(declared, names) if a.rest}
    if "__own_init__" not in cls.__dict__:
        while above and above[-1] not in names:
            above.pop()
        given = ", ".join(rest.get(n, n) if n in names else "None" for n in above)
        steps.append(f"super(cls, self).__init__({given})")
        for a in _kept(cls):
            name = _variable(a.name)
            field = f"self.{name}" if name == a.name else f"self['{a.name}']"
            steps.append(f"{field} = {name}")
    if body is not None:
        steps.append(f"body({', '.join(['self', *(rest.get(n, n) for n in asked)])})")
    parameters = ", ".join(["self", *(rest.get(n, f"{n}=None") for n in names)])
    if not rest:
        parameters += ", *_"
    return f"def __init__({parameters}): {'; '.join(steps)}"


def _body(cls: Any) -> Any:
    """The part of a constructor that its class writes, or None."""
    return cls.__dict__.get("__own_init__") or cls.__dict__.get("__post_init__")


def _taken(declared: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """The arguments without what is declared behind `…`, which are among those values."""
    ends = [i for i, a in enumerate(declared, 1) if a.rest]
    return declared[: ends[0]] if ends else declared


def _asked(body: Any) -> list[str]:
    """The arguments that a `__post_init__` asks for."""
    if body is None:
        return []
    code = body.__code__
    return list(code.co_varnames[1 : code.co_argcount + bool(code.co_flags & _STARRED)])


def _variable(name: str) -> str:
    return f"{name}_" if iskeyword(name) else name


def _expression(a: Argument, names: list[str]) -> str:
    """A default as Python spells it."""
    value = default_of(a)
    if value is not None:
        return repr(value)
    if a.default not in names[: names.index(_variable(a.name))]:
        raise TypeError(f"{a.default} is no default for the argument {a.name}")
    return str(a.default)


def default_of(a: Argument) -> Any:
    """The value that stands for an argument that is not given; None where there is none, or where
    it is that of another argument."""
    text = a.default or "nil"
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[:1] in ("'", '"'):
        return text[1:-1]
    above, _, below = text.partition("/")
    try:
        return float(above) / float(below) if below else int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def arguments_of(cls: Any) -> tuple[Argument, ...] | None:
    """The declared arguments of a class's constructor, None where they are not declared."""
    return _first_declared(cls.__mro__)


def _above(cls: Any) -> tuple[Argument, ...]:
    """The arguments of the constructor that a class's own calls."""
    return _first_declared(cls.__mro__[1:]) or ()


def _first_declared(classes: tuple[Any, ...]) -> tuple[Argument, ...] | None:
    for base in classes:
        if "__init__" in base.__dict__:
            return _own(base) if "__arguments__" in base.__dict__ else None
    return None


def _own(cls: Any) -> tuple[Argument, ...]:
    """What a class that declares arguments declares."""
    declared: Any = cls.__dict__["__arguments__"]
    if declared.__class__ is str:
        begun = declared[:1] == "…"
        declared = (*_above(cls), *parse(declared[1:])) if begun else parse(declared)
        type.__setattr__(cls, "__arguments__", declared)
    return declared  # type: ignore[no-any-return]


def kept_fields(cls: Any) -> set[str]:
    """The fields in which constructors of a class and of those above it keep arguments."""
    declaring = [base for base in cls.__mro__ if "__arguments__" in base.__dict__]
    return {a.name for base in declaring for a in _kept(base)}


def _kept(cls: Any) -> list[Argument]:
    """The arguments that a class's own constructor keeps in fields."""
    if "__own_init__" in cls.__dict__:
        return []
    elsewhere = {*_asked(_body(cls)), *(_variable(a.name) for a in _above(cls))}
    return [a for a in _taken(_own(cls)) if _variable(a.name) not in elsewhere]


def form(name: str, declared: tuple[Argument, ...]) -> str:
    """How documentation writes the call: `Bottle(module[, nInputDim = 2[, nOutputDim]])`."""
    text, comma = "", ""
    needed = max((i for i, a in enumerate(declared, 1) if not a.optional), default=0)
    for i, a in enumerate(declared):
        text += f"[{comma}{a.name}" if i >= needed else comma + a.name
        if a.default is not None:
            text += f" = {a.default}"
        elif a.rest:
            text += " …"
        comma = ", "
    return f"{name}({text}{']' * (len(declared) - needed)})"


class Page:
    """The documentation of a class whose constructor is declared: its form is written into it when
    it is read."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __get__(self, obj: Any, cls: Any) -> str:
        declared = arguments_of(cls)
        return self.text if declared is None else with_form(self.text, form(cls.__name__, declared))


def with_form(doc: str, call: str) -> str:
    """A page of documentation with the call behind its first paragraph."""
    lines = [call]
    while len(lines[-1]) > _WIDTH:
        end = lines[-1].rindex(", ", 0, _WIDTH) + 1
        lines[-1:] = lines[-1][:end], lines[-1][end + 1 :]
    first, gap, rest = doc.partition("\n\n")
    written = "\n    ".join(lines)
    return f"{first.rstrip()}\n\n    {written}\n{gap[1:]}{rest or '    '}"


def signature(declared: tuple[Argument, ...]) -> Any:
    """The arguments as Python's signature."""
    import inspect

    parameters: list[inspect.Parameter] = []
    optional = False
    for a in declared:
        if a.rest:
            parameters.append(inspect.Parameter(a.name, inspect.Parameter.VAR_POSITIONAL))
            break
        optional = optional or a.optional
        parameters.append(
            inspect.Parameter(
                _variable(a.name),
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=default_of(a) if optional else inspect.Parameter.empty,
            )
        )
    return inspect.Signature(parameters)


def check_keywords(cls: Any, keywords: dict[str, Any]) -> None:
    """Refuse names that a constructor does not have."""
    declared = arguments_of(cls)
    if declared is None:
        return
    names = [_variable(a.name) for a in declared]
    for name in keywords:
        if name not in names:
            what = getattr(cls, "__typename", cls.__name__)
            raise TypeError(f"{what} has no argument {name!r}{suggestion(name, names)}")
