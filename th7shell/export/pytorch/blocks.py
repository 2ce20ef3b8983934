"""Parts of a net that repeat, such as residual blocks and inception modules, as classes.

A part is a container that takes one tensor and gives one, and is no mere chain. Where several are
alike but for numbers, one class is made of them, whose arguments are the numbers that differ.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from th7shell.torch.classes import typename

from ..graph import Graph, Node, Value, leaves
from .helper_sources import sources as helpers
from .modules import Parts, parts_of, rendered
from .naming import numbered
from .pieces import Layer
from .steps import Block, steps_of

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
MOST = 8  # arguments that a class may have
ADDED, JOINED = "nn.CAddTable", "nn.JoinTable"


def with_blocks(graph: Graph, name: str) -> tuple[Graph, list[str]]:
    """The graph with repeating parts as single nodes, and the sources of their classes, which are
    called otherwise than the whole, `name`."""
    if any(node.layer["pooling"] for node in graph.nodes):
        return graph, []
    groups: dict[Any, list[tuple[list[Node], Graph, Parts]]] = defaultdict(list)
    for nodes, part in innermost(graph):
        parts = parts_of(part, steps_of(part))
        masked = tuple(NUMBER.sub("#", text) for text in parts.init)
        key = masked, tuple(parts.forward)  # numbers in forward are not arguments
        groups[key].append((nodes, part, parts))
    found = [group for group in groups.values() if len(group) > 1 and group[0][2].init]
    made = [(group, *of_numbers([parts for _, _, parts in group])) for group in found]
    made = [row for row in made if len(row[2]) <= MOST]
    names = numbered([class_of(row[0][0][1]) for row in made])
    names = [f"{own}Block" if own in (name, *helpers()) else own for own in names]
    blocks: dict[int, Block] = {}
    sources, inside = [], set()
    for own_name, (group, parts, arguments, values) in zip(names, made):
        doc = [f'    """{DOCS[class_of(group[0][1])]}"""']
        sources.append("\n".join(rendered(own_name, doc, parts, arguments)))
        for (nodes, part, own), numbers in zip(group, values):
            helped = tuple(h for s in steps_of(part) for p in s.pieces for h in p.helpers)
            text = f"{own_name}({', '.join(numbers)})"
            piece = Layer(text, STEMS[class_of(part)], own.state, helped)
            last = nodes[-1]
            block = Block(last.layer, last.place, part.input, part.output, piece=piece)
            blocks[id(last)] = block
            inside |= {id(node) for node in nodes}
    kept = [blocks.get(id(n), n) for n in graph.nodes if id(n) in blocks or id(n) not in inside]
    return Graph(graph.input, kept, graph.output, graph.kind), sources


DOCS = {
    "Residual": "A path whose result is added to its input.",
    "Inception": "Paths side by side, whose results are joined.",
    "Block": "A part of the net that repeats.",
}
STEMS = {"Residual": "block", "Inception": "inception", "Block": "block"}


def class_of(part: Graph) -> str:
    """What a part is called, by how its paths come together."""
    kinds = {typename(node.layer) for node in part.nodes}
    return "Residual" if ADDED in kinds else "Inception" if JOINED in kinds else "Block"


def innermost(graph: Graph) -> list[tuple[list[Node], Graph]]:
    """The parts that hold no smaller ones: their nodes and the graph of these."""
    prefixes = sorted(
        {
            ".".join(steps[:n])
            for steps in (node.place.split(".") for node in graph.nodes)
            for n in range(1, len(steps))
        },
        key=lambda prefix: -prefix.count("."),
    )
    found: list[tuple[str, list[Node], Graph]] = []
    for prefix in prefixes:
        if any(inner == prefix or inner.startswith(f"{prefix}.") for inner, _, _ in found):
            continue
        places = (prefix, f"{prefix}.")
        nodes = [n for n in graph.nodes if n.place == places[0] or n.place.startswith(places[1])]
        part = closed(graph, nodes)
        if part is not None:
            found.append((prefix, nodes, part))
    order = {id(node): i for i, node in enumerate(graph.nodes)}
    found.sort(key=lambda row: order[id(row[1][0])])
    return [(nodes, part) for _, nodes, part in found]


def closed(graph: Graph, nodes: list[Node]) -> Graph | None:
    """The graph of some nodes, if one tensor goes in, one comes out, and paths meet inside."""
    start = next(i for i, node in enumerate(graph.nodes) if node is nodes[0])
    if [id(n) for n in graph.nodes[start : start + len(nodes)]] != [id(n) for n in nodes]:
        return None
    made = {id(v) for node in nodes for v in node.outputs}
    given = {id(v): v for node in nodes for v in node.inputs if id(v) not in made}
    own = {id(node) for node in nodes}
    outside = [v for node in graph.nodes if id(node) not in own for v in node.inputs]
    read = {id(v) for v in [*outside, *leaves(graph.output)]}
    results = [v for node in nodes for v in node.outputs if id(v) in read]
    meets = any(len(node.inputs) > 1 for node in nodes)
    if len(given) != 1 or len(results) != 1 or not meets or results[0] is not last_of(nodes):
        return None
    (value,) = given.values()
    return None if value.integer else Graph(value, nodes, results[0], graph.kind)


def last_of(nodes: list[Node]) -> Value | None:
    """What the last node gives."""
    output = nodes[-1].output
    return output if isinstance(output, Value) else None


def of_numbers(parts: list[Parts]) -> tuple[Parts, list[str], list[list[str]]]:
    """The parts of the class, its arguments, and their values for each of the given parts."""
    texts = [[*p.init, *p.forward] for p in parts]
    names: dict[tuple[str, ...], str] = {}
    lines = []
    for versions in zip(*texts):
        columns = list(zip(*(NUMBER.findall(text) for text in versions)))
        line, last = "", 0
        for match, column in zip(NUMBER.finditer(versions[0]), columns):
            line += versions[0][last : match.start()]
            last = match.end()
            if len(set(column)) == 1:
                line += match.group()
                continue
            if column not in names:
                names[column] = argument(line, set(names.values()))
            line += names[column]
        lines.append(line + versions[0][last:])
    count = len(parts[0].init)
    made = Parts(lines[:count], lines[count:], parts[0].inputs)
    values = [[column[i] for column in names] for i in range(len(parts))]
    return made, list(names.values()), values


def argument(before: str, taken: set[str]) -> str:
    """A name for a number that differs, by what stands before it."""
    word = re.search(r"(\w+)=\(?[\w, ]*$", before)
    if word:
        stem = word.group(1)
    elif not taken and re.search(r"(Conv\w+|Linear)\($", before):
        stem = "inputs"
    elif re.search(r"Linear\([\w, ]*$", before):
        stem = "features"
    elif re.search(r"Conv\w+\(\w+, $", before):
        stem = "planes"
    else:
        stem = "size"
    name, n = stem, 1
    while name in taken:
        n += 1
        name = f"{stem}{n}"
    return name
