"""The rooms import one another in one direction only (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "th7shell"

# room → the rooms it may import, besides itself
LIBRARY = ("lua", "torch")
COMPANIONS = ("lua", "torch", "nn")
SESSION = (*COMPANIONS, "display", "plot", "session")
MAY_IMPORT: dict[str, tuple[str, ...] | None] = {
    "lua": (),
    "torch": ("lua",),
    "nn": LIBRARY,
    "session": None,  # None: everything but the front ends
    "display": None,
    "shell": None,
    "kernel": None,
    "rocks": ("lua", "session"),  # the program `th7shell rocks`
    "cli": None,
    "options": None,
    "subcommands": None,
    "__main__": None,
    "__init__": None,
}
FRONT_ENDS = ("shell", "kernel", "cli", "subcommands")
MAY_IMPORT_FRONT_ENDS = {
    "shell": ("shell", "cli"),
    "kernel": ("kernel", "cli"),
    "cli": FRONT_ENDS,
    "__main__": FRONT_ENDS,
    "__init__": FRONT_ENDS,  # `th7shell.shell()` in Python, inside the function
}
UPPER = ("export", "session", "shell", "kernel", "cli")  # what no companion package imports
ABOVE_EXPORT = ("display", "session", "shell", "kernel", "cli")
TERMINAL = ("prompt_toolkit", "rich", "pygments", "ipykernel", "IPython")
RUNS_LUA = (
    "compiler.build",
    "compiler.parser",
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


def imports(path: Path):
    """(module as a dotted name from its root, line) of each import, inside functions too."""
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
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module == "th7shell":
                for alias in node.names:
                    yield f"th7shell.{alias.name}", node.lineno
            else:
                yield module, node.lineno


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
            assert target not in UPPER, where


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
