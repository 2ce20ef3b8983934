"""Records: classes that are their fields, declared as dataclasses are. `dataclasses` itself takes
longer to import, with `inspect` behind it, than a small program to run; and it writes and compiles
the functions of each class at once, where here a constructor is compiled when the first object is
made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        return lambda kind: kind


class _Fresh:
    """The default of a field that has a value of its own in each object."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def fresh(*, default_factory: Callable[[], Any]) -> Any:
    """The default of a field that the function makes: `= fresh(default_factory=list)`."""
    return _Fresh(default_factory)


@dataclass_transform(field_specifiers=(fresh,))
class RecordType(type):
    """What makes records of classes: fields and defaults from the annotations, slots below
    `Slotted`."""

    def __new__(mcs, name: str, bases: tuple[Any, ...], namespace: dict[str, Any]) -> Any:
        own = tuple(namespace.get("__annotations__", ()))
        defaults = {n: namespace.pop(n) for n in own if n in namespace}
        fields = own
        slotted = "__slots__" in namespace
        for base in bases:
            fields = (*base.__match_args__, *fields)
            defaults = base.defaults_ | defaults
            slotted |= "__slots__" in vars(base)
        if slotted:
            namespace["__slots__"] = own
        namespace |= {"__match_args__": fields, "defaults_": defaults}
        namespace.setdefault("__init__", _constructed_later)
        return super().__new__(mcs, name, bases, namespace)


def _constructed_later(self: Any, *arguments: Any, **named: Any) -> None:
    """Make the first object of a class: the constructor is written now."""
    kind: Any = next(c for c in type(self).__mro__ if vars(c).get("__init__") is _constructed_later)
    construct = kind.__init__ = _constructor(kind)
    construct(self, *arguments, **named)


def _constructor(kind: Any) -> Callable[..., None]:
    known: dict[str, Any] = {"absent": _Fresh}
    parameters, lines = [], []
    for i, name in enumerate(kind.__match_args__):
        default = kind.defaults_.get(name, _Fresh)
        if default is _Fresh:
            parameters.append(name)
            lines.append(f"self.{name} = {name}")
        elif default.__class__ is _Fresh:
            known[f"make{i}"] = default.make
            parameters.append(f"{name}=absent")
            lines.append(f"self.{name} = make{i}() if {name} is absent else {name}")
        else:
            known[f"default{i}"] = default
            parameters.append(f"{name}=default{i}")
            lines.append(f"self.{name} = {name}")
    text = f"def __init__({', '.join(['self', *parameters])}):\n " + "\n ".join(lines or ["pass"])
    exec(text, known)
    return known["__init__"]


class Slotted(metaclass=RecordType):
    """Base of records whose fields are slots; none equals another."""

    __slots__ = ()


class Record(metaclass=RecordType):
    """Base of records that are equal if their fields are."""

    def __eq__(self, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__qualname__}({fields})"
