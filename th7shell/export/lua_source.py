"""`.lua` files: the Torch program that builds a net, and beside it `.weights.t7` with what that has
learned.

Layers whose arguments cannot be read from their fields are taken from that file whole; the program
says so where it does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from th7shell import torch
from th7shell.lua import LuaError, Table, new_table, rawitems, rawset
from th7shell.lua.stdlib.texts import from_system
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor

from . import t7
from .constructing import construction, kept, literal
from .lua_program import read
from .nets import children_of, is_module
from .options import ExportError, Options, replaced
from .sizes import net_of
from .walk import shape_of

__all__ = ["Program", "read", "write"]
ADDING = frozenset(
    f"nn.{name}"
    for name in "Sequential Concat ConcatTable ParallelTable Parallel DepthConcat".split()
)
DEEPEST = 40  # containers in one expression: Lua's parsers take some 200 levels
WIDTH = 3  # of a level's indentation

LEARNED = """\
-- what the layers of a part have learned, from the file
local function learned(part, module)
   for place, fields in pairs(file.learned[part] or {}) do
      local layer = module
      for i in place:gmatch('%d+') do layer = layer:get(tonumber(i)) end
      for name, value in pairs(fields) do
         if torch.isTensor(value) then layer[name]:copy(value) else layer[name] = value end
      end
   end
   return module
end
"""


def write(value: Any, path: str, options: Options) -> None:
    """Write the program and its data. Errors: ExportError where there is no net, or several."""
    net = net_of(value, options)
    data = os.path.splitext(path)[0] + ".weights.t7"  # not .t7: that may be what is converted
    name = from_system(os.path.basename(data))
    with _same_random_numbers():
        program = Program(net)
        text = program.text(name)
    for place, kind in program.whole:
        options.say(f"{place or 'the net'}: {kind} is taken whole from {name}")
    with replaced(path) as temporary:
        with open(temporary, "w", encoding="latin-1", newline="\n") as file:
            file.write(text)
        t7.write(program.data, data, Options())


@contextmanager
def _same_random_numbers() -> Iterator[None]:
    """Layers are made on trial, which draws random numbers that nobody shall miss."""
    state = torch.getRNGState()
    try:
        yield
    finally:
        torch.setRNGState(state)


class Program:
    """The program for a net. data: what it loads; whole: (place, class) of layers that are in there
    as they are."""

    def __init__(self, net: Any) -> None:
        self.net = net
        self.whole: list[tuple[str, str]] = []
        self.lines: list[str] = []  # before the net itself: graphs, and layers used several times
        self.names: set[str] = set()
        self.variables: dict[int, str] = {}  # id(module) → the variable that has it
        self.learned = Table()
        self.layers = Table()
        self.data = new_table((), {"learned": self.learned, "layers": self.layers})
        self.access: dict[int, str] = {}  # id(module) → the expression that reaches it
        self.uses = _uses(net)

    def text(self, file: str) -> str:
        """The whole program; `file`: the name of its data."""
        net = self.expression(self.net, "net", "", 0, "net")
        shares = list(self.shares())
        before = ["\n".join(self.lines) + "\n"] if self.lines else []
        body = "\n".join([*before, f"local net = {net}", *shares])
        head = [f"-- {typename(self.net)}, as a program that builds it", "require 'nn'"]
        if "nngraph" in body or ")(" in body:
            head.append("require 'nngraph'")
        learned = any(True for _ in _keys(self.learned))
        parts = ["\n".join(head) + "\n"]
        if learned or self.whole:
            folder = "paths.dirname(paths.thisfile())"
            parts.append(f"local file = torch.load(paths.concat({folder}, {literal(file)}))\n")
        if learned:
            parts.append(LEARNED)
        parts.append(body)
        ends = []
        kind = self.net["_type"]
        if kind.__class__ is str and kind != "torch.DoubleTensor":
            ends.append(f"net:type({literal(kind)})")
        if self.net["train"] is False:
            ends.append("net:evaluate()")
        whole = "learned('net', net)" if self.learned["net"] is not None else "net"
        parts.append("\n".join([*ends, f"return {whole}"]))
        return "\n".join(parts) + "\n"

    # layers

    def expression(self, module: Any, part: str, place: str, depth: int, access: str) -> str:
        """The expression for a module that stands at a place of a part. access: the expression that
        reaches it when all is built."""
        known = self.variables.get(id(module))
        if known is not None:
            return known
        self.access[id(module)] = access
        text = self.fresh(module, part, place, depth, access)
        if self.uses.get(id(module), 0) > 1:
            name = self.variables[id(module)] = self.name(module)
            self.lines.append(f"local {name} = {text}")
            return name
        return text

    def fresh(self, module: Any, part: str, place: str, depth: int, access: str) -> str:
        """The expression for a module that is made here."""
        kind = typename(module)
        if kind == "nn.gModule":
            from .lua_graph import graph

            found = graph(self, module, access)
            return found if found is not None else self.taken(module, part, place)
        if kind in ADDING:
            made = construction(module)
            if made is not None and depth < DEEPEST:
                return self.container(module, made.text, part, place, depth, access)
            return self.taken(module, part, place)
        pooling = self.variables.get(id(module["pooling"]))
        if pooling is not None:  # an unpooling layer, made of the one that it is the inverse of
            return f"{kind}({pooling})"
        made = construction(module) if not children_of(module) else None
        if made is None:
            return self.taken(module, part, place)
        fields = kept(module, made.layer)
        if any(True for _ in _keys(fields)):
            if self.learned[part] is None:
                self.learned[part] = Table()
            rawset(self.learned[part], place, fields)
        return made.text

    def container(
        self, module: Any, text: str, part: str, place: str, depth: int, access: str
    ) -> str:
        """A container and its modules, one on a line."""
        margin = " " * WIDTH * (depth + 1)
        lines = [text]
        for i, child in enumerate(children_of(module), 1):
            inner = f"{place}.{i}" if place else str(i)
            made = self.expression(child, part, inner, depth + 1, f"{access}:get({i})")
            lines.append(f"{margin}:add({made})")
        return "\n".join(lines)

    def taken(self, module: Any, part: str, place: str) -> str:
        """A layer that the file has whole."""
        kind = typename(module) or "?"
        self.whole.append((place, kind))
        number = sum(1 for _ in _keys(self.layers)) + 1
        rawset(self.layers, number, module)
        return f"file.layers[{number}] --[[ {kind} ]]"

    def name(self, module: Any, wanted: Any = None) -> str:
        """A new variable, called after a module's class or as wanted."""
        stem = wanted if wanted.__class__ is str and _is_name(wanted) else None
        if stem is None:
            stem = _stem((typename(module) or "layer").rpartition(".")[2])
        stem = stem if _is_name(stem) else f"{stem}_"
        name, count = stem, 1
        while name in self.names:
            count += 1
            name = f"{stem}{count}"
        self.names.add(name)
        return name

    # what is shared

    def shares(self) -> Iterator[str]:
        """Lines that let layers have the same parameters, as they had in the net."""
        owners: dict[tuple[Any, ...], Any] = {}
        for module in _modules(self.net):
            if id(module) not in self.access:
                continue
            shared: dict[int, list[str]] = {}
            for field in ("weight", "bias", "gradWeight", "gradBias"):
                tensor = module[field]
                if not isinstance(tensor, Tensor) or not shape_of(tensor):
                    continue
                try:
                    place = tensor.nd.__array_interface__["data"][0], tensor.nd.shape
                except LuaError:
                    continue
                owner = owners.setdefault((field, *place), module)
                if owner is not module:
                    shared.setdefault(id(owner), []).append(field)
            for key, fields in shared.items():
                names = ", ".join(map(literal, fields))
                yield f"{self.access[id(module)]}:share({self.access[key]}, {names})"


