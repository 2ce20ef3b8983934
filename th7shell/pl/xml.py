"""`pl.xml`: XML documents as tables {tag=, attr={…}, children…}, built, read, written and compared.

A child is a text or such a table; `attr` may list its names in order. `xml_parse` reads documents,
`xml_write` writes, `xml_copy` copies and compares them, `xml_match` finds patterns in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import attr
from th7shell.lua.marks import scratch
from th7shell.lua.stdlib import table as table_library
from th7shell.lua.stdlib.string import gsub

from . import xml_copy, xml_match, xml_parse, xml_write
from .utils import pieces
from .values import (
    LuaError,
    Table,
    array,
    call,
    index,
    insert,
    is_table,
    items,
    length,
    listed,
    lua_type,
    module,
    new_table,
    offer,
    results,
    set_index,
    setmetatable,
    state,
    true,
)
from .xml_match import is_tag

FUNCTIONS: dict[str, Callable[..., Any]] = {"is_tag": lambda d=None, *_: is_tag(d)}
METHODS: dict[str, Callable[..., Any]] = {}


def node(fields: dict[str, Any], children: Any = ()) -> Any:
    """A document's node."""
    return setmetatable(new_table(children, fields), scratch(module("xml"))["metatable"])


# ---- building


@offer(FUNCTIONS)
def new(tag: Any = None, attr: Any = None, *_: Any) -> Any:
    """A node with a tag and attributes."""
    for name, value, kind in (("tag", tag, "string"), ("attr", attr, "table")):
        if lua_type(value) != kind and not (name == "attr" and value is None):
            raise LuaError(f"expected '{name}' to be a {kind} value, got: {lua_type(value)}", 2)
    attributes = new_table() if attr is None else attr
    return node({"tag": tag, "attr": attributes, "last_add": new_table()})


@offer(FUNCTIONS)
def elem(tag: Any = None, items_: Any = None, *_: Any) -> Any:
    """A node with a child, or with the children and attributes of a table."""
    made = new(tag)
    if items_.__class__ is str or is_tag(items_):
        insert(made, items_)
    elif is_table(items_):
        for key, value in items(items_):
            if key.__class__ is str:
                set_index(made.attr, key, value)
                insert(made.attr, key)
            else:
                set_index(made, key, value)
    return made


@offer(FUNCTIONS)
def tags(list: Any = None, *_: Any) -> Any:
    """Functions that make nodes of these tags, a list or a text with commas, as `elem` does."""
    if list.__class__ is str:
        names = pieces(list.strip(" \t\n\r\f\v"), "%s*,%s*", False)
    else:
        names = listed(list)

    def maker(tag: Any) -> Callable[..., Any]:
        return lambda items=None, *_: elem(tag, items)

    return results(tuple(maker(tag) for tag in names))


@offer(METHODS)
def add_direct_child(self: Any = None, child: Any = None, *_: Any) -> Any:
    """Append a child to this node."""
    insert(self, child)
    return self


@offer(METHODS)
def add_child(self: Any = None, child: Any = None, *_: Any) -> Any:
    """Append a child at the current position."""
    added = self.last_add
    insert(added[length(added)] if length(added) else self, child)
    return self


@offer(METHODS)
def addtag(self: Any = None, tag: Any = None, attrs: Any = None, *_: Any) -> Any:
    """Append a node at the current position, which becomes the node."""
    made = new(tag, attrs)
    add_child(self, made)
    insert(self.last_add, made)
    return self


@offer(METHODS)
def text(self: Any = None, text: Any = None, *_: Any) -> Any:
    """Append a text at the current position."""
    return add_child(self, text)


@offer(METHODS)
def up(self: Any = None, *_: Any) -> Any:
    """Move the current position one level up."""
    table_library.remove(self.last_add)
    return self


@offer(METHODS)
def reset(self: Any = None, *_: Any) -> Any:
    """Move the current position to this node."""
    table_library.clear(self.last_add)
    return self


@offer(METHODS)
def set_attribs(self: Any = None, t: Any = None, *_: Any) -> Any:
    """Set attributes."""
    for name, value in items(t):
        set_index(self.attr, name, value)
    return self


@offer(METHODS)
def set_attrib(self: Any = None, a: Any = None, v: Any = None, *_: Any) -> Any:
    """Set an attribute; nil removes it."""
    set_index(self.attr, a, v)
    return self


@offer(METHODS)
def get_attribs(self: Any = None, *_: Any) -> Any:
    """The table of the attributes."""
    return self.attr


# ---- looking


@offer(METHODS)
def child_with_name(self: Any = None, tag: Any = None, *_: Any) -> Any:
    """The first child with a tag."""
    return next((c for c in listed(self) if is_tag(c) and c.tag == tag), ())


@offer(METHODS)
def get_elements_with_name(
    self: Any = None, tag: Any = None, dont_recurse: Any = None, *_: Any
) -> Any:
    """The list of the nodes with a tag below this one, or of its own children only."""
    found: list[Any] = []

    def look(parent: Any) -> None:
        for child in listed(parent):
            if is_table(child):
                if child["tag"] == tag:
                    found.append(child)
                if not true(dont_recurse):
                    look(child)

    look(self)
    return new_table(found)


@offer(METHODS)
def children(self: Any = None, *_: Any) -> Any:
    """Iterate over the children, texts among them."""
    place = 0

    def step(parent: Any = None, *_: Any) -> Any:
        nonlocal place
        place += 1
        return index(parent, place)

    return step, self, 0


@offer(METHODS)
def first_childtag(self: Any = None, *_: Any) -> Any:
    """The first child that is no text."""
    return next((c for c in listed(self) if is_tag(c)), ())


def stepping(nodes: Any) -> Callable[..., Any]:
    """An iterator over Python's."""
    return lambda *_: next(nodes, None)


