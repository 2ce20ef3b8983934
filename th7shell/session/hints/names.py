"""Names that hold nothing: packages, names of other languages, misspellings, forgotten quotes."""

from __future__ import annotations

import re
from typing import Any

from th7shell.lua import Table, rawlen
from th7shell.lua.compiler import tree

from .. import suggest
from ..context import chain_before
from ..members import (
    Instance,
    is_class,
    is_tensor,
    lookup,
    members,
    resolve,
)
from ..members import type_name as typename
from ..offered import names, peek
from ..scan import tokens
from . import words
from .row import Row, rows
from .scene import Level, Scene

FILE = re.compile(r"(?:t7|th|net|png|jpe?g|ppm|pgm|lua|txt|csv|json|dat|bin|h5|mp4|wav)\Z")


def _global(scene: Scene, found: re.Match[str]) -> str | None:
    return undefined(scene, found[1], "attempt to call" in found[0])


def undefined(scene: Scene, name: str, called: bool = False) -> str | None:
    """What a global that holds nothing may have been meant for."""
    if name in names():
        return f"{name} is a package: require '{name}'"
    quoted = _file_name(scene, name)
    if quoted:
        return quoted
    if name in ("f", "b", "r", "u") and re.search(rf"\b{name}[\"']", scene.text):
        if name == "f":
            return "texts are filled by string.format('%d', x), or 'a' .. x"
        return "a text has nothing before its quotes"
    near = suggest.near(name, members(scene.globals), names())
    if called and name not in words.WORDS:
        for package in HOLDERS:
            if name in members(package_names(scene, package)):
                return f"did you mean {package}.{name}?"
    if near and near.lower() == name.lower():
        return f"did you mean {near}?"
    known = {**words.VALUES, **words.WORDS} if called else words.VALUES
    if name in known:
        return known[name]
    if near:
        return f"did you mean {near}?"
    return None


HOLDERS = ("nn", "torch", "optim", "math", "string", "table", "os", "io", "image")


def package_names(scene: Scene, package: str) -> Any:
    """The names of a package or library, loaded or not."""
    found = lookup(scene.globals, package)
    return peek(package) if found is None else found


def _file_name(scene: Scene, name: str) -> str | None:
    """`image.load(lena.png)`"""
    found = re.search(
        rf"(?<![\w.\"'/])((?:[\w-]+/)*{re.escape(name)}(?:[./-][\w-]+)*\.(\w+))\b", scene.text
    )
    if found and FILE.match(found[2]):
        return f"a file's name stands in quotes: '{found[1]}'"
    return None


def _index_nil(scene: Scene, found: re.Match[str]) -> str | None:
    """`attempt to index a nil value` of a field: which part is missing."""
    node = scene.node if scene.own else None
    inner = node.object if isinstance(node, (tree.Index, tree.Method)) else None
    if isinstance(inner, tree.Index):
        hint = missing_field(scene, inner, scene.level) or _missing_position(scene, inner)
        return hint or f"{scene.source(inner)} holds nothing: it was never set"
    if isinstance(inner, tree.Method) and inner.name == "get":
        owner = scene.value(inner.object)
        children = lookup(owner, "modules") if owner is not None else None
        if isinstance(children, Table):
            return f"{scene.source(inner.object)} has {rawlen(children)} layers, counted from 1"
    if isinstance(inner, (tree.Call, tree.Method)):
        return f"{scene.source(inner)} gave nil"
    return None


def _missing_position(scene: Scene, node: Any) -> str | None:
    owner, key = scene.value(node.object), scene.value(node.key)
    if isinstance(owner, Table) and isinstance(key, (int, float)) and typename(owner) is None:
        source = scene.source(node.object)
        return f"{source} has {rawlen(owner)} values, counted from 1: {source}[{key:g}] is nil"
    return None


def _called(scene: Scene, found: re.Match[str]) -> str | None:
    node = scene.node
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Index):
        return missing_field(scene, node.function, scene.level, called=True)
    if isinstance(node, tree.Method):
        owner = scene.value(node.object)
        return lacking(scene.source(node.object), owner, node.name, ":", True)
    return None


def missing_field(scene: Scene, node: Any, level: Level | None, called: bool = False) -> str | None:
    """What `owner.name`, which is nil, may have been meant for."""
    if not isinstance(node.key, tree.Constant) or not isinstance(node.key.value, str):
        return None
    owner = scene.value(node.object, level)
    return lacking(scene.source(node.object, level), owner, node.key.value, ".", called)


def lacking(text: str, owner: Any, name: str, sign: str, called: bool) -> str | None:
    """What a name that this owner does not have may have been meant for."""
    if owner is None:
        return None
    known = words.PACKAGES.get(text, {}) or _words_of(owner)
    near = suggest.near(name, members(owner))
    if near and (near.lower() == name.lower() or name not in known):
        if sign == "." and called and not _is_package(owner) and callable(members(owner)[near]):
            sign = ":"
        return f"did you mean {text}{sign}{near}?"
    if name in known:
        return _as_written(known[name], text)
    return None


