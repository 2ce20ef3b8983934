"""Lines of Python source no longer than 100 characters, broken at brackets."""

from __future__ import annotations

WIDTH = 100
OPEN, CLOSE = "([{", ")]}"


def wrapped(line: str, indent: int, apart: bool = False) -> list[str]:
    """A statement in one line, or broken at its longest outermost brackets; apart: then every
    argument gets a line of its own."""
    pad = " " * indent
    if len(line) + indent <= WIDTH:
        return [pad + line]
    span = outer(line)
    if span is None:
        return [pad + line]
    start, stop = span
    left, equals, right = line.partition(" = ")
    if stop != len(line) - 1 and equals and len(right) + indent + 4 <= WIDTH:
        return [f"{pad}{left} = (", " " * (indent + 4) + right, f"{pad})"]
    inside = line[start + 1 : stop]
    head, tail = pad + line[: start + 1], pad + line[stop:]
    if not apart and len(inside) + indent + 4 <= WIDTH and not inside.endswith(","):
        return [head, " " * (indent + 4) + inside, tail]
    parts = pieces(inside)
    if len(parts) == 1:
        return [head, *wrapped(inside, indent + 4), tail]
    rows = [row for part in parts for row in wrapped(part + ",", indent + 4)]
    return [head, *rows, tail]


def outer(line: str) -> tuple[int, int] | None:
    """Where the longest outermost pair of brackets opens and closes."""
    depth, start, best = 0, 0, None
    quote = ""
    for i, c in enumerate(line):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in OPEN:
            start = i if depth == 0 else start
            depth += 1
        elif c in CLOSE:
            depth -= 1
            if depth == 0 and (best is None or i - start > best[1] - best[0]):
                best = start, i
    return best if best and best[1] > best[0] + 1 else None


def pieces(inside: str) -> list[str]:
    """What commas outside brackets separate."""
    parts, depth, last = [], 0, 0
    for i, c in enumerate(inside):
        depth += (c in OPEN) - (c in CLOSE)
        if c == "," and depth == 0:
            parts.append(inside[last:i].strip())
            last = i + 1
    parts.append(inside[last:].strip())
    return [part for part in parts if part]
