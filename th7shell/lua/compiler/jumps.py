"""Where `break` and `goto` lead in the emitted code, whose only jumps are break and continue of the
innermost loop.

Every Lua loop and every block with labels is a Python loop. A jump to an outer one sets the
variable `PENDING` and breaks; behind each inner loop stands a test that passes the jump on.
"""

from __future__ import annotations

import _ast as ast
from typing import Any

from . import templates as T
from .nodes import place

PENDING = "ħgoto"


class Level:
    """One Python loop around the current statement: a Lua loop, or a block whose labels begin its
    segments."""

    __slots__ = ("labels", "number", "passing", "size")

    def __init__(self, number: int, labels: dict[str, int], size: int) -> None:
        self.number = number
        self.labels = labels  # label → number of the segment that it begins
        self.size = size  # how many segments there are
        self.passing: set[tuple[Level, bool]] = set()  # the jumps that pass over this loop

    @property
    def state(self) -> str:
        """The variable that says at which segment the block goes on."""
        return f"ħat{self.number}"


class Jumps:
    """The Python loops that are open in one Lua function."""

    def __init__(self, emitter: Any) -> None:
        self.emitter = emitter
        self.levels: list[Level] = []
        self.count = 0
        self.used = False  # whether the function needs PENDING

    def open(self, labels: dict[str, int] | None = None, size: int = 0) -> Level:
        self.count += 1
        level = Level(self.count, labels or {}, size)
        self.levels.append(level)
        return level

    def close(self, level: Level) -> list[Any]:
        """Leave a loop; return the statements that pass jumps on, to stand right behind it."""
        self.levels.pop()
        passing = sorted(level.passing, key=lambda jump: (jump[0].number, jump[1]))
        return [self._test(target, again) for target, again in passing]

    def leave(self) -> list[Any]:
        """Emit Lua's `break`."""
        level = next(level for level in reversed(self.levels) if not level.size)
        return self._to(level, again=False)

    def go(self, label: str) -> list[Any]:
        """Emit `goto label`."""
        level = next(level for level in reversed(self.levels) if label in level.labels)
        segment = level.labels[label]
        if segment == level.size:  # nothing follows the label
            return self._to(level, again=False)
        return [self._set(level.state, segment), *self._to(level, again=True)]

    def again(self, level: Level) -> list[Any]:
        """Emit a jump to the beginning of a loop."""
        return self._to(level, again=True)

    def _to(self, target: Level, again: bool) -> list[Any]:
        position = self.emitter.position
        if target is self.levels[-1]:
            return [place(ast.Continue() if again else ast.Break(), position)]
        for level in reversed(self.levels):
            if level is target:
                break
            level.passing.add((target, again))
        self.used = True
        return [self._set(PENDING, _code(target, again)), place(ast.Break(), position)]

    def _set(self, name: str, number: int) -> Any:
        emitter = self.emitter
        return emitter.assign(emitter.store(name), emitter.constant(number))

    def _test(self, target: Level, again: bool) -> Any:
        """Emit `if PENDING == code:` and the rest of the jump."""
        emitter = self.emitter
        code = emitter.constant(_code(target, again))
        test = T.RAW["=="](emitter, A=emitter.load(PENDING), B=code)
        if target is self.levels[-1]:
            body = [self._set(PENDING, 0), *self._to(target, again)]
        else:
            body = [place(ast.Break(), emitter.position)]
        return place(ast.If(test, body, []), emitter.position)


def _code(target: Level, again: bool) -> int:
    return 2 * target.number + again
