"""The Lua files that a CMakeLists.txt installs, read without running anything.

What Torch's packages use is understood: `set`, `list(APPEND)`, `file(GLOB)`, `foreach`,
`get_filename_component`, `add_subdirectory`, `add_torch_package`, `install(FILES)` and
`install(DIRECTORY)`. Both branches of an `if` are read. A target of C makes the rock one with C
parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from . import RocksError
from .safe import below, relative

_TOKEN = re.compile(
    r"""\#\[(?P<c>=*)\[.*?\](?P=c)\] | \#[^\n]* | \s+
    | \[(?P<l>=*)\[(?P<long>.*?)\](?P=l)\]
    | "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<open>\() | (?P<close>\))
    | (?P<bare>(?:[^\s()\#"\\]|\\.)+)""",
    re.VERBOSE | re.DOTALL,
)
_VARIABLE = re.compile(r"\$\{([\w./+\-]*)\}")
_TARGETS = ("add_library", "add_executable", "cuda_add_library", "cuda_add_executable")
_ROOTS = {"LUADIR", "LUA_PATH", "INSTALL_LUADIR", "ROCKS_LUADIR", "Torch_INSTALL_LUA_PATH_SUBDIR"}
_LUA = "\1"  # stands for the folder of Lua files in a destination
_MOST = 50_000  # commands, with those of loops counted each time
_DEEP = 20  # folders in folders

Command = tuple[str, list[tuple[str, bool]]]  # its name, and its words: text, and whether quoted


class CParts(RocksError):
    """The rock has a part that is compiled. The message is its file or target."""


def lua_files(root: Path) -> dict[str, Path]:
    """The files that the CMakeLists.txt of a folder installs among Lua's: destination → source.
    Errors: CParts, RocksError."""
    reader = _Reader(root)
    reader.folder(root, {})
    return reader.found


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: dict[str, Path] = {}
        self.count = self.depth = 0

    def folder(self, place: Path, variables: dict[str, str]) -> None:
        """Read the CMakeLists.txt of a folder, with a copy of the variables of the one above."""
        file = place / "CMakeLists.txt"
        if not file.is_file():
            return
        self.depth += 1
        if self.depth > _DEEP:
            raise RocksError(f"{file.relative_to(self.root)}: too many folders in one another")
        own = {**variables, "CMAKE_CURRENT_SOURCE_DIR": str(place)}
        own.setdefault("CMAKE_SOURCE_DIR", str(place))
        own.setdefault("PROJECT_SOURCE_DIR", str(place))
        own |= dict.fromkeys(_ROOTS, _LUA)
        text = file.read_text(encoding="utf-8", errors="replace")
        self.run(list(_commands(text)), place, own)
        self.depth -= 1

    def run(self, commands: list[Command], place: Path, variables: dict[str, str]) -> None:
        at = 0
        while at < len(commands):
            name, words = commands[at]
            at += 1
            self.count += 1
            if self.count > _MOST:
                raise RocksError("CMakeLists.txt is too long")
            if name in ("macro", "function", "foreach", "while"):
                end = _closing(commands, at, name)
                body, at = commands[at:end], end + 1
                if name == "foreach" and words:
                    variable, *items = _expanded(words, variables)
                    for item in [i for i in items if i not in ("IN", "LISTS", "ITEMS")]:
                        self.run(body, place, variables | {variable: item})
                continue
            self.command(name, _expanded(words, variables), place, variables)

    def command(self, name: str, words: list[str], place: Path, variables: dict[str, str]) -> None:
        if not words:
            return
        if name == "set":
            values = [w for w in words[1:] if w != "PARENT_SCOPE"]
            if "CACHE" in values:
                values = values[: values.index("CACHE")]
            if words[0] not in _ROOTS:
                variables[words[0]] = ";".join(values)
        elif name == "list" and words[0].upper() == "APPEND" and len(words) > 1:
            before = variables.get(words[1], "")
            variables[words[1]] = ";".join([*([before] if before else []), *words[2:]])
        elif name == "file" and words[0].upper() in ("GLOB", "GLOB_RECURSE") and len(words) > 1:
            variables[words[1]] = ";".join(_glob(place, words[0].upper(), words[2:]))
        elif name == "get_filename_component" and len(words) > 2:
            variables[words[0]] = _component(words[1], words[2].upper())
        elif name == "add_subdirectory":
            inner = below(self.root, str((place / words[0]).relative_to(self.root)))
            self.folder(inner, variables)
        elif name == "add_torch_package":
            self.package(words, place)
        elif name in _TARGETS:
            raise CParts(words[0])
        elif name == "install_files":
            for word in words[1:]:
                self.add(word, place, words[0].removeprefix(_LUA))
        elif name == "install":
            self.install(words, place)

    def package(self, words: list[str], place: Path) -> None:
        """`add_torch_package(name "C sources" "Lua sources" …)`."""
        sources = [w for w in (words[1] if len(words) > 1 else "").split(";") if w]
        for source in sources:
            if Path(source).suffix.lower() not in (".lua", ".h"):
                raise CParts(Path(source).name)
        for source in words[2].split(";") if len(words) > 2 else ():
            if source:
                self.add(source, place, words[0])

    def install(self, words: list[str], place: Path) -> None:
        """`install(FILES … DESTINATION d)` and `install(DIRECTORY … DESTINATION d)`."""
        kind = words[0].upper()
        if kind == "TARGETS":
            raise CParts(words[1] if len(words) > 1 else "a target")
        if "DESTINATION" not in words:
            return
        at = words.index("DESTINATION")
        destination = words[at + 1] if at + 1 < len(words) else ""
        if kind not in ("FILES", "PROGRAMS", "DIRECTORY") or _LUA not in destination:
            return  # programs, headers, documents
        destination = destination.partition(_LUA)[2].strip("/")
        for word in words[1:at]:
            source = place / word
            if kind != "DIRECTORY":
                self.add(word, place, destination)
                continue
            above = source if word.endswith("/") else source.parent
            for file in sorted(source.rglob("*")):
                if file.is_file():
                    inner = file.relative_to(above).parent.as_posix()
                    self.add(str(file), place, f"{destination}/{inner}")

    def add(self, source: str, place: Path, destination: str) -> None:
        """Note one file for a folder among Lua's."""
        path = place / source
        if not path.is_relative_to(self.root):
            raise RocksError(f"refused: '{source}' leads out of the rock's folder")
        file = below(self.root, str(path.relative_to(self.root)))
        if not file.is_file():
            raise RocksError(f"CMakeLists.txt installs {source}, which is not there")
        self.found[relative(f"{destination.strip('/')}/{path.name}".lstrip("/"))] = file


def _commands(text: str) -> Iterator[Command]:
    """The commands of a CMakeLists.txt; what is none is passed over."""
    name, words, depth = "", list[tuple[str, bool]](), 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
            if depth == 0 and name:
                yield name, words
                name, words = "", []
        elif kind in ("long", "quoted", "bare"):
            if depth == 0:
                name = match.group().lower()
            else:
                words.append((match[kind], kind != "bare"))


def _closing(commands: list[Command], at: int, name: str) -> int:
    depth = 1
    for place in range(at, len(commands)):
        depth += (commands[place][0] == name) - (commands[place][0] == f"end{name}")
        if depth == 0:
            return place
    return len(commands)


def _expanded(words: list[tuple[str, bool]], variables: dict[str, str]) -> list[str]:
    """Words with their variables' values; one without quotes is split at semicolons."""
    found = []
    for word, quoted in words:
        for _ in range(5):  # ${${x}}
            word, changes = _VARIABLE.subn(lambda m: variables.get(m[1], ""), word)
            if not changes or len(word) > 1_000_000:
                break
        found += [word] if quoted else [w for w in word.split(";") if w]
    return found


def _glob(place: Path, kind: str, words: list[str]) -> list[str]:
    base = place
    if words[:1] == ["RELATIVE"]:
        base, words = Path(words[1]), words[2:]
        shown = "relative"
    else:
        shown = "whole"
    found = []
    for word in words:
        pattern = word.removeprefix(f"{place}/")
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            continue
        folder = place / Path(pattern).parent
        search = folder.rglob if kind == "GLOB_RECURSE" else folder.glob
        matches = sorted(search(Path(pattern).name))
        files = (f for f in matches if f.is_file() and ".git" not in f.parts)
        found += [str(f.relative_to(base)) if shown == "relative" else str(f) for f in files]
    return found


def _component(path: str, what: str) -> str:
    if what in ("PATH", "DIRECTORY"):
        return path.rpartition("/")[0]
    if what == "NAME":
        return path.rpartition("/")[2]
    if what == "NAME_WE":
        return path.rpartition("/")[2].partition(".")[0]
    return path
