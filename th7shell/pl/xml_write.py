"""Writing `pl.xml`'s documents."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.arguments import check_string
from th7shell.lua.stdlib.string import rep

from .values import array, index, is_table, items, listed, offer, tostring, true

FUNCTIONS: dict[str, Callable[..., Any]] = {}
ESCAPES = {"'": "&apos;", '"': "&quot;", "<": "&lt;", ">": "&gt;", "&": "&amp;"}
PREFACE = "<?xml version='1.0'?>"
_ESCAPED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f'\"<>&]")


@offer(FUNCTIONS)
def xml_escape(str: Any = None, *_: Any) -> str:
    """A text as it stands in a document: entities for quotes, <, > and &, `\\xHH` for control
    characters."""
    text = check_string(1, str)
    return _ESCAPED.sub(lambda m: ESCAPES.get(m[0]) or f"\\x{ord(m[0]):02X}", text)


class Writer:
    """Writes nodes, each on a line of its own where there is an indent."""

    def __init__(self, indent: str | None, attribute_indent: str | None) -> None:
        self.indent, self.attribute_indent = indent, attribute_indent
        self.out: list[str] = []

    def node(self, t: Any, block: str, namespace: Any = None) -> None:
        """Write a node behind `block`, within one of a namespace."""
        line = "" if self.indent is None else f"\n{block}"
        spread = "" if self.attribute_indent is None else f"\n{block}{self.attribute_indent}"
        self.out.append(f"{line}<{t.tag}")
        self.attributes(t.attr, spread or " ", namespace)
        children = array(t)
        if not children:
            self.out.append(f"\n{block}/>" if spread else "/>")
            return
        self.out.append(">")
        for child in children:
            if is_table(child):
                self.node(child, block + (self.indent or ""), t.attr["xmlns"])
            else:
                self.out.append(xml_escape(tostring(child)))
        last = line if any(is_table(child) for child in children) else ""
        self.out.append(f"{last}</{t.tag}>")

    def attributes(self, attributes: Any, before: str, namespace: Any) -> None:
        """Write attributes, in the order of their list if there is one."""
        names = listed(attributes) or [name for name, _value in items(attributes)]
        spaces = 0
        for name in names:
            value = index(attributes, name)
            space, mark, local = name.partition("\1")
            if mark:
                spaces += 1
                declared = f" xmlns:ns{spaces}='{xml_escape(space)}'"
                self.out.append(f"{declared} ns{spaces}:{local}='{xml_escape(value)}'")
            elif name != "xmlns" or value != namespace:
                self.out.append(f"{before}{name}='{xml_escape(value)}'")


@offer(FUNCTIONS, "tostring")
def text_of(
    doc: Any = None,
    b_ind: Any = None,
    t_ind: Any = None,
    a_ind: Any = None,
    xml_preface: Any = None,
    *_: Any,
) -> str:
    """The text of a document. Indents are texts or numbers of blanks: of the whole, of each level,
    of attributes, which then have lines of their own. `xml_preface`: true, or a text in front."""
    block, level, attribute = (
        None if not true(i) else i if i.__class__ is str else rep(" ", i)
        for i in (b_ind, t_ind, a_ind)
    )
    writer = Writer(level, attribute)
    if true(xml_preface):
        writer.out.append(xml_preface if xml_preface.__class__ is str else PREFACE)
    writer.node(doc, block or "")
    return "".join(writer.out)
