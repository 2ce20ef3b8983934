"""Reading XML, and HTML by looser rules, into `pl.xml`'s nodes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .values import LuaError, insert, new_table, set_index

ENTITIES = {"quot": '"', "apos": "'", "lt": "<", "gt": ">", "amp": "&"}
#: elements of HTML without an end tag
VOID = frozenset("area base br col embed frame hr img input isindex link meta option param".split())
_ENTITY = re.compile(r"&([A-Za-z]+);")
_CODE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_START = re.compile(r"\s*(?:<\?[^?]+\?>\s*)?(?:<!DOCTYPE.*?>\s*)?", re.DOTALL | re.ASCII)
_MARK = re.compile(
    r"<!--.*?-->|<!\w.*?>"
    r"|<(?P<end>/?)(?P<tag>[\w:-]+)(?P<rest>.*?)(?P<empty>/?)>",
    re.DOTALL | re.ASCII,
)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"(.*?)"|'(.*?)')""", re.DOTALL | re.ASCII)
_LOOSE = re.compile(r"""([\w:-]+)\s*=\s*(?:"(.*?)"|'(.*?)'|([^\s"'>]+))""", re.DOTALL | re.ASCII)


def xml_unescape(str: Any = None, *_: Any) -> str:
    """A text of a document with characters for entities and for `\\xHH`."""
    text = _CODE.sub(lambda m: chr(int(m[1], 16)), str)
    return _ENTITY.sub(lambda m: ENTITIES.get(m[1], m[0]), text)


def attributes(text: str, html: bool) -> Any:
    """The table of what stands behind a tag."""
    found = new_table()
    for m in (_LOOSE if html else _ATTRIBUTE).finditer(text):
        name = m[1].lower() if html else m[1]
        value = next(group for group in m.groups()[1:] if group is not None)
        set_index(found, name, xml_unescape(value))
    return found


def parse(s: str, all_text: bool, html: bool, node: Callable[..., Any]) -> Any:
    """Read a document; node({tag, attr}) makes a node. Texts before comments and, without
    `all_text`, blank ones are left out. Errors: tags that do not fit."""
    top: list[Any] = []
    opened: list[Any] = []

    def add(child: Any) -> None:
        if opened:
            insert(opened[-1], child)
        else:
            top.append(child)

    def add_text(text: str) -> None:
        if all_text or text.strip(" \t\n\r\f\v"):
            add(xml_unescape(text))

    start = _START.match(s)
    place = start.end() if start else 0
    for m in _MARK.finditer(s, place):
        text, place = s[place : m.start()], m.end()
        tag = m["tag"]
        if tag is None:
            continue
        add_text(text)
        tag = tag.lower() if html else tag
        if m["end"]:
            close(opened, tag, text, add)
            continue
        made = {"tag": tag, "attr": attributes(m["rest"], html)}
        if m["empty"] or (html and tag in VOID):
            add(node({**made, "empty": 1}))
        else:
            opened.append(node(made))
    add_text(s[place:])
    if opened:
        raise LuaError(f"unclosed {opened[-1].tag}", 2)
    first = top[0] if top else None
    return (top[1] if len(top) > 1 else None) if first.__class__ is str else first


def close(opened: list[Any], tag: str, text: str, add: Callable[[Any], None]) -> None:
    """End the innermost node, which must have the tag."""
    if not opened:
        raise LuaError(f"nothing to close with {tag}:{text}", 3)
    done = opened.pop()
    if done.tag != tag:
        raise LuaError(f"trying to close {done.tag} with {tag} {text}", 3)
    add(done)
