"""A fuzzer: every class of nn and optim, every function of torch and image and every public method
is called from Lua with values of every kind, without its self, with too few arguments and too many.

Run as a program (`fuzz.py SHARE [NAME]`) it prints each failure that a user must not see, and how
many calls it made: a failure is a Lua error in the user's terms, and leaves arguments and
parameters as they were. SHARE is the part of all calls that is made, `NAME` a part of their names.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.nn.test_criterions import CASES
from tests.nn.test_layers import ROWS
from tests.nn.test_wrong_inputs import FOREIGN, state
from tests.session import wild_companions
from tests.torch import wild_calls
from th7shell import frontend, nn, torch
from th7shell.lua import Table, items, lua_type, new_table
from th7shell.lua.runtime import index
from th7shell.session import failure
from th7shell.session.environment import Environment
from th7shell.session.members import class_members, is_class
from th7shell.torch.classes import typename
from th7shell.torch.tensor import TYPES

LIMIT = 5.0  # seconds: a call that takes longer hangs
MOST = 4  # arguments of a call whose values are drawn
INTERNAL = re.compile("[\u0180-\u02ff]|local '(?:container|nd|cls|kind|_\\w+)'|th7shell\\.")
WORDS = re.compile(  # of Lua and Torch
    r"attempt to concatenate|positive integer argument|(?:to|method) 'float'|local 'list'"
    r"|in tensor array|'\w+' to 'int'|findAxis with axis|has no axis|(?:^|\n)\S+\.py:\d+:"
)
SKIPPED = ("write", "read", "bind", "gradient")  # they are given files, or are the engine's own


def values() -> list[Any]:
    """A value of every kind, and tensors of wrong dimensions, sizes and types."""
    double, single = TYPES["torch.DoubleTensor"], TYPES["torch.FloatTensor"]
    tensors = [double(3).fill(1), double(2, 3).fill(1), double(1, 2, 3, 2, 1).fill(1), double()]
    tensors += [single(2, 3).fill(1), TYPES["torch.ByteTensor"](3).fill(1)]
    tables = [new_table(), new_table([1, "x"]), new_table([tensors[0], tensors[1]])]
    other = [None, True, "text", 2.5, -1, 3, lambda *_: None, nn.Tanh, nn.Linear(3, 2)]
    return [*other, *tables, *tensors]


def made() -> dict[str, Any]:
    """How an object of each class of nn is made."""
    found = {row.name: row.build for row in ROWS if row.make is None}
    for case in CASES:
        found.setdefault(type(case.build()).__name__, case.build)
    return found


def targets(globals: Table) -> Iterator[tuple[str, Any, Any, str]]:
    """(name, owner or its maker, function, how it is called: 'function', 'class' or 'method')."""
    makers = made()
    for name, cls in items(globals["nn"]):
        if not is_class(cls):
            continue
        yield f"nn.{name}", None, cls, "class"
        maker = makers.get(name)
        for method in class_members(cls):
            function = index(cls, method)  # as Lua reads it
            torchs = "_" not in method and method not in SKIPPED  # no name of Torch's has a dash
            if callable(function) and torchs:
                yield f"nn.{name}:{method}", maker, function, "method"
    rows = wild_calls.targets()
    rows += wild_companions.targets(globals, ("optim", "image", "nn.utils"))
    for name, function, cls in rows:
        if cls is None:
            yield name, None, function, "class" if is_class(function) else "function"
        elif name.startswith("optim."):
            yield name, (lambda n=name: wild_object(n, globals)), function, "method"
        else:
            yield name, (lambda c=cls: wild_calls.own(POOL, c)), function, "method"


POOL = wild_calls.Pool(random.Random(3))


def wild_object(name: str, globals: Table) -> Any:
    """An object of optim's classes."""
    optim = globals["optim"]
    return optim["ConfusionMatrix"](3) if "ConfusionMatrix" in name else optim["Logger"]("log.txt")


def plans(rng: random.Random, pool: list[Any], how: str) -> Iterator[tuple[bool, list[Any]]]:
    """(with self, arguments) of the calls of one target."""
    selves = (False,) if how != "method" else (False, True)
    for own in selves:
        yield own, []
        for value in pool:
            yield own, [value]
        for _ in range(len(pool)):
            yield own, [rng.choice(pool) for _ in range(rng.randint(2, MOST))]
        yield own, [pool[i % len(pool)] for i in range(9)]


class Caller:
    """Calls from Lua: `f(a, b)` and `o:m(a)` in chunks that are kept."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.chunks: dict[int, Any] = {}

    def __call__(self, function: Any, given: list[Any]) -> Any:
        n = len(given)
        if n not in self.chunks:
            names = ", ".join(f"a{i}" for i in range(n))
            text = f"local f{', ' if n else ''}{names} = ... local r = f({names}) return r"
            self.chunks[n] = self.environment.load(text, "=fuzz")
        return self.chunks[n](function, *given)


def picture(value: Any) -> Any:
    """What must not change in an argument, or in an object whose method fails."""
    if isinstance(value, Table) and typename(value) is not None:
        return [p.tobytes() for p in state(value)]
    return wild_calls.picture(value)


def fault(
    call: Caller, function: Any, given: list[Any], foreign: bool, thorough: bool
) -> str | None:
    """Call; what is wrong with how it fails, if it does."""
    # What stands for self without being of its class is the method's to change.
    kept = [v for v in given[1:] if v is not given[0]] if foreign and given else given
    before = [picture(v) for v in kept]
    started = time.process_time()
    try:
        call(function, given)
    except Exception as error:
        text = failure.message_of(error)
        told = failure.describe(error) if thorough else None
        for said in (text, told.hint if told is not None else None):
            plain = WORDS.sub("", said or "")
            found = FOREIGN.search(plain) or INTERNAL.search(plain)
            if found:
                return f"{type(error).__name__} {found[0]!r} in {said.splitlines()[-1]!r}"
        if [picture(v) for v in kept] != before:
            return f"changed: {text.splitlines()[-1]}"
    if time.process_time() - started > LIMIT:
        return "takes too long"
    return None


def shown(value: Any) -> str:
    if lua_type(value) == "table":
        return typename(value) or ("class" if is_class(value) else "table")
    return wild_calls.shown(value)


def run(share: float, only: str = "") -> tuple[int, int, list[str]]:
    """Make the calls; how many targets and calls there were, and the faults."""
    environment = Environment()
    environment.load("require 'nn' require 'optim' require 'image'", "=x")()
    frontend.install(lambda value, window: None)
    rng = random.Random(5)
    call = Caller(environment)
    calls, found, seen = 0, [], 0
    for name, maker, function, how in targets(environment.globals):
        if only not in name:
            continue
        seen += 1
        for own, args in plans(rng, values(), how):
            if rng.random() >= share:
                continue
            if own:
                if maker is None:
                    continue
                torch.manualSeed(1)
                args = [maker(), *args]
            calls += 1
            wrong = fault(call, function, args, how == "method" and not own, calls % 7 == 0)
            if wrong is not None:
                found.append(f"FAULT {name}({', '.join(map(shown, args))}): {wrong}")
    return seen, calls, found


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
    torch.complete()
    seen, calls, faults = run(float(sys.argv[1]), *sys.argv[2:])
    sys.__stdout__.write(
        "\n".join([*faults, f"{seen} targets, {calls} calls, {len(faults)} faults", ""])
    )
