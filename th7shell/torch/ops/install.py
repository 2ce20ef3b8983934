"""Puts declared operations into the `torch` table and on the tensor classes; compiles each on its
first use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from th7shell.lua import LuaError, Table, TorchError

from ..namespace import TORCH
from ..python_values import native
from ..tensor import TYPES, default_type
from .declare import OPERATIONS
from .dispatch import FEW, compiled, declared, type_name, unplace
from .dispatch import MISSING as M

Function = Callable[..., Any]


class LazyMethod:
    """Stands on a tensor class for a method that is compiled when it is first looked up, and
    replaced by it."""

    def __init__(self, cls: Any, name: str) -> None:
        self.cls = cls
        self.__name__ = name

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        fn = self.function()
        return fn if obj is None else fn.__get__(obj, owner)

    def __call__(self, *args: Any) -> Any:
        return self.function()(*args)

    def function(self) -> Function:
        cls, name = self.cls, self.__name__
        fn = cls.__dict__.get(name)
        if fn is self or fn is None:
            operation = declared(cls, name)
            assert operation is not None  # an entry is made for what the type has
            fn = compiled(cls, operation, True)
            type.__setattr__(cls, name, fn)
        return fn


class ByClass(dict[Any, Function]):
    """Tensor class → the compiled function of one operation, filled on first use."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __missing__(self, cls: Any) -> Function:
        op = declared(cls, self.name) if cls in CLASSES else None
        if op is None:
            raise KeyError(cls)
        fn = self[cls] = compiled(cls, op, False)
        return fn


CLASSES = set(TYPES.values())
_NUMBERS = frozenset((int, float))


def torch_function(name: str, doc: str) -> Function:
    """`torch.<name>`: finds the tensor type among its arguments and calls that type's function."""
    by_class = ByClass(name)
    known = by_class.get

    def call_few(a: Any = M, b: Any = M, c: Any = M, d: Any = M, e: Any = M, *more: Any) -> Any:
        fn = known(a.__class__)
        if a is M:
            cls = default_type()
            fn = known(cls) or function_of(by_class, cls)
        elif fn is None or more:
            if c is M and a.__class__ in _NUMBERS and (b is M or b.__class__ in _NUMBERS):
                cls = default_type()
                fn = known(cls) or function_of(by_class, cls)
            else:
                return call(*(value for value in (a, b, c, d, e, *more) if value is not M))
        try:
            return fn(a, b, c, d, e)
        except LuaError as error:
            unplace(error)
            raise

    def call(*args: Any) -> Any:
        fn = known(args[0].__class__) if args else None
        if fn is None:
            for value in args:
                if value.__class__ is not int and value.__class__ is not float:
                    fn, args = choose(by_class, args)
                    break
            else:  # sizes, mostly
                cls = default_type()
                fn = known(cls) or function_of(by_class, cls)
        try:
            return fn(*args)
        except LuaError as error:
            unplace(error)
            raise

    function = call_few if takes_few(name) else call
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def takes_few(name: str) -> bool:
    """Whether the function of an operation has a fixed number of arguments, at most FEW."""
    forms = [form for op in OPERATIONS[name] for form in op.functions]
    return all(":sizes" not in f.text and f.text.count(":") <= FEW for f in forms)


def choose(by_class: ByClass, args: tuple[Any, ...]) -> tuple[Function, tuple[Any, ...]]:
    """The type's function and its arguments: the type of the first or second argument, of the
    first tensor of a table, the type named by a last string (which is dropped), or the default
    type."""
    args = tuple(native(a) if a.__class__ is np.ndarray else a for a in args)
    first = args[0] if args else None
    last = args[-1] if args else None
    cls: Any = first.__class__
    if cls in CLASSES:
        pass
    elif len(args) > 1 and args[1].__class__ in CLASSES:
        cls = args[1].__class__
    elif isinstance(first, Table) and first[1].__class__ in CLASSES:
        cls = first[1].__class__
    elif (cls is list or cls is tuple) and first and first[0].__class__ in (*CLASSES, np.ndarray):
        cls = native(first[0]).__class__
    elif last.__class__ is str and last in TYPES:
        cls = TYPES[last]
        args = args[:-1]
    else:
        return function_of(by_class, default_type()), args
    return function_of(by_class, cls), args


def function_of(by_class: ByClass, cls: Any) -> Function:
    """The function of a type."""
    try:
        return by_class[cls]
    except KeyError:
        message = f"{type_name(cls)} does not implement the torch.{by_class.name}() function"
        raise TorchError(message) from None


def install(names: Iterable[str]) -> None:
    """Install the declared operations of these names."""
    for name in names:
        functions = False
        for op in OPERATIONS[name]:
            functions = functions or bool(op.functions)
            if op.methods:
                for letter_type in op.types:
                    _install_method(TYPES[f"torch.{letter_type}Tensor"], name)
        if functions:
            setattr(TORCH, name, torch_function(name, OPERATIONS[name][0].doc))


def install_on(cls: Any) -> None:
    """Install all operations that a tensor class has on one that was made later."""
    CLASSES.add(cls)
    for name in OPERATIONS:
        op = declared(cls, name)
        if op is not None and op.methods:
            _install_method(cls, name)


def _install_method(cls: Any, name: str) -> None:
    type.__setattr__(cls, name, LazyMethod(cls, name))


def operation_of(value: Any) -> str | None:
    """The name of the operation that a function of torch or a tensor's method is, None for anything
    else."""
    name = getattr(value, "__name__", None)
    if name not in OPERATIONS:
        return None
    owner = getattr(value, "__qualname__", "").rpartition(".")[0]
    method = isinstance(value, LazyMethod) or owner.endswith("Tensor")
    return name if method or value is TORCH.__dict__.get(name) else None


def signatures(name: str) -> list[str]:
    """How an operation may be called, one line for each form; empty for a name that is none."""
    found = [line for op in OPERATIONS.get(name, ()) for line in op.signatures]
    return list(dict.fromkeys(found))


def help_page(name: str) -> str | None:
    """The text that the shell's `?` shows for an operation, None for a name that is none."""
    pages = [op.page for op in OPERATIONS.get(name, ())]
    return "\n\n".join(pages) or None