@offer(METHODS)
def matching_tags(self: Any = None, tag: Any = None, xmlns: Any = None, *_: Any) -> Any:
    """Iterate over the children with a tag (any) and a namespace (this node's, if it has one)."""
    xmlns = self.attr["xmlns"] if xmlns is None else xmlns
    found = (
        child
        for child in array(self)
        if is_tag(child)
        and (not true(tag) or child.tag == tag)
        and (not true(xmlns) or child.attr["xmlns"] == xmlns)
    )
    return stepping(found)


@offer(METHODS)
def childtags(self: Any = None, *_: Any) -> Any:
    """Iterate over the children that are no texts."""
    return stepping(child for child in listed(self) if is_table(child))


@offer(METHODS)
def maptags(self: Any = None, callback: Any = None, *_: Any) -> Any:
    """Replace every child that is no text by callback(child); nil removes it."""
    place = 1
    while place <= length(self):
        child = index(self, place)
        if is_tag(child):
            made = call(callback, child)
            if made is None:
                table_library.remove(self, place)
                continue
            set_index(self, place, made)
        place += 1
    return self


@offer(METHODS)
def get_text(self: Any = None, *_: Any) -> str:
    """The node's own texts in a row."""
    return "".join(child for child in listed(self) if child.__class__ is str)


@offer(FUNCTIONS)
def walk(doc: Any = None, depth_first: Any = None, operation: Any = None, *_: Any) -> Any:
    """Call operation(tag, node) for a node and all below it, these first if asked to."""
    seen: set[int] = set()

    def visit(d: Any) -> None:
        if not true(depth_first):
            operation(d.tag, d)
        for child in listed(d):
            if is_tag(child):
                if id(child) in seen:
                    raise LuaError("recursion detected", 2)
                seen.add(id(child))
                visit(child)
        if true(depth_first):
            operation(d.tag, d)

    visit(doc)
    return ()


# ---- reading; writing, copying and comparing are in files of their own

FUNCTIONS["xml_unescape"] = xml_parse.xml_unescape
FUNCTIONS |= xml_write.FUNCTIONS | xml_copy.FUNCTIONS
METHODS |= {"tostring": xml_write.text_of, "filter": xml_copy.clone}


@offer(FUNCTIONS)
def basic_parse(s: Any = None, all_text: Any = None, html: Any = None, *_: Any) -> Any:
    """Read a document. With `all_text` blank texts are kept; `html`: by HTML's looser rules."""
    return xml_parse.parse(s, true(all_text), true(html), node)


@offer(FUNCTIONS)
def parsehtml(s: Any = None, *_: Any) -> Any:
    """Read well-formed HTML: tags in any case, unquoted attributes, elements such as <br>."""
    return basic_parse(s, False, True)


@offer(FUNCTIONS)
def parse(text_or_filename: Any = None, is_file: Any = None, use_basic: Any = None, *_: Any) -> Any:
    """Read a document from a text or file, by `lxp.lom` where there is one and `use_basic` is not
    set; nil and a message where it cannot be read."""
    source = text_or_filename
    if true(is_file):
        source = module("utils").readfile(text_or_filename)
        if source.__class__ is tuple:
            return source[:2]
    if not true(use_basic):
        found, lom = state.globals.pcall(state.globals.require, "lxp.lom")
        if found:
            doc = lom.parse(source)
            if doc.__class__ is tuple and doc[0] is None:
                return doc[:2]
            walk(
                doc,
                False,
                lambda _tag=None, d=None, *_: setmetatable(d, scratch(module("xml"))["metatable"]),
            )
            return doc
    return basic_parse(source)


# ---- patterns


def template(source: Any) -> Any:
    """The document of a pattern, read once from a text; None and a message for neither."""
    if source.__class__ is str:
        known = scratch(scratch(module("xml"))["metatable"])
        if source not in known:
            known[source] = parse(source, False, True)
        return known[source]
    return source if is_tag(source) else (None, "template is not a document")


@offer(METHODS)
def subst(self: Any = None, data: Any = None, *_: Any) -> Any:
    """A copy of a document in whose strings `$name` is a value of a table, `$1` of a list; for a
    list of tables a list of copies, below a node if it has a field `tag`."""
    if not is_table(data) or next(iter(items(data)), None) is None:
        return None, "data must be a non-empty table"
    doc = template(self)
    if doc.__class__ is tuple:
        return doc

    def filled(values: Any) -> Any:
        for i, value in enumerate(listed(values), 1):
            set_index(values, str(i), value)
        return xml_copy.clone(doc, lambda s=None, *_: gsub(s, "%$(%w+)", values))

    if not is_table(index(data, 1)):
        return filled(data)
    made = new_table(filled(values) for values in listed(data))
    return elem(data["tag"], made) if true(data["tag"]) else made


@offer(METHODS)
def match(self: Any = None, pat: Any = None, *_: Any) -> Any:
    """What a pattern, a document with `$name` for what is wanted, finds in this document: a table
    of it, and whether the pattern was found."""
    doc = template(pat)
    if doc.__class__ is tuple:
        return doc
    walk(doc, False, lambda _tag=None, d=None, *_: xml_match.mark_repeated(d))
    found = new_table()
    return found, xml_match.matches(self, doc, found, True)


def luaopen(globals: Table) -> Any:
    """The table of `require 'pl.xml'`."""
    metatable = new_table(fields={**METHODS, attr("__type"): "doc", attr("__tostring"): written})
    set_index(metatable, "__index", metatable)
    made = new_table(fields=FUNCTIONS)
    scratch(made)["metatable"] = metatable
    return made


def written(doc: Any = None, *_: Any) -> str:
    """The text of a document, for `tostring`."""
    return xml_write.text_of(doc)
