"""moses: the functional helpers that nn and many programs load (`local _ = require 'moses'`),
version 1's argument order: functions get (key, value).

`tables` has what works on any table, `lists` what works on lists, `values` tests, copies and
function makers.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import new_table

from . import lists, tables, values

#: other names of the same functions
ALIASES = {
    "forEach": "each",
    "forEachi": "eachi",
    "collect": "map",
    "inject": "reduce",
    "foldl": "reduce",
    "injectr": "reduceRight",
    "foldr": "reduceRight",
    "mapr": "mapReduce",
    "any": "include",
    "some": "include",
    "contains": "include",
    "filter": "select",
    "discard": "reject",
    "every": "all",
    "takeWhile": "selectWhile",
    "rejectWhile": "dropWhile",
    "shift": "pop",
    "remove": "pull",
    "rmRange": "removeRange",
    "chop": "removeRange",
    "sub": "slice",
    "head": "first",
    "take": "first",
    "tail": "rest",
    "skip": "last",
    "without": "difference",
    "diff": "difference",
    "symdiff": "symmetricDifference",
    "xor": "symmetricDifference",
    "uniq": "unique",
    "isuniq": "isunique",
    "transpose": "zip",
    "mirror": "invert",
    "join": "concat",
    "cache": "memoize",
    "juxt": "juxtapose",
    "methods": "functions",
    "choose": "pick",
    "drop": "omit",
    "defaults": "template",
    "compare": "isEqual",
}

FUNCTIONS = {**tables.FUNCTIONS, **lists.FUNCTIONS, **values.FUNCTIONS}
MOSES = new_table(
    fields={**FUNCTIONS, **{alias: FUNCTIONS[name] for alias, name in ALIASES.items()}}
)


FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Any:
    """What `require 'moses'` returns; no global is set."""
    return MOSES


__all__ = ["MOSES", "luaopen"]
