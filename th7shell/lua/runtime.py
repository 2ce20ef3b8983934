"""Lua's operations where compiled code does not do them in place: coercions, metamethods, errors.

Compiled code calls these by the names in `HELPERS`. Python's int and float are one Lua number;
whole results beyond 2^51 are floats, so that int arithmetic stays exact.
"""

from __future__ import annotations

import math
from types import FunctionType, MethodType
from typing import Any

from . import metatables
from .arithmetic import (
    LIMIT,
    add,
    answers,
    divide,
    equal,
    less,
    less_equal,
    less_than,
    modulo,
    multiply,
    negate,
    number_of,
    power,
    subtract,
    truth,
)
from .errors import LuaError, OperandError
from .host import DIRECT, unbound
from .iteration import HELPERS as ITERATION
from .metatables import metamethod
from .order import Layout
from .values import (
    NO_ITEMS,
    Count,
    Grid,
    LuaObject,
    SparseList,
    Table,
    attr,
    first,
    length,
    number_text,
    order_of,
    rawget,
    rawset,
)

REFUSED = TypeError, ValueError, OverflowError  # a value by the memory of a vector
MOST_VALUES = 10_000  # that a call passes or returns, where their number may grow
__all__ = ["HELPERS", "caught", "first", "index", "less_than", "power", "set_index", "truth"]


def caught(error: BaseException) -> Any:
    """Return the Lua value of an exception, as `pcall` gives it: its message with position and
    names."""
    from .failures import caught as value_of

    return value_of(error)


# ---- strings


def concat(*parts: Any) -> Any:
    """a .. b .. c, from the right to the left as Lua does it."""
    try:
        return "".join(parts)
    except TypeError:
        pass
    result = first(parts[-1])
    i = len(parts) - 2
    while i >= 0:
        left = first(parts[i])
        a, b = _text(left), _text(result)
        if a is None or b is None:
            result = _concat_other(left, result, i)
        else:
            result = a + b
        i -= 1
    return _text(result) if result.__class__ in (int, float) else result


def _text(value: Any) -> str | None:
    kind = value.__class__
    if kind is str:
        return value
    return number_text(value) if kind is int or kind is float else None


def _concat_other(a: Any, b: Any, i: int) -> Any:
    """Join two values one of which is no text; `a` is part number i of the expression."""
    handler = metamethod(a, "__concat")
    if handler is None and not answers(a, "__concat__"):
        handler = metamethod(b, "__concat")
    if handler is not None:
        return first(handler(a, b))
    for owner, special in ((a, "__concat__"), (b, "__rconcat__")):
        method = getattr(owner.__class__, special, None) if isinstance(owner, LuaObject) else None
        if method is not None:
            return first(method(owner, b if owner is a else a))
    left_is_text = _text(a) is not None
    raise OperandError("concatenate", b if left_is_text else a, i + left_is_text)


# ---- tables


def index(o: Any, key: Any) -> Any:
    """o[key] with metamethods."""
    kind = o.__class__
    if kind is Table:
        if key.__class__ is str:
            value = o.__dict__.get(key)
            if value is not None or key[-1:] != "_":  # names that Python might know
                return value
        elif key.__class__ is int:
            a = o.ħarray
            if a.__class__ is not SparseList:
                return a[key] if 0 < key < len(a) else None
        return rawget(o, key)
    if kind is str:
        return metatables.index_string(o, key)
    if isinstance(o, Table) and kind.ħmeta is not None:
        return metatables.index(o, key)
    if isinstance(o, LuaObject):
        if key.__class__ is str:
            value = getattr(o, attr(key), None)
            if value is None and kind.ħtype == "cdata":
                return o[key]  # a name that no chunk mentions
            return value if value.__class__ is not MethodType else unbound(value)
        return o[key]
    if kind is type or isinstance(o, type):
        if issubclass(o, LuaObject):
            return o[key] if key.__class__ is not str else getattr(o, attr(key), None)
    if kind is tuple:
        return index(first(o), key)
    handler = metatables.of_type(o, "__index")
    if handler is not None:
        return metatables.by_handler(handler, o, key)
    raise OperandError("index", o, key=key)