TAKEN = frozenset(
    "net file learned and break do else elseif end false for function goto if in local nil not or"
    " repeat return then true until while nn torch paths require nngraph".split()
)


SHORT = {  # part of a class's name → how people call such a layer
    "FullConvolution": "deconv",
    "Convolution": "conv",
    "BatchNormalization": "norm",
    "Pooling": "pool",
    "ReLU": "relu",
    "CAddTable": "sum",
    "CMulTable": "product",
    "JoinTable": "joined",
    "SplitTable": "parts",
    "LookupTable": "embedding",
    "gModule": "graph",
}


def _stem(name: str) -> str:
    """What to call a layer of a class."""
    for part, short in SHORT.items():
        if part in name:
            return short
    capitals = len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return name.lower() if capitals > 1 else name[:1].lower() + name[1:]


def _is_name(text: str) -> bool:
    return text.isidentifier() and text.isascii() and text not in TAKEN


def _keys(table: Any) -> Iterator[Any]:
    return (key for key, _ in rawitems(table))


def _modules(net: Any) -> Iterator[Any]:
    """Each module of a net once."""
    met: set[int] = set()
    stack = [net]
    while stack:
        module = stack.pop()
        if isinstance(module, Table) and id(module) not in met:
            met.add(id(module))
            yield module
            stack += reversed(children_of(module))


def _uses(net: Any) -> dict[int, int]:
    """In how many places each module stands. Errors: ExportError for a net that contains itself."""
    uses: dict[int, int] = {}
    stack: list[tuple[Any, tuple[int, ...]]] = [(net, ())]
    while stack:
        module, above = stack.pop()
        if not is_module(module):
            continue
        if id(module) in above:
            raise ExportError(f"this {typename(module)} contains itself")
        uses[id(module)] = uses.get(id(module), 0) + 1
        if uses[id(module)] == 1:
            stack += [(child, (*above, id(module))) for child in children_of(module)]
    for module in list(_modules(net)):
        pooling = module["pooling"]
        if id(pooling) in uses:  # needs a name
            uses[id(pooling)] += 1
    return uses
