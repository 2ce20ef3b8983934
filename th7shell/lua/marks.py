"""Names that no Lua program can spell: the marker letter and a word.

A Lua name holds bytes only, so U+0127 is in none. Rooms above `lua` read what these attributes hold
through the functions below; on classes of their own they may declare those of TYPE_ATTRIBUTES.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from .regular import pattern

MARK = "ħ"
ENVIRONMENT = MARK + "environment"
VARARG = MARK + "va"
EXTRA = MARK + "extra"
CHUNK = MARK + "chunk"
SOURCE = MARK + "source"
WORLD = MARK + "world"
STRING_FIELDS = MARK + "string_fields"

# slots of a table
TABLE_ATTRIBUTES = {
    "ħarray": "list whose [0] is unused and [1..n] is the array part",
    "ħhash": "dict of the keys neither in the array part nor strings; None or unset at first",
    "ħscratch": "what the engine keeps with the table: plans, handles of files",
    "ħcursor": "where `next` stands",
    "ħorder": "the order of its keys where its dicts do not tell",
    "ħclass": "the class of the tables whose metatable it is",
    "ħlayer": "the class of its fields, if it serves as `__index`",
}
# attributes of classes whose instances Lua can index
TYPE_ATTRIBUTES = {
    "ħarray": "() where instances have no array part; else place 0 is not to be touched",
    "ħstore": "ditto, where compiled code writes; of a table the array part itself",
    "ħread_parts": "None, or what gives `o[{i, {a, b}, {}}]` of tuples; None where a table must",
    "ħwrite_parts": "None, or what stores there, and tells whether it did",
    "ħmeta": "the metatable of instances",
    "ħweak": "whether that metatable has __mode",
    "ħlength": "what `#` calls, where Python's `len` is another thing",
    "ħtype": "what `type` says, where it is not userdata",
    "ħchanged": "called after a raw store into a table that others depend on, a metatable",
    "ħwatched": "the subclass whose stores are noticed",
    "ħfollowers": "classes made from this one's metatable, which change with it",
    "ħcounts": "how many followers have each field",
    "ħown": "what a class is while its instances borrow no methods",
}
# attributes of other objects
OBJECT_ATTRIBUTES = {
    "ħheld": "the Python object inside a file or a `python` proxy",
    "ħleft": "what closes a file that nobody holds any more",
    "ħstored": "the entries of a tds.Hash or tds.Vec",
    "ħctype": "the type of C data",
    "ħaddress": "where C data lies, or a pointer leads",
    "ħmemory": "the memory that C data is part of",
    "ħview": "the numbers that C data holds, as a memoryview",
    "ħvalues": "of an iterator without arguments: how many values a step gives, and all steps",
    "ħbuiltin": "of a function of the library: its number and whose it is",
    "ħmessage": "of an exception: its Lua error value, once it was caught",
    "ħargcheck": "of a function that argcheck made: its rules, all overloads'",
}
# variables of compiled functions and of their globals, besides `ħ` and a helper's name
VARIABLES = {
    "ħenvironment": "the function's environment; with a number behind it, one of setfenv's",
    "ħva": "the extra arguments, `...`",
    "ħextra": "ditto, of a function that does not use them",
    "ħtemporary": "a value that an expression needs twice; a number follows",
    "ħclosure": "a function before it is stored; a number follows",
    "ħiterator": "of a `for`: its function; a number follows",
    "ħdirect": "of a `for`: whether Python iterates; a number follows",
    "ħvalue": "of a `for`: the value in hand; a number follows",
    "ħgoto": "the label that a jump is on its way to",
    "ħat": "a label; a number follows",
    "ħchunk": "the chunk's name",
    "ħsource": "the chunk's source text",
    "ħworld": "the world in which it was compiled",
    "ħstring_fields": "where that world finds methods of strings",
    "ħnodes": "the operations of the chunk's tree by source range",
    "ħlater": "dicts of globals that followed this one",
    "ħresolve": "makes a value that is pending",
    "ħshown": "the text that errors quote of an entry",
}

_MARKED = pattern(rf"{MARK}+(\w*)")


def plain(text: str) -> str:
    """Return a text for people without the marker: no message carries it."""
    return _MARKED.sub(r"\1", text) if MARK in text else text


#: the array part of a table: a list whose [0] is unused, to be read only
array_part: Any = attrgetter("ħarray")


def class_metatable(kind: type) -> Any:
    """Return the metatable of the instances of a class whose instances Lua can index, or None."""
    return kind.ħmeta  # type: ignore[attr-defined]


#: `scratch` of a table that has one, AttributeError where it has none yet: no frame of Python's
held_scratch: Any = attrgetter("ħscratch")


def scratch(table: Any) -> dict[Any, Any]:
    """Return the dict in which the engine keeps what belongs to a table and is no field of it:
    plans, work arrays, handles. Lua, clones and files never see it."""
    try:
        return table.ħscratch
    except AttributeError:
        kept: dict[Any, Any] = {}
        table.ħscratch = kept
        return kept