def set_index(o: Any, key: Any, value: Any) -> None:
    """o[key] = value with metamethods."""
    kind = o.__class__
    if kind is Table:
        if key.__class__ is str and value is not None:
            fields = o.__dict__
            if key in fields or key[-1:] != "_":
                fields[key] = value
                return
        rawset(o, key, value)
    elif isinstance(o, Table) and kind.ħmeta is not None:
        metatables.set_index(o, key, value)
    elif isinstance(o, LuaObject):
        if key.__class__ is str and not isinstance(o, Table) and kind.ħtype != "cdata":
            setattr(o, attr(key), value)
        else:
            o[key] = value
    elif isinstance(o, type) and issubclass(o, LuaObject):
        o[key] = value  # type: ignore[call-arg]
    else:
        handler = metatables.of_type(o, "__newindex")
        if handler is None:
            raise OperandError("index", o, key=key)
        metatables.store_by_handler(handler, o, key, value)


def index_pair(o: Any, i: Any, j: Any) -> Any:
    """o[{i, j}], without the table where `o` is a matrix that has a grid."""
    try:
        grid = o.ħarray
    except AttributeError:
        grid = None
    if grid.__class__ is Grid and grid.dimensions == 2:
        if i.__class__ is int is j.__class__ and i > 0 < j:
            try:
                return grid.view[i, j]
            except IndexError:
                pass
    if grid or grid is None:
        return index(o, make_list([None, i, j]))
    return index_parts(o, (i, j))


def set_pair(o: Any, i: Any, j: Any, value: Any) -> None:
    """o[{i, j}] = value"""
    try:
        grid = o.ħstore
    except AttributeError:
        grid = None
    if grid.__class__ is Grid and grid.dimensions == 2:
        if i.__class__ is int is j.__class__ and i > 0 < j:
            if value.__class__ is float or value.__class__ is int:
                try:
                    grid.view[i, j] = value
                    return
                except (IndexError, *REFUSED):
                    pass
    if grid or grid is None:
        set_index(o, make_list([None, i, j]), value)
    else:
        set_parts(o, (i, j), value)


def index_parts(o: Any, parts: tuple[Any, ...]) -> Any:
    """o[{i, {a, b}, {}}], whose ranges come as tuples: an object may take them so, and needs no
    tables."""
    read = getattr(o.__class__, "ħread_parts", None)
    if read is not None and (found := read(o, parts)) is not None:
        return found
    return index(o, _listed(parts))


def set_parts(o: Any, parts: tuple[Any, ...], value: Any) -> None:
    """o[{i, {a, b}, {}}] = value"""
    write = getattr(o.__class__, "ħwrite_parts", None)
    if write is None or not write(o, parts, value):
        set_index(o, _listed(parts), value)


def _listed(parts: tuple[Any, ...]) -> Table:
    """The table that has these members."""
    if tuple in map(type, parts):
        parts = tuple(_listed(part) if part.__class__ is tuple else part for part in parts)
    key = _new(Table)
    key.ħarray = [None, *parts] if parts else NO_ITEMS
    return key


def of_grid(o: Any, i: Any, j: Any) -> Any:
    """o[i][j] of a matrix that has a grid; None of all else, which the row must tell."""
    grid = o.ħarray
    if grid.__class__ is Grid:
        if grid.dimensions == 2 and i.__class__ is int is j.__class__ and i > 0 < j:
            try:
                return grid.view[i, j]
            except IndexError:
                pass
    elif grid.__class__ is Count:
        grid.asked(o)
    return None


def of_cube(o: Any, i: Any, j: Any, k: Any) -> Any:
    """o[i][j][k] of a cube that has a grid; None of all else"""
    grid = o.ħarray
    if grid.__class__ is Grid:
        if grid.dimensions == 3 and _counts(i, j, k):
            try:
                return grid.view[i, j, k]
            except IndexError:
                pass
    elif grid.__class__ is Count:
        grid.asked(o)
    return None


