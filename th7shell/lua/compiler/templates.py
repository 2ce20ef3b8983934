"""Pieces of Python that Lua operations become, written as Python text (see `nodes.py`)."""

from __future__ import annotations

from .binary import BINARY
from .nodes import Template

# Whole results beyond `_LARGE` become floats, so that int arithmetic stays exact. Python compares
# numbers of one of its digits, which have 30 bits, in a third of the time: they come first.
_SMALL, _LARGE = (1 << 30) - 1, 1 << 51
_SUM = f"(-{_SMALL} <= RESULT <= {_SMALL} or -{_LARGE} <= _1 <= {_LARGE})"
_PRODUCT = f"(-{_SMALL} <= RESULT <= {_SMALL} and _1 or 0 < _1 <= {_LARGE})"  # 0 may be -0


def _arithmetic(text: str) -> dict[str, Template]:
    """Return the template for each of + - *, whose text differs in the operator alone."""
    return {
        op: Template(
            text.replace("EXACT", _PRODUCT if op == "*" else _SUM)
            .replace("RESULT", "(_1 := A @ B)" if "_1 :=" not in text else "_1")
            .replace("WHOLE", "multiply(A, B)" if op == "*" else "float(_1)")
            .replace("@@", BINARY[op].helper)
            .replace("@", op)
        )
        for op in "+-*"
    }


# Both operands unknown: both float, both int, or the helper decides.
UNKNOWN = _arithmetic(
    "(A @ B if _2 is float else _1 if _2 is int and EXACT else @@(A, B))"
    " if (_2 := A1.__class__) is B1.__class__ else @@(A, B)"
)
# One operand, a variable or a constant, is a float or a small literal.
LEFT_UNKNOWN = _arithmetic("A @ B1 if (_2 := A1.__class__) is float or _2 is int else @@(A, B)")
RIGHT_UNKNOWN = _arithmetic("A1 @ B if (_2 := B1.__class__) is float or _2 is int else @@(A, B)")
SCALED, SCALED_RIGHT = (
    Template(
        f"{operands} if (_2 := {unknown}1.__class__) is float or _2 is int and"
        f" -{_SMALL} <= {unknown} <= {_SMALL} else multiply(A, B)"
    )
    for operands, unknown in (("A * B", "A"), ("A1 * B", "B"))
)
# Numbers that may leave the exact range.
NUMBERS = _arithmetic("_1 if (_1 := A1 @ B1).__class__ is float or EXACT else WHOLE")
RAW = {
    op: Template(f"A1 {op} B1")
    for op in ("+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=")
}
DIVIDE = Template("A / B1 if (_2 := A1.__class__) is float or _2 is int else divide(A, B)")
DIVIDE_ANY = Template(
    "A / B if (_2 := A1.__class__) is B1.__class__ and (_2 is float or _2 is int) and B"
    " else divide(A, B)"
)
DIVIDE_NUMBERS = Template("A / B if (A1 is not B1 or True) and B else divide(A, B)")
MODULO = Template("A % B if A1.__class__ is int else modulo(A, B)")
MODULO_ANY = Template(
    "A % B if (_2 := A1.__class__) is B1.__class__ and _2 is int and B > 0 else modulo(A, B)"
)
SQUARE = Template("A * A if A1.__class__ is float else power(A, B)")
HELPER = {op: Template(f"{row.helper}(A1, B1)") for op, row in BINARY.items() if row.helper}
NEGATE = Template("-A if (_2 := A1.__class__) is float or _2 is int and A else negate(A)")
NEGATE_NUMBER = Template("-A if A1 else negate(A)")

# Comparisons.
_ORDERED = "(_2 is int or _2 is float or _2 is str)"
_COMPARED = {
    "<": "less(A, B)",
    "<=": "less_equal(A, B)",
    ">": "less(B, A)",
    ">=": "less_equal(B, A)",
}


def _comparison(text: str) -> dict[str, Template]:
    """Return the template for each comparison; `@@` is the helper's call."""
    return {
        op: Template(text.replace("@@", call).replace("@", op)) for op, call in _COMPARED.items()
    }


COMPARE = _comparison(f"A @ B if (_2 := A1.__class__) is B1.__class__ and {_ORDERED} else @@")
COMPARE_LEFT = _comparison("A @ B1 if (_2 := A1.__class__) is int or _2 is float else @@")
COMPARE_RIGHT = _comparison("A1 @ B if (_2 := B1.__class__) is int or _2 is float else @@")
EQUAL = Template(f"A == B if (_2 := A1.__class__) is B1.__class__ and {_ORDERED} else equal(A, B)")
IS = Template("A1 is B1")
IS_NOT = Template("A1 is not B1")
NOT = Template("not A1")
EQUAL_BIT = Template("A == B and A is not C if A1.__class__ is not tuple else equal(A, B)")

# Truth, choice, adjustment of results.
TRUE_SIMPLE = Template("A1 is not None and A is not False")
FALSE_SIMPLE = Template("A1 is None or A is False")
TRUE = Template("(_1 := A1) is not None and _1 is not False")
FALSE = Template("(_1 := A1) is None or _1 is False")
OR = Template("_1 if (_1 := A1) is not None and _1 is not False else B1")
AND = Template("B1 if (_1 := A1) is not None and _1 is not False else _1")
FIRST = Template("_1 if (_1 := A1).__class__ is not tuple else first(_1)")
PLAIN = Template("_1 if (_1 := A1).__class__ is not method else unbound(_1)")
# The method that an object O is asked for: what its class has may be called at once.
METHOD = Template(
    "_1 if (_1 := A1).__class__ is not method else _1.__func__ if _1.__self__ is O else unbound(_1)"
)
# A call whose arguments may stand twice: A by Python, of an object O that has no fields; else B.
METHOD_CALL = Template("A if O1.__class__ in direct else B")
SPREAD = Template("_1 if (_1 := A1).__class__ is tuple else (_1,)")
FEW = Template("V if len(V1) < most_values else few(V)")
VARARG_FIRST = Template("A[0] if A1 else None")

