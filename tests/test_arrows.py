"""The rooms import one another in one direction only (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "th7shell"

# room → the rooms it may import, besides itself
LIBRARY = ("lua", "torch")
COMPANIONS = ("lua", "torch", "nn")
MAY_IMPORT: dict[str, tuple[str, ...] | None] = {
    "lua": (),
    "torch": ("lua",),
    "nn": LIBRARY,
    "display": (*COMPANIONS, "plot"),
    "trepl": ("lua", "torch", "display"),  # how th prints, which the session prints with
    "plot": LIBRARY,
    "session": None,  # None: everything but the front ends
    "shell": None,
    "kernel": None,
    "rocks": ("lua", "session"),  # the program `th7shell rocks`
    "cli": None,
    "options": None,
    "subcommands": None,
    "launch": (),
    "__main__": None,
    "__init__": None,
}
FRONT_ENDS = ("shell", "kernel", "cli", "subcommands", "launch")
MAY_IMPORT_FRONT_ENDS = {
    "shell": ("shell", "cli"),
    "kernel": ("kernel", "cli"),
    "cli": FRONT_ENDS,
    "subcommands": ("launch",),
    "__main__": FRONT_ENDS,
    "__init__": FRONT_ENDS,  # `th7shell.shell()` in Python, inside the function
}
UPPER = ("export", "session", "shell", "kernel", "cli")  # what no companion package imports
ABOVE_EXPORT = ("display", "session", "shell", "kernel", "cli")
PRINTS = ("display", "session", "shell", "kernel", "rocks", "cli", "subcommands", "launch")
# below the session, what owns the standard streams, and what asks only whether they are a terminal
STREAMS = {"lua/stdlib/streams.py", "lua/stdlib/io.py", "xlua/progress.py", "trepl/printing.py"}
LEFT_IN_CIRCLES = set(
    """
    lua.arithmetic lua.iteration lua.metatables lua.prototypes lua.runtime lua.type_metatables
    torch.classes torch.index_protocol torch.lending torch.operators
    torch.memory torch.stranded
    """.split()
)
TERMINAL = ("prompt_toolkit", "rich", "pygments", "ipykernel", "IPython")
RUNS_LUA = (
    "compiler.build",
    "compiler.parser",
    "compiling",
    "interpreter",
    "runtime",
    "stdlib.loading",
    "stdlib.package",
)


def files():
    return sorted(p for p in ROOT.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else path.stem


def imported(path: Path):
    """(module, name taken from it or None, line) of each import of a file, inside functions too;
    what only a type checker reads is left out."""
    package = ["th7shell", *path.relative_to(ROOT).parts[:-1]]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checking = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in checking:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield module, alias.name, node.lineno


def imports(path: Path):
    """(module as a dotted name from its root, line) of each import."""
    for module, name, line in imported(path):
        yield (f"th7shell.{name}" if module == "th7shell" and name else module), line


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_with_the_arrows(path):
    room = room_of(path)
    allowed = MAY_IMPORT.get(room, COMPANIONS if room not in MAY_IMPORT else None)
    for module, line in imports(path):
        where = f"{path.relative_to(ROOT)}:{line} imports {module}"
        root, _, rest = module.partition(".")
        if root in TERMINAL:
            assert room in ("session", "display", "shell", "kernel", "cli"), where
        if root != "th7shell" or not rest:
            continue
        target = rest.split(".")[0]
        if target == room:
            continue
        if target in FRONT_ENDS:
            assert target in MAY_IMPORT_FRONT_ENDS.get(room, ()), where
        if room in MAY_IMPORT and allowed is not None:
            assert target in allowed or (ROOT / f"{target}.py").is_file(), where
        elif room == "export":
            assert target not in ABOVE_EXPORT, where
        elif room not in MAY_IMPORT:  # a companion package: below the session
            assert target not in (*UPPER, "display"), where


@pytest.mark.parametrize(
    "path",
    [p for p in files() if room_of(p) in ("torch", "nn", "optim")],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_the_library_does_not_need_what_compiles_and_runs_lua(path):
    """`from th7shell import torch, nn` works with no Lua compiled; what runs Lua is imported late."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    early = {id(n) for n in tree.body}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and id(node) in early:
            module = node.module or ""
            name = module.removeprefix("th7shell.") if not node.level else module
            for part in RUNS_LUA:
                wrong = f"lua.{part}" in (name, name[: len(part) + 4])
                assert not wrong, f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"


def test_every_room_is_named_in_the_rules_or_is_a_companion():
    rooms = {room_of(p) for p in files()}
    assert {"lua", "torch", "nn", "session", "shell"} <= rooms
    companions = rooms - set(MAY_IMPORT)
    assert {room for room in companions if room in UPPER} == {"export"}


@pytest.mark.parametrize(
    "path",
    [p for p in files() if room_of(p) not in PRINTS],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_below_the_session_nothing_writes_to_the_terminal_itself(path):
    """A library prints through Lua's `print` and `io` (torch.console), which programs replace."""
    if path.relative_to(ROOT).as_posix() in STREAMS:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr"):
            raise AssertionError(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that need one another (strongly connected components)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in graph[name]:
            if other not in order:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in order:
            visit(name)
    return found


def test_no_import_circles():
    """Not even through imports inside functions: two files that need each other are one idea in
    two places. What is left is listed, and the list may only become shorter."""
    names = {dotted(p): p for p in files() if p != ROOT / "__init__.py"}  # the face shows them all
    graph = {
        name: {m for m in targets(path) if m in names and m != name} for name, path in names.items()
    }
    left = {name.removeprefix("th7shell.") for group in circles(graph) for name in group}
    assert left <= LEFT_IN_CIRCLES, sorted(left - LEFT_IN_CIRCLES)
    assert left >= LEFT_IN_CIRCLES, f"out of circles now: {sorted(LEFT_IN_CIRCLES - left)}"


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(path: Path):
    """The dotted modules that a file imports, names taken from a package resolved to its files."""
    for module, name, _ in imported(path):
        inner = f"{module}.{name}"
        place = ROOT.parent / inner.replace(".", "/")
        yield inner if place.with_suffix(".py").is_file() or place.is_dir() else module


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_are_relative_within_a_room_and_absolute_across(path):
    parts = path.relative_to(ROOT).parts
    package = ["th7shell", *parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = package[: len(package) + 1 - node.level] if node.level else []
        module = [*base, *(node.module or "").split(".")]
        if module[0] != "th7shell":
            continue
        inside = len(parts) > 1 and module[1:2] == [parts[0]]
        assert bool(node.level) is inside, f"{path.relative_to(ROOT)}:{node.lineno}"