def set_in_grid(o: Any, i: Any, j: Any, value: Any) -> bool:
    """o[i][j] = value of a matrix that has a grid; tells whether it is one."""
    grid = getattr(o, "ħstore", None)
    if grid.__class__ is Grid:
        if grid.dimensions == 2 and i.__class__ is int is j.__class__ and i > 0 < j:
            kind = value.__class__
            try:
                if kind is int or (kind is float and not grid.whole):
                    grid.view[i, j] = value
                    return True
                if kind is float:
                    grid.view[i, j] = int(value)
                    return True
            except (IndexError, *REFUSED):
                pass
    elif (count := getattr(o, "ħarray", None)).__class__ is Count:
        count.asked(o)
    return False


def index_triple(o: Any, i: Any, j: Any, k: Any) -> Any:
    """o[{i, j, k}]"""
    grid = getattr(o, "ħarray", None)
    if grid.__class__ is Grid and grid.dimensions == 3 and _counts(i, j, k):
        try:
            return grid.view[i, j, k]
        except IndexError:
            pass
    return index_parts(o, (i, j, k))


def set_triple(o: Any, i: Any, j: Any, k: Any, value: Any) -> None:
    """o[{i, j, k}] = value"""
    grid = getattr(o, "ħstore", None)
    if grid.__class__ is Grid and grid.dimensions == 3 and _counts(i, j, k):
        if value.__class__ is float or value.__class__ is int:
            try:
                grid.view[i, j, k] = value
                return
            except (IndexError, *REFUSED):
                pass
    set_parts(o, (i, j, k), value)


def _counts(i: Any, j: Any, k: Any) -> bool:
    """Whether keys are whole numbers from 1 on."""
    return i.__class__ is j.__class__ is k.__class__ is int and i > 0 < j and k > 0


def set_field(o: Any, name: str, value: Any) -> None:
    """o.name = value where the value may be nil or the object no table."""
    set_index(o, name, value)


def length_of(o: Any) -> Any:
    """#o"""
    kind = o.__class__
    if kind is Table:
        return length(o)
    if kind is str:
        return len(o)
    if kind is tuple:
        return length_of(first(o))
    handler = metamethod(o, "__len")
    if handler is not None:
        return first(handler(o, o))
    if isinstance(o, LuaObject):  # of a table without `__len`, this is its length
        method = kind.ħlength or getattr(kind, "__len__", None)
        if method is not None:
            return method(o)
    elif isinstance(o, type) and issubclass(o, LuaObject):
        return 0
    raise OperandError("get length of", o)


_new = object.__new__


def new_table() -> Table:
    """{}"""
    t = _new(Table)
    t.ħarray = NO_ITEMS
    return t


def make_list(values: list[Any]) -> Table:
    """{a, b, …}: `values` begins at 1."""
    t = _new(Table)
    t.ħarray = values
    return t


def make_record(fields: dict[str, Any]) -> Table:
    """{x = a, …}, by attribute name."""
    t = _new(Table)
    t.ħarray = NO_ITEMS
    t.__dict__ = fields
    return t


def make_table(values: list[Any], fields: dict[str, Any]) -> Table:
    """{a, b, x = c, …}"""
    t = _new(Table)
    t.ħarray = values
    t.__dict__ = fields
    return t


def laid(t: Table, layout: Layout) -> Table:
    """Tell how a constructor lays the keys of its table, where their order alone does not."""
    order_of(t).layout = layout
    return t


item = object()  # stands for "the next position" among the entries of `build_table`


def build_table(entries: list[tuple[Any, Any]], *rest: Any) -> Table:
    """{…} from entries in the order in which they stand, and the results of a last call."""
    t = Table()
    values: list[Any] = [None]
    for key, value in entries:
        if key is item:
            values.append(value)
        elif value is not None or key is None:
            rawset(t, key, value)
        elif key != key:
            rawset(t, key, value)
    values.extend(rest)
    if len(values) > 1:
        for i in range(1, len(values)):
            if values[i] is not None or rawget(t, i) is not None:
                rawset(t, i, values[i])
    return t


# ---- calls and results


def adjust(results: Any, count: int) -> Any:
    """Return the results of a call as a tuple of exactly `count` values."""
    if results.__class__ is not tuple:
        return (results, *(None,) * (count - 1))
    missing = count - len(results)
    return results[:count] if missing <= 0 else results + (None,) * missing