def _as_written(sentence: str, text: str) -> str:
    """A sentence about `x`, `s`, `t` or `net`, about what was written, if that is a name."""
    if not re.fullmatch(r"[A-Za-z_]\w*", text) or text in words.PACKAGES:
        return sentence
    return re.sub(r"(?<![\w'.])(?:x|s|t|net)(?=[:.\[]|$)", text, sentence)


def _is_package(owner: Any) -> bool:
    return is_class(owner) or (
        type(owner) is Table or (typename(owner) is None and isinstance(owner, Table))
    )


def _words_of(owner: Any) -> dict[str, str]:
    if isinstance(owner, str):
        return words.STRING
    if isinstance(owner, Instance):
        return words.MODULE if "forward" in members(owner) else {}
    if is_tensor(owner):
        return words.TENSOR
    if isinstance(owner, Table):
        return words.TABLE if typename(owner) is None else words.MODULE
    return {}


def _cuda(scene: Scene, found: re.Match[str]) -> str | None:
    """`net:cuda()` before cutorch is there"""
    torch = lookup(scene.globals, "torch")
    if torch is not None and lookup(torch, "CudaTensor") is None:
        return "require 'cutorch' first, for nets 'cunn'; all is computed on the CPU here"
    return None


def _no_module(scene: Scene, found: re.Match[str]) -> str:
    near = suggest.near(found[1], names())
    last = found[1].rpartition(".")[2]
    if not near and last != found[1] and last in names():
        near = last
    if near:
        return f"did you mean require '{near}'?"
    return f"there is no package {found[1]}, and no {found[1]}.lua in this folder"


def _no_file(scene: Scene, found: re.Match[str]) -> str | None:
    if not scene.typed:
        return None
    return f"there is no file {found[1] or found[2]}; $ ls lists those of this folder"


def _nil_argument(scene: Scene, found: re.Match[str]) -> str | None:
    """A call that was given a variable which was never set."""
    for level in scene.levels[:3]:
        for argument in level.arguments:
            if isinstance(argument, tree.Global) and scene.value(argument, level) is None:
                hint = undefined(scene, argument.name)
                return hint or f"{argument.name} holds nothing: it was never set"
            if isinstance(argument, tree.Index) and scene.value(argument, level) is None:
                hint = missing_field(scene, argument, level)
                if hint:
                    return hint
    return None


NAMES: list[Row] = [
    *rows("code", [(r":cuda\(|\btorch\.Cuda", _cuda)]),
    *rows(
        "message",
        [
            (r"attempt to \w+(?: \w+)*? global '(\w+)' \(a nil value\)", _global),
            (r"attempt to index field '(\w+)' \(a nil value\)|attempt to index a nil value", _index_nil),
            (r"attempt to call (?:field|method) '(\w+)' \(a nil value\)", _called),
            (r"attempt to compare .*\bnil\b|attempt to .* \(a nil value\)|to concatenate a nil value", _nil_argument),
            (r"invalid arguments:.*\bnil\b|got nil|got no value|expected, got nil", _nil_argument),
            (r"module '([^'\n]+)' not found:\n", _no_module),
            (r"cannot open <?([^>\s:]+)>?(?: in mode r|: No such)|(?:: |\A)([^:\s]+): No such file", _no_file),
        ],
    ),
]  # fmt: skip


def _bare(scene: Scene, found: re.Match[str]) -> str | None:
    """An entry such as `x.shape` or `None`, which gave nil."""
    if not found[1]:
        return undefined(scene, found[2], True)
    owner = resolve(scene.globals, chain_before(tokens(found[1])))
    return lacking(found[1], owner, found[2], ".", False)


def _position(scene: Scene, found: re.Match[str]) -> str | None:
    """`t[0]`, `s[1]`"""
    owner = resolve(scene.globals, chain_before(tokens(found[1])))
    if isinstance(owner, str):
        return f"letters are counted from 1: {found[1]}:sub(1, 1)"
    if type(owner) is Table and found[2] == "0" and rawlen(owner):
        return f"positions are counted from 1: {found[1]}[1] … {found[1]}[{rawlen(owner)}]"
    if type(owner) is Table and found[2].startswith("-") and rawlen(owner):
        return f"the last value is {found[1]}[#{found[1]}]"
    return None


NIL: list[Row] = list(
    rows(
        "text",
        [
            (r"\A\s*=?\s*([\w.:\[\]()'\"]*?)[.:]?\b([A-Za-z_]\w*)\s*;?\s*\Z", _bare),
            (r"\A\s*=?\s*([A-Za-z_][\w.]*)\[(-?\d+)\]\s*\Z", _position),
        ],
    )
)  # fmt: skip
