"""Which files of a rock's source go where: by the build types `builtin`, `none`, `cmake`, `make`
and `command`, of which the last three are read, not run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import RocksError, cmake, provided
from .data import listed
from .rockspec import Rockspec
from .safe import below, relative

_C = (".c", ".cc", ".cpp", ".cxx", ".cu", ".m", ".pyx", ".rs")
_SKIPPED = {"spec", "test", "tests", ".git", ".luarocks", "lua_modules", "test.lua", "tests.lua"}
_TYPES = ("builtin", "module", "none", "cmake", "make", "command")

Files = dict[str, Path]  # below the tree: lua/NAME… and bin/NAME → source


def files_of(rock: Rockspec, source: Path) -> Files:
    """The files that a rock installs, by their places `lua/…` and `bin/…`. Errors: RocksError,
    where it has C parts or a build that cannot be read, too."""
    source = source.resolve()
    build = rock.part("build")
    kind = build.get("type", "builtin")
    if kind not in _TYPES:
        raise RocksError(f"{rock.id}: build type '{kind}' is not known")
    try:
        found = _built(kind, build, source)
        found |= _installed(build.get("install"), source)
    except cmake.CParts as error:
        raise c_parts(rock.name, str(error)) from None
    if not found and kind != "none":
        raise RocksError(f"{rock.id} installs no Lua files")
    return found


def c_parts(name: str, part: str) -> RocksError:
    """The refusal of a rock with C parts."""
    return RocksError(
        f"{name} has C parts ({part}), which th7shell does not build{provided.advice(name)}"
    )


def _built(kind: str, build: dict[Any, Any], source: Path) -> Files:
    if kind == "none":
        return {}
    if kind in ("builtin", "module"):
        modules = build.get("modules")
        return _modules(modules, source) if isinstance(modules, dict) else _searched(source)
    if isinstance(build.get("modules"), dict):
        return _modules(build["modules"], source)
    if (source / "CMakeLists.txt").is_file():
        return {f"lua/{place}": file for place, file in cmake.lua_files(source).items()}
    if isinstance(build.get("install"), dict):
        _refuse_c(source.rglob("*"), source)
        return {}
    return _searched(source)


def _modules(modules: dict[Any, Any], source: Path) -> Files:
    """`build.modules`: a name and its Lua file, or the C files that make it."""
    found = {}
    for name, file in modules.items():
        if isinstance(file, dict):
            files = file.get("sources", file)
            parts = listed(files) if isinstance(files, dict) else [files]
            raise cmake.CParts(", ".join(str(p) for p in parts[:3]) or str(name))
        if not isinstance(name, str) or not isinstance(file, str):
            raise RocksError("build.modules holds something that is no file")
        if file.endswith(_C):
            raise cmake.CParts(file)
        found[f"lua/{module_path(name, file)}"] = _existing(source, file)
    return found


def module_path(name: str, file: str) -> str:
    """Where `require(name)` looks for a file: a/b.lua, or a/b/init.lua for a file init.lua."""
    place = name.replace(".", "/")
    init = file.rpartition("/")[2] == "init.lua" and not re.search(r"(^|/)init$", place)
    return relative(f"{place}/init.lua" if init else f"{place}.lua")


def beside_modules(name: str, file: str) -> str:
    """Where `build.install.lua` puts a file: a/b.lua for the name a.b; a file that is no Lua keeps
    its name, in the folder a."""
    folder, _slash, last = name.replace(".", "/").rpartition("/")
    return f"{folder}/{last + '.lua' if file.lower().endswith('.lua') else file}".lstrip("/")


def _installed(install: Any, source: Path) -> Files:
    """`build.install`: more Lua files and programs."""
    if not isinstance(install, dict):
        return {}
    if isinstance(install.get("lib"), dict) and install["lib"]:
        raise cmake.CParts(", ".join(map(str, install["lib"].values())))
    found: Files = {}
    for part in ("lua", "bin"):
        table = install.get(part)
        for key, file in table.items() if isinstance(table, dict) else ():
            if not isinstance(file, str):
                raise RocksError(f"build.install.{part} holds something that is no file")
            place = file.rpartition("/")[2]
            if isinstance(key, str):
                place = beside_modules(key, place) if part == "lua" else key
            found[f"{part}/{relative(place)}"] = _existing(source, file)
    return found


def _searched(source: Path) -> Files:
    """The Lua files below src/, lua/ or lib/, or the folder itself, as LuaRocks finds them."""
    root = next((source / n for n in ("src", "lua", "lib") if (source / n).is_dir()), source)
    files = [f for f in _tidy(root) if f.relative_to(root).parts[0] not in _SKIPPED]
    _refuse_c(files, source)
    found = {}
    for file in files:
        if file.suffix.lower() == ".lua":
            place = file.relative_to(root).as_posix()
            found[f"lua/{relative(place)}"] = below(source, str(file.relative_to(source)))
    return found


def _refuse_c(files: Iterable[Path], source: Path) -> None:
    for file in files:
        if file.suffix in _C:
            raise cmake.CParts(str(file.relative_to(source)))


def _tidy(root: Path) -> list[Path]:
    return [f for f in sorted(root.rglob("*")) if f.is_file()]


def _existing(source: Path, file: str) -> Path:
    place = below(source, file.removeprefix("./"))
    if not place.is_file():
        raise RocksError(f"the rockspec names {file}, which is not in the source")
    return place