def results(values: tuple[Any, ...]) -> Any:
    """Return values the way a function returns them: one bare, others as a tuple."""
    if 1 < len(values) < MOST_VALUES:
        return values
    return values[0] if len(values) == 1 else few(values)


def few(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values that end a list of arguments or results. Error: so many that Lua's stack
    would not hold them."""
    if len(values) < MOST_VALUES:
        return values
    raise LuaError("stack overflow", 1)


def method(o: Any, name: str) -> Any:
    """Return o[name] for a call o:name(…) whose name Python's own objects know."""
    return index(o, name)


def for_limit(limit: Any, one: int) -> int:
    """Return the end of a `range` for the limit of a numeric loop; `one` is the direction of the
    loop."""
    value = number_of(limit)
    if value is None:
        raise LuaError("'for' limit must be a number", 1)
    if value != value:
        return -LIMIT if one > 0 else LIMIT
    if value in (math.inf, -math.inf) or abs(value) > LIMIT:
        return LIMIT if value > 0 else -LIMIT
    return (math.floor(value) if one > 0 else math.ceil(value)) + one


def for_range(start: Any, limit: Any, step: Any = 1) -> Any:
    """Return what `for i = start, limit, step` runs over."""
    numbers = []
    for value, what in ((start, "initial value"), (limit, "limit"), (step, "step")):
        number = number_of(value)
        if number is None:
            raise LuaError(f"'for' {what} must be a number", 1)
        numbers.append(number)
    a, b, c = numbers
    if c != c or a != a or b != b or c == 0:
        return _float_range(a, b, c)
    if (
        a.__class__ is float
        and a.is_integer()
        and abs(a) <= LIMIT
        and (a or math.copysign(1, a) > 0)
    ):
        a = int(a)
    if c.__class__ is float and c.is_integer() and abs(c) <= LIMIT:
        c = int(c)
    if a.__class__ is int and c.__class__ is int:
        return range(a, for_limit(b, 1 if c > 0 else -1), c)
    return _float_range(a, b, c)


def _float_range(a: Any, b: Any, c: Any) -> Any:
    if c > 0 or (c == 0 and math.copysign(1, c) > 0):  # a step of 0 never ends, as in LuaJIT
        while a <= b:
            yield a
            a += c
    else:
        while a >= b:
            yield a
            a += c


def wide(value: int, unsigned: bool) -> Any:
    """1LL, 1ULL"""
    from .stdlib.ffi_data import integer

    return integer(value, unsigned)


HELPERS: dict[str, Any] = {
    "laid": laid,
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "modulo": modulo,
    "power": power,
    "negate": negate,
    "equal": equal,
    "less": less,
    "less_equal": less_equal,
    "truth": truth,
    "concat": concat,
    "number_text": number_text,
    "index": index,
    "set_index": set_index,
    "index_pair": index_pair,
    "set_pair": set_pair,
    "index_triple": index_triple,
    "set_triple": set_triple,
    "index_parts": index_parts,
    "set_parts": set_parts,
    "of_grid": of_grid,
    "of_cube": of_cube,
    "set_in_grid": set_in_grid,
    "memoryview": memoryview,
    "refused": REFUSED,
    "beyond": IndexError,
    "set_field": set_field,
    "length": length_of,
    "new": _new,
    "no_items": NO_ITEMS,
    "new_table": new_table,
    "make_list": make_list,
    "make_record": make_record,
    "make_table": make_table,
    "build_table": build_table,
    "item": item,
    "wide": wide,
    "adjust": adjust,
    "results": results,
    "few": few,
    "most_values": MOST_VALUES,
    "first": first,
    "method": MethodType,
    "direct": DIRECT,
    "unbound": unbound,
    "method_of": method,
    "function": FunctionType,
    "table": Table,
    "for_limit": for_limit,
    "for_range": for_range,
    "infinity": math.inf,
    "minus_infinity": -math.inf,
    **{f.__name__: f for f in (int, float, str, bool, tuple, list, range, len)},
    **ITERATION,
}
