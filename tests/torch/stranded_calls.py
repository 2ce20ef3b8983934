"""Every method and function of torch on tensors whose storage was resized under them: a value or an
error of the user. Prints the count and what was neither; a crash of the process shows as its end.

Run as a program by `test_stranded.py`: `stranded_calls.py [all]`."""

from __future__ import annotations

import faulthandler
import sys
import warnings

from th7shell import torch
from th7shell.lua import LuaError, tostring
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment
from th7shell.torch.classes import metatable
from th7shell.torch.stranded import layout_of, strand
from th7shell.torch.tensor import TYPES

SIZES = (0, 2, 30)
LEFT_OUT = {
    "read",
    "write",
    "apply",
    "map",
    "map2",
    "retain",
    "free",
    "THNN",
}  # not plain functions


def shapes(kind):
    """A tensor of each layout over a storage of ten elements."""

    def whole():
        return kind(10).fill(1)

    return {
        "whole": whole,
        "matrix": lambda: whole().resize(2, 5),
        "part": lambda: whole().narrow(1, 6, 5),
        "turned": lambda: whole().resize(2, 5).t(),
        "expanded": lambda: whole().narrow(1, 4, 1).resize(1, 1).expand(3, 3),
    }  # fmt: skip


def stranded(make, size):
    t = make()
    t.storage().resize(size)
    return t


def again(t):
    """Another tensor in the same state (to resize a storage takes milliseconds: its tensors are
    looked for)."""
    storage = type(t.storage())(t.storage().nd)
    storage.nd = t.storage().nd.copy()
    layout = layout_of(t)
    new = type(t).__mro__[layout is not None]()
    if layout is None:
        return new.set(storage, t.storageOffset(), t.size(), t.stride())
    strand(new, layout, storage)
    return new


def arguments(kind, other):
    good = kind(10).fill(1)
    return [(), (good,), (1,), (other,), (1, good), (good, other), (2, 1, other)]  # fmt: skip


def main(kinds) -> None:
    calls, faults = 0, []
    for kind in kinds:
        cls = TYPES[f"torch.{kind}Tensor"]
        names = [k for k, _ in metatable(cls).__lua_items__() if not k.startswith("__")]
        names += ["__index", "__newindex", "__len", "__tostring", "__add", "__mul", "__unm", "__eq"]
        for size in SIZES:
            for label, make in shapes(cls).items():
                first = stranded(make, size)
                assert (layout_of(first) is None) == (size > 2), label
                for name in [*names, "=clone", "=save", "=print", "=flatten"]:
                    if name in LEFT_OUT:
                        continue
                    for i in range(7 if name[0] != "=" else 1):
                        t = again(first)
                        args = arguments(cls, again(first))[i]
                        for as_function in (False, True):
                            calls += 1
                            try:
                                call(t, name, args, as_function)
                            except LuaError as error:
                                assert isinstance(error.value, str)
                            except Exception as error:
                                where = kind, size, label, name, i, as_function
                                faults.append((*where, repr(error)))
    seen = set()
    for fault in faults:
        if (fault[3], fault[-1]) not in seen:
            seen.add((fault[3], fault[-1]))
            sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{calls} calls, {len(faults)} faults\n")


def call(t, name, args, as_function):
    from th7shell import nn

    if name == "=clone":
        module = nn.Module()
        module.weight = t
        module.gradWeight = t
        nn.Module.clone(module)
    elif name == "=flatten":
        nn.Module.flatten([t, t])
    elif name == "=save":
        back = torch.deserialize(torch.serialize(t))
        assert back.dim() == t.dim()
        tostring(back)
    elif name == "=print":
        tostring(t)
    elif name.startswith("__"):
        method = metatable(type(t)).__lua_rawget__(name)
        if method is not None:
            method(t, *(args or (1,)))
    elif as_function:
        f = getattr(torch, name, None)
        if callable(f):
            f(*args, t)
    else:
        getattr(t, name)(*args)


if __name__ == "__main__":
    faulthandler.enable()
    warnings.simplefilter("ignore")
    Environment(MAIN)
    torch.manualSeed(1)
    main(("Double", "Float", "Byte", "Long", "Half") if sys.argv[1:] else ("Double",))
