"""The Lua tables that hold a package's names: `torch`, `nn`, …; Python modules answer from the same
tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType
from typing import Any

from th7shell.lua import Table, rawget
from th7shell.lua.absent_fields import suggestion
from th7shell.lua.callers import from_python

from . import promised
from .promised import FIRST, Names

_NAMESPACES: dict[str, Table] = {}


def namespace(name: str) -> Any:
    """The table of a package's names (made on first use); a dotted name is a table inside a
    table."""
    table = _NAMESPACES.get(name)
    if table is None:
        table = _NAMESPACES[name] = Table()
        outer, _, inner = name.rpartition(".")
        if outer:
            setattr(namespace(outer), inner, table)
    return table


def known(name: str) -> Table | None:
    """The table of a package's names if it has been made."""
    return _NAMESPACES.get(name)


def remember() -> None:
    """Note what packages hold that have just been opened: Lua code may put other things there, of
    which other worlds shall know nothing."""
    for table in list(_NAMESPACES.values()):
        promised.remember(table)


def first_names(table: Table) -> dict[str, Any] | None:
    """What a package's table held when it was opened, by attribute; None of any other table."""
    if table not in FIRST and any(table is known for known in list(_NAMESPACES.values())):
        return {}
    return FIRST.get(table)


TORCH = namespace("torch")


def export(value: Any = None, *, name: str | None = None, package: str = "torch") -> Any:
    """Decorator that puts a function into a package's table under its own name, or `name`."""

    def place(function: Callable[..., Any]) -> Callable[..., Any]:
        setattr(namespace(package), name or function.__name__, function)
        return function

    return place if value is None else place(value)


def need(globals: Any, *packages: str) -> None:
    """Load the packages that another one is built on, each once in an interpreter, as a line
    `require 'nn'` at the head of its file would."""
    library = rawget(globals, "package")  # Python alone has none
    for name in packages:
        if library is not None and rawget(library.preload, name) is not None:
            globals.require(name)
        elif library is None or rawget(library.loaded, name) is None:
            opened = import_module(f"th7shell.{name}").luaopen(globals)
            if library is not None:
                library.loaded[name] = opened


def module_getattr(
    package: str, module: str, complete: Callable[[], None] | None = None
) -> Callable[[str], Any]:
    """`__getattr__` of a Python module that shows the names of `package`'s Lua table."""
    return shows(module, Names(namespace(package)), complete)[0]


def shows(
    module: str, names: Mapping[str, Any], complete: Callable[[], None] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a Python module that shows these names, which Lua may change.

    `complete` is called before a name is given up, and to list all: it imports the parts that were
    left for later. A submodule's own name is given up at once, since `from . import part` asks here
    first. Programs in Python get functions that take their lists and arrays.
    """
    taken: dict[str, tuple[Any, Any]] = {}  # name → the function that it was, and the one to call

    def waits(name: str) -> bool:
        """Whether `from . import name` asks, which goes on to import the file. The list of all
        names would be too early for it."""
        return complete is not None and find_spec(f"{module}.{name}") is not None

    def lookup(name: str) -> Any:
        value = names.get(name)
        if value is None and complete is not None and not name.startswith("_") and not waits(name):
            complete()
            value = names.get(name)
        if value is None:
            near = "" if waits(name) else suggestion(name, names)
            text = f"module {module!r} has no attribute {name!r}{near}"
            raise AttributeError(text, name=name)
        if value.__class__ is not FunctionType or not from_python():
            return value
        known = taken.get(name)
        if known is None or known[0] is not value:
            known = taken[name] = (value, for_python(value))
        return known[1]

    def listed() -> list[str]:
        if complete is not None:
            complete()
        own = [
            "__doc__",
            "__file__",
            "__name__",
            "__path__",
            *vars(import_module(module))["__all__"],
        ]
        public = [n for n in names if n.isidentifier() and n[0] != "_" and names[n] is not None]
        return sorted({*own, *public} - PYTHONS_SIDE)

    return lookup, listed


SPECIALS = ("__doc__", "__file__", "__name__", "__path__")
#: what the modules' own files keep in them
PYTHONS_SIDE = frozenset({"NN", "TORCH", "CUTORCH", "NNGRAPH", "complete", "luaopen"})
_TAKES_ARRAYS = "th7shell.torch.ops.install"  # its functions look at all their arguments anyway


def for_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """A package's function for programs in Python: it takes lists, dicts and arrays where Lua gives
    tables and tensors, and returns None where it has no results."""
    if function.__module__ == _TAKES_ARRAYS:
        sign(function)
        return function
    from .python_values import natives

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        found = function(*natives(args), **named)
        return None if found.__class__ is tuple and not found else found

    sign(call)
    return call


def sign(function: Any) -> None:
    """Give a function the signature that its documentation writes."""
    from th7shell.lua.written_forms import arguments_of, declared, forms_in, signature_of

    name, operations = function.__name__, sys.modules["th7shell.torch.ops"]
    own = operations.signatures(name) if function.__module__ == _TAKES_ARRAYS else None
    words = arguments_of(own or forms_in(function.__doc__), name)
    inner = getattr(function, "__wrapped__", function)
    function.__signature__ = declared(inner) if words is None else signature_of(words, inner)