SELECT_COUNT = Template("len(V) if A1 is Standard.select else first(A('#', *V))")
SELECT = Template(
    "V[K - 1] if (_1 := A1) is not K1 and _1 is Standard.select and K.__class__ is int"
    " and 0 < K <= len(V)"
    " else first(_1(K, *V))"
)

# Tables.
BASE = Template("A if A1.__class__ is not str else string_fields")
# The array part of what is neither a table nor a vector of numbers is empty: its items are Python's
# own; that of a string is none. It is read when the key is known: finding that may change it.
INDEX = Template(
    "_2 if len(_1 := A.ħarray if A1.__class__ is not str else no_items)"
    " > (K if K1.__class__ is int else 0) > 0 and (_2 := _1[K]) is not None"
    " else index(A, K) if _1 else A[K]"
)
INDEX_LATER = Template(
    "_2 if len(_1 := A.ħarray if K1 is not A1 and A.__class__ is not str else no_items)"
    " > (K if K.__class__ is int else 0) > 0 and (_2 := _1[K]) is not None"
    " else index(A, K) if _1 else A[K]"
)
INDEX_OBJECT = Template(
    "_2 if (_1 := _3.ħarray if (_3 := A1) is not K1 and _3.__class__ is not str else no_items)"
    " is not None and K.__class__ is int and 0 < K < len(_1)"
    " and (_2 := _1[K]) is not None else index(_3, K) if _1 else _3[K]"
)
INDEX_COUNT, INDEX_WHOLE = (
    Template(
        f"_2 if len(_1 := A1.ħarray) > K1{more} and (_2 := _1[K]) is not None"
        " else index(A, K) if _1 else A[K]"
    )
    for more in ("", " > 0")
)
INDEX_COUNT_OBJECT, INDEX_WHOLE_OBJECT = (
    Template(
        f"_2 if len(_1 := (_3 := A1).ħarray) > K1{more} and (_2 := _1[K]) is not None"
        " else index(_3, K) if _1 else _3[K]"
    )
    for more in ("", " > 0")
)
# The same in pieces, ahead of the statement: a read, after an exception None, what else there is.
ITEM = Template("_1[K] if (_1 := A.ħarray) else None")
ITEM_WHOLE = Template("_1[K] if (_1 := A.ħarray) and K > 0 else None")
ITEM_ELSE = Template("index(A, K) if B else A[K]")
# A row `A[K]` whose array part `_1` was read before. If it is empty the object may have elements by
# several places, which makes no row: `of_grid` gives nil where that is not so.
ROW, ROW_COUNT, ROW_WHOLE = (
    Template(
        f"_2 if len(_1) > {place} and (_2 := _1[K]) is not None else index(A, K) if _1 else A[K]"
    )
    for place in ("(K if K.__class__ is int else 0) > 0", "K", "K > 0")
)
ROW_ITEM = Template("_1[K]")
ROW_ITEM_WHOLE = Template("_1[K] if K > 0 else None")
ARRAY = Template("A.ħarray if A.__class__ is not str else no_items")
ARRAY_OF_COUNT = Template("A.ħarray")
GRID = Template("_2 if not (_1 := R) and (_2 := of_grid(A, K, L)) is not None else P")
GRID_OF_ROWS = Template("_2 if not (_1 := R) and (_2 := of_cube(A, K, L, M)) is not None else P")
INDEX_HELPER = Template("index(A1, K1)")
LENGTH = Template("len(A) if A1.__class__ is str else length(A)")
LENGTH_TEXT = Template("len(A1)")
NUMBER_TEXT = Template("number_text(A1)")
JOIN = Template("A + B if A1.__class__ is B1.__class__ is str else concat(A, B)")
JOIN_LEFT = Template("A + B1 if A1.__class__ is str else concat(A, B)")
JOIN_RIGHT = Template("A1 + B if B1.__class__ is str else concat(A, B)")
STORABLE = Template("A1.__class__ is not function")
PLAIN_VALUE = "_1[K] is not None"  # of a kind that is known and no boolean
ANY_VALUE = "_1[K] is not None and V is not True and V is not False"
TRUTH = (
    "((_2 := _1[K]) is True or _2 is False or _2 is not None and _1.__class__ is not memoryview)"
)
# Storing in place: into a table's array part if something is there, or into a vector's, which
# would take booleans for numbers. A value that it refuses otherwise is an exception.
STORE_COUNT = "(_3 := len(_1 := A1.ħstore)) > K1"
STORE_WHOLE = "(_3 := len(_1 := A1.ħstore)) > K1 > 0"
STORE_ANY = "(_3 := len(_1 := A1.ħstore)) > (K if K1.__class__ is int else -1) > 0"
STORES = {
    (place, value): Template(f"{place} and {value}")
    for place in (STORE_COUNT, STORE_WHOLE, STORE_ANY)
    for value in (PLAIN_VALUE, ANY_VALUE, TRUTH)
}
AT_END = Template("K == N and A.__class__ is table and L.__class__ is list and V is not None")
AT_END_SURELY = Template("K == N and A.__class__ is table and L.__class__ is list")
FOR_LIMIT = Template("A + B if A1.__class__ is int else for_limit(A, B)")
