"""The body of `forward`: statements over variables that are used again when they are free."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ..graph import Graph, Value, leaves
from .naming import RESERVED
from .pieces import Text
from .steps import Step, template_of

INLINE = 48  # characters of an expression that still goes into another
NEAR = 3  # steps within which a value needs no name of its own


class Body:
    """The statements so far, what each value is called, and which variables are in use."""

    def __init__(self, graph: Graph, steps: list[Step]) -> None:
        self.graph = graph
        self.lines: list[str] = []
        self.texts: dict[int, Text] = {}
        self.needs: dict[int, set[str]] = {}  # value → the variables in its text
        self.left = Counter(id(v) for step in steps for v in step.inputs)
        self.left.update(id(v) for v in leaves(graph.output))
        self.bound: dict[str, int] = {}  # variable → value
        inputs = list(leaves(graph.input))
        self.parameters = ["x"] if len(inputs) == 1 else [f"x{i}" for i, _ in enumerate(inputs, 1)]
        for name, value in zip(self.parameters, inputs):
            self.bind(name, value)
        self.waiting: set[int] = set()  # values whose text is no variable
        self.order = {id(step): place for place, step in enumerate(steps)}

    def bind(self, name: str, value: Value) -> None:
        self.bound[name] = id(value)
        self.texts[id(value)] = Text(name)
        self.needs[id(value)] = {name}

    def run(self, steps: list[Step]) -> list[str]:
        """All statements, the return among them."""
        for step in steps:
            self.step(step)
        self.lines.append("return " + self.result(self.graph.output, True))
        return self.lines

    def step(self, step: Step) -> None:
        template, level = template_of(step)
        for i, value in enumerate(step.inputs):
            if id(value) in self.waiting and repeats(template, i):
                self.assign(value, self.texts[id(value)], self.needs[id(value)], step.piece.stem)
        needs: set[str] = set()
        for value in step.inputs:
            needs |= self.needs[id(value)]
        given = [self.texts[id(value)] for value in step.inputs]
        text = template.format(*given)
        if template == "{0}":
            level = given[0].level
        for value in step.inputs:
            self.left[id(value)] -= 1
            self.waiting.discard(id(value))
        if isinstance(step.output, list):
            self.unpack(step, text, needs)
        elif self.is_inlined(step.output, text) or template == "{0}":
            self.texts[id(step.output)] = Text(text, level)
            self.needs[id(step.output)] = needs
            self.waiting.add(id(step.output))
        else:
            stem = step.name if step.is_module else step.piece.stem
            value, text = step.output, Text(text, level)
            self.assign(value, text, needs, step.label or stem, self.is_kept(step, value))

    def is_inlined(self, value: Value, text: str) -> bool:
        """Whether an expression goes into the one that reads it: a short one, or the result."""
        return self.left[id(value)] == 1 and (len(text) <= INLINE or value is self.graph.output)

    def assign(
        self, value: Value, text: Text, needs: set[str], stem: str, kept: bool = False
    ) -> None:
        """`x = …`"""
        self.waiting.discard(id(value))
        name = self.variable(text, needs, stem, kept)
        self.lines.append(f"{name} = {text}")
        self.bind(name, value)

    def variable(self, text: str, needs: set[str], stem: str, kept: bool) -> str:
        """A variable for a value: one that is free by then, best a parameter; a name of its own
        for one that is kept for long."""
        free = sorted(name for name in needs if self.is_free(name))
        spare = [name for name in self.parameters if self.is_free(name)]
        own = [name for name in spare if name in free] or (
            spare if len(self.parameters) == 1 else []
        )
        if kept or not (own or free):
            return self.fresh(stem)
        return min(own or free, key=lambda name: (text.find(name), name))

    def is_kept(self, step: Step, value: Value) -> bool:
        """Whether something far below still reads the value."""
        here = self.order[id(step)]
        last = max((self.order[id(reader)] for reader in step.readers), default=here)
        return last - here > NEAR and self.left[id(value)] > 1

    def is_free(self, name: str) -> bool:
        """Whether nothing will read a variable again."""
        waiting = any(name in self.needs[value] for value in self.waiting)
        return not waiting and self.left[self.bound[name]] == 0

    def fresh(self, stem: str) -> str:
        """A variable's name that is not in use."""
        stem = re.sub(r"\W+", "_", stem) or "y"
        stem = f"{stem}_" if stem in RESERVED else stem
        name, n = stem, 1
        while name in self.bound and not self.is_free(name):
            n += 1
            name = f"{stem.rstrip('0123456789')}{n}"
        return name

    def unpack(self, step: Step, text: str, needs: set[str]) -> None:
        """`a, b = …`; a module's second output is where the maxima were."""
        stem = step.label or step.piece.stem
        names = []
        for number, value in enumerate(step.output, 1):
            if step.is_module:
                name = (
                    self.variable(text, needs, stem, False) if number == 1 else self.fresh("where")
                )
            else:
                name = self.fresh(f"{stem}{number}")
            names.append(name)
            self.bind(name, value)
        left = ", ".join(names) + ("," if len(names) == 1 else "")
        self.lines.append(f"{left} = {text}")

    def result(self, tree: Any, top: bool = False) -> str:
        """The output's values; a table is a tuple."""
        if not isinstance(tree, list):
            return str(self.texts[id(tree)])
        inside = ", ".join(self.result(part) for part in tree)
        return inside if top and len(tree) > 1 else f"({inside}{',' * (len(tree) == 1)})"


def repeats(template: str, place: int) -> bool:
    """Whether a template has one of its inputs more than once."""
    return len(re.findall(rf"\{{{place}[:}}]", template)) > 1
