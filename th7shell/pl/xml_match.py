"""Patterns in XML documents: documents themselves, in which `$name` stands for a text or an
attribute, `<name->` for any tag, `{{<p>…</p>}}` for as many of an element as there are.

A pattern's children are looked for among a node's in their order; what stands between is skipped.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua.stdlib import table as table_library

from .values import array, index, insert, is_table, items, length, new_table, set_index, true


def is_tag(d: Any) -> bool:
    """Whether a value is a node."""
    return is_table(d) and d["tag"].__class__ is str


def mark_repeated(d: Any) -> None:
    """Take `{{` and `}}` away from around a node's first child and mark the child."""
    if length(d) < 3:
        return
    before, child, behind = index(d, 1), index(d, 2), index(d, 3)
    braced = before.__class__ is str and is_tag(child) and behind.__class__ is str
    if braced and "{{" in before and "}}" in behind:
        table_library.remove(d, 1)
        table_library.remove(d, 2)
        child["repeated"] = True


def key(name: str) -> Any:
    """Where `$name` puts what it stands for: a place for digits."""
    return int(name) if name.isdigit() else name


def matches(d: Any, pattern: Any, found: Any, deep: bool = False) -> bool:
    """Whether a node or text matches a pattern, or if `deep` one below it; what it stands for is
    put into `found`."""
    if d is None or d.__class__ is str:
        return text_matches(d or "", pattern, found)
    if is_tag(pattern) and node_matches(d, pattern, found):
        return True
    below = (child for child in array(d) if is_table(child)) if deep else ()
    return any(matches(child, pattern, found, True) for child in below)


def text_matches(text: str, pattern: Any, found: Any) -> bool:
    """Whether a text is the pattern's, or is what it asks for."""
    if pattern.__class__ is str and pattern.startswith("$"):
        set_index(found, key(pattern[1:]), text)
        return True
    return pattern.__class__ is str and text == pattern


def node_matches(d: Any, pattern: Any, found: Any) -> bool:
    """Whether a node itself matches: its tag, attributes and children."""
    tag = pattern.tag
    if tag.endswith("-"):
        set_index(found, key(tag[:-1]), d.tag)
    elif d.tag != tag:
        return False
    wanted = list(items(pattern["attr"])) if is_table(pattern["attr"]) else []
    own = d["attr"] if is_table(d["attr"]) else new_table()
    if wanted and next(iter(items(own)), None) is None:
        return False
    if not all(text_matches(index(own, name) or "", text, found) for name, text in wanted):
        return False
    parts = array(pattern)
    return not parts or children_match(candidates(d), parts, found)


def candidates(d: Any) -> list[Any]:
    """The children that a pattern is compared with: a text only in the first place."""
    children = array(d)
    return (children[:1] or [None]) + [c for c in children[1:] if c.__class__ is not str]


def children_match(children: list[Any], parts: list[Any], found: Any) -> bool:
    """Whether the parts of a pattern are found in their order. As in Penlight, what is left of the
    pattern does not count if the last child matched."""
    place, matched = 0, False
    for i, child in enumerate(children):
        part = parts[place]
        if is_tag(part) and true(part["repeated"]):
            for each in children[i:]:
                collect(each, part, found)
            return place + 1 == len(parts)
        matched = matches(child, part, found)
        place += matched
        if place == len(parts):
            return True
    return matched


def collect(d: Any, part: Any, found: Any) -> None:
    """Put what one of many elements gives into `found`: under its `_` if it has one, else as the
    next of a list; a table with nothing but [0] is that value."""
    own = new_table()
    if not matches(d, part, own):
        return
    name = own["_"]
    own["_"] = None
    entries = list(items(own))
    if not entries:
        return
    value = entries[0][1] if len(entries) == 1 and entries[0][0] == 0 else own
    if name is None:
        insert(found, value)
    else:
        set_index(found, name, value)
