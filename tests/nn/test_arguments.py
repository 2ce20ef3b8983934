"""What a class declares of its constructor holds: arguments that are left out or nil have their
defaults, names are keywords, further arguments count for nothing, and every class declares them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

from th7shell import nn, torch
from th7shell.lua import LuaError, Table, items
from th7shell.torch.constructors import arguments_of, default_of, form
from th7shell.torch.registry import REGISTRY
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

from .test_criterions import CASES
from .test_layers import ROWS

PACKAGES = ("cudnn", "cunn", "nnx", "unsup")  # their layers are nn's, or made like them


def classes(*modules: str) -> dict[str, Any]:
    """The classes of modules and criterions that stand in them."""
    named = (c for c in REGISTRY.items() if issubclass(c[1], Table))
    return {name: cls for name, cls in named if cls.__module__.startswith(modules)}


CLASSES = classes("th7shell.nn.")
#: the row with the fewest arguments of each class
SHORTEST: dict[str, tuple[Any, ...]] = {}
for _row in (*ROWS, *CASES):
    if _row.make is None and len(_row.args) <= len(SHORTEST.get(_row.name, _row.args)):
        SHORTEST[_row.name] = _row.args


def made(name: str, *args: Any, **keywords: Any) -> Any:
    """What a new object holds, without the memory that nothing was written to."""
    torch.manualSeed(3)
    return told("", getattr(nn, name)(*args, **keywords))


def told(name: Any, value: Any) -> Any:
    if isinstance(value, Table):
        return type(value), {key: told(key, v) for key, v in items(value)}
    if isinstance(value, Tensor):
        return type(value), value.tolist() if name in ("weight", "bias") else tuple(value.size())
    return type(value) if isinstance(value, Storage) else value


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_declares_its_arguments(name):
    assert arguments_of(CLASSES[name]) is not None, "class …(…, arguments='…')"
    check_what_readers_see(CLASSES[name])


def test_classes_of_other_packages_do():
    for package in PACKAGES:
        path = importlib.import_module(f"th7shell.{package}").__path__
        for module in pkgutil.iter_modules(path, f"th7shell.{package}."):
            importlib.import_module(module.name)
    found = classes(*(f"th7shell.{package}." for package in PACKAGES))
    assert len(found) > 70
    assert [name for name, cls in found.items() if arguments_of(cls) is None] == []
    for cls in found.values():
        check_what_readers_see(cls)


def check_what_readers_see(cls: Any) -> None:
    declared = arguments_of(cls)
    page = inspect.getdoc(cls) or ""
    if cls.__doc__:
        call = "".join(form(cls.__name__, declared).split())
        assert "".join(page.split("\n\n")[1].split()) == call
        paragraphs = page.split("\n\n")
        assert [p.startswith(f"{cls.__name__}(") for p in paragraphs].count(True) == 1, cls
    names = [a.name for a in declared if not a.rest]
    told = [p for p in inspect.signature(cls).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    assert [p.name.rstrip("_") for p in told] == names[: len(told)]


def with_defaults(name: str) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """The shortest arguments, and these with each default that can follow, one more each time."""
    given = SHORTEST[name]
    declared = arguments_of(getattr(nn, name))
    values = dict(zip((a.name for a in declared), given))
    for a in declared[len(given) :]:
        if a.rest or a.fresh:
            return
        values[a.name] = values[a.default] if a.default in values else default_of(a)
        yield given, tuple(values.values())


@pytest.mark.parametrize("name", [n for n in SHORTEST if any(with_defaults(n))])
def test_what_is_left_out_has_its_default(name):
    for given, full in with_defaults(name):
        plain = made(name, *given)
        assert made(name, *full) == plain, full
        assert made(name, *given, *[None] * (len(full) - len(given))) == plain


def test_defaults_are_tried_of_many_classes():
    assert len([n for n in SHORTEST if any(with_defaults(n))]) > 50


@pytest.mark.parametrize("name", SHORTEST)
def test_names_are_keywords(name):
    declared = arguments_of(getattr(nn, name))
    given = SHORTEST[name]
    if not any(a.rest for a in declared):
        names = list(inspect.signature(getattr(nn, name)).parameters)
        plain = made(name, *given)
        assert made(name, **dict(zip(names, given))) == plain
        full = [*given, *[None] * (len(declared) - len(given))]
        assert made(name, *full, "dropped", 7) == plain


def test_a_wrong_name_is_told():
    with pytest.raises(
        TypeError, match=r"nn.Linear has no argument 'inputsize': did you mean 'inputSize'\?"
    ):
        nn.Linear(inputsize=3, outputSize=2)
    with pytest.raises(TypeError, match=r"nn\.Tanh has no argument 'x'$"):
        nn.Tanh(x=3)

    class Mine(nn.Linear):
        def __init__(self, size, other=1):
            super().__init__(size, other)

    assert Mine(size=3, other=2).weight.size(1) == 2
    with pytest.raises(TypeError, match="'siz'"):
        Mine(siz=3)


def test_errors_are_where_they_were():
    with pytest.raises(LuaError, match=r"nn\.Narrow"):
        nn.Narrow()
    with pytest.raises(LuaError, match="max_value must be larger than min_value"):
        nn.HardTanh(1, -1)
