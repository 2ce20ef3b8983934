"""Weak tables and finalizers: what `__mode` and `__gc` promise, kept when the program collects
garbage.

Tables hold their contents strongly between collections. `collect` puts weak references in the place
of what a weak table holds weakly, lets Python collect, and puts back what is still alive.

Programs of Torch's time call `collectgarbage()` in every step. A search through everything takes
tens of milliseconds here, so it is done once a second at most; calls between look through what is
young; and neither takes more than a twentieth of the program's time. As long as a weak table or
a finalizer could tell the difference, each call looks through everything.
"""

from __future__ import annotations

import gc
import time
import weakref
from types import FunctionType
from typing import Any

from .marks import CHUNK
from .state import current
from .values import LuaObject, Table, forget_order, others, rawget


def _tables() -> weakref.WeakSet[Table]:
    """The weak tables of the running world: no other thread uses them meanwhile."""
    world = current.world
    if world.weak_tables is None:
        world.weak_tables = weakref.WeakSet()
    return world.weak_tables


def register(t: Table) -> None:
    """Note that a table has a metatable with `__mode`."""
    _tables().add(t)


def register_all(cls: Any) -> None:
    """Note all tables of a class whose metatable has just been given `__mode`."""
    for o in gc.get_referrers(cls):
        if o.__class__ is cls:
            _tables().add(o)


def collect() -> None:
    """Free what nothing holds, or only weak tables."""
    if _later and not _running:
        waiting = _later[:]
        _later.clear()
        _finalize(waiting)
    tables = _tables()
    if not tables:
        _search(thoroughly=_finalizers)
        return
    saved = [(t, *_weaken(t)) for t in list(tables)]
    gc.collect()
    for t, array, fields, rest in saved:
        _restore(t, array, fields, rest)


EVERY = 1.0  # seconds between two searches through everything, at least
SHARE = 20  # a search waits till that many times what the last one took has gone by
_due = [-EVERY, -EVERY]  # when what is young, and everything, may be searched again
_finalizers = False  # a metatable of userdata has had `__gc`


def _search(thoroughly: bool) -> None:
    begun = time.monotonic()
    whole = thoroughly or begun >= _due[1]
    if not whole and begun < _due[0]:
        return
    gc.collect(2 if whole else 1)
    ended = time.monotonic()
    wait = SHARE * (ended - begun)
    if whole:
        _due[1] = ended + max(wait, EVERY)
    else:
        _due[0] = ended + wait


def search_soon() -> None:
    """Note that the program has made what others see go, a file: the next search looks at
    everything."""
    _due[1] = -EVERY


def expect_finalizers() -> None:
    """Note that the program will see what is freed when."""
    global _finalizers
    _finalizers = True


def expects_finalizers() -> bool:
    """Whether the program will see what is freed when."""
    return _finalizers


def _mode(t: Table) -> str:
    metatable = t.__class__.ħmeta
    mode = None if metatable is None else rawget(metatable, "__mode")
    return mode if mode.__class__ is str else ""


def _reference(value: Any, is_weak: bool) -> Any:
    """Return a weak reference to an object that can be collected, else the value itself."""
    if is_weak and isinstance(value, (LuaObject, FunctionType)) and value.__class__ is not type:
        try:
            return weakref.ref(value)
        except TypeError:
            return value  # an object of a class without weak references
    return value


def _weaken(t: Table) -> tuple[list[Any], dict[str, Any], list[tuple[Any, Any]]]:
    """Take the contents out of a table; return them, by weak references where its mode says so."""
    mode = _mode(t)
    weak_keys, weak_values = "k" in mode, "v" in mode
    array = [_reference(v, weak_values) for v in t.ħarray]
    fields = {k: _reference(v, weak_values) for k, v in t.__dict__.items()}
    rest = [(_reference(k, weak_keys), _reference(v, weak_values)) for k, v in others(t).items()]
    if len(array) > 1:
        t.ħarray[1:] = [None] * (len(array) - 1)
    forget_order(t)
    t.__dict__.clear()
    others(t).clear()
    return array, fields, rest


def _alive(value: Any) -> Any:
    return value() if value.__class__ is weakref.ref else value


def _restore(
    t: Table, array: list[Any], fields: dict[str, Any], rest: list[tuple[Any, Any]]
) -> None:
    """Put back what is alive; what a finalizer has stored meanwhile wins."""
    for i, value in enumerate(array):
        if i and i < len(t.ħarray) and t.ħarray[i] is None:
            t.ħarray[i] = _alive(value)
    for name, value in fields.items():
        if (value := _alive(value)) is not None:
            t.__dict__.setdefault(name, value)
    inner = others(t)
    for key, value in rest:
        key, value = _alive(key), _alive(value)
        if key is not None and value is not None:
            inner.setdefault(key, value)


_later: list[tuple[Any, Any]] = []  # (handler, userdata) freed while a finalizer ran
_running = False


def _finalize(pairs: list[tuple[Any, Any]]) -> None:
    """Run finalizers. What they free themselves waits for the next time, or there might be no
    end."""
    global _running
    _running = True
    try:
        for handler, value in pairs:
            try:
                handler(value)
            except Exception:
                continue  # as in Lua, where nobody could catch it
    finally:
        _running = False


def set_finalizer(cls: Any, handler: Any) -> None:
    """Let `__gc` of a userdata's metatable run when the object is freed; its errors are dropped."""
    if handler is None:
        if "__del__" in cls.__dict__:
            del cls.__del__
        return
    if handler.__class__ is FunctionType and CHUNK in handler.__globals__:
        expect_finalizers()  # else our own, which close files: they can wait

    def __del__(self: Any) -> None:
        if _running:
            _later.append((handler, self))
            return
        waiting = [*_later, (handler, self)]
        _later.clear()
        _finalize(waiting)

    cls.__del__ = __del__
