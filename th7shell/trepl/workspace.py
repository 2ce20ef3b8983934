"""`who`, `import` and the watch on new globals (`monitor_G`, th's -g and -gg)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from th7shell import lua
from th7shell.display.text import size_text, typename
from th7shell.display.visible import visible_bytes
from th7shell.lua import LuaError, Table
from th7shell.lua.stdlib import streams

from .output import write


def row(name: Any, value: Any) -> tuple[str, str, str, int]:
    """(name, type, what it is, bytes it holds) of one variable."""
    kind = typename(value) or lua.lua_type(value)
    size = 0
    if kind.endswith("Tensor"):
        size, text = (
            int(value.nd.nbytes),
            (size_text(value) or "").rpartition(" - ")[2].replace("size: ", ""),
        )
    elif kind == "table":
        text = f"size: {lua.length(value)}" if isinstance(value, Table) else ""
    elif kind == "string":
        short = value[:40] + ("..." if len(value) > 40 else "")
        text, size = '"' + short.replace("\n", "\\n") + '"', len(value)
    elif kind in ("number", "boolean", "function"):
        text = lua.tostring(value)
    else:
        text, size = "", _weight(value)
    return lua.tostring(name), kind, text, size


def _weight(value: Any) -> int:
    """Bytes of the tensors that hang directly on a module, its children's included; shared memory
    counts once."""
    seen: set[int] = set()

    def walk(v: Any) -> int:
        if id(v) in seen:
            return 0
        seen.add(id(v))
        if (typename(v) or "").endswith("Tensor"):
            return int(v.nd.nbytes)
        if isinstance(v, Table):
            return sum(walk(x) for _, x in lua.items(v))
        return 0

    return walk(value)


class Workspace:
    """The user's variables: what the globals hold beyond the names that were there at the start."""

    def __init__(self, globals: Table) -> None:
        self.globals = globals
        self.preloaded: set[str] = set()
        self.packages: frozenset[str] = frozenset()  # the names of th7shell's own
        self.printer: Any = None  # what `print` is made of

    def settle(self, expected: Iterable[str] = ()) -> None:
        """Take what is there now, and the expected, as th's own names (`who()` leaves them out)."""
        self.preloaded = {k for k, _ in lua.items(self.globals) if isinstance(k, str)}
        self.preloaded.update(expected)
        self.globals._preloaded_ = lua.new_table([], dict.fromkeys(sorted(self.preloaded), True))
        self.preloaded |= {"_preloaded_", "_RESULT", "_RESULTS", "_LAST", "_", "arg", "_G"}

    def take_over(self, package: Any) -> None:
        """Count the globals that a preloaded package has made (xlua's xprint …) as th's own."""
        own = (
            {id(value) for _, value in lua.items(package)} if isinstance(package, Table) else set()
        )
        for key, value in lua.items(self.globals):
            if isinstance(key, str) and id(value) in own:
                self.preloaded.add(key)

    def names(self, system: bool = False) -> Iterator[tuple[Any, Any]]:
        """(name, value) of the user's globals, or of th's own."""
        loaded = self.globals.package.loaded
        for key, value in lua.items(self.globals):
            own = key in self.preloaded
            if isinstance(key, str) and not own:
                own = key[:1] == "_" and key[1:].isdigit()
                own = own or value is lua.rawget(loaded, f"pl.{key}")  # made on demand
                own = own or (key in self.packages and self.is_package(key, value))
            if own == system:
                yield key, value

    def is_package(self, name: str, value: Any) -> bool:
        """Whether a global of this name is the package of that name, not a variable of the
        user's."""
        loaded = lua.rawget(self.globals.package.loaded, name)
        return loaded is not None and (value is loaded or loaded is True)

    def who(self, options: Any = None, *_: Any) -> tuple[()]:
        """List your variables: name, type, size or value, bytes. who(true) lists th's own too;
        who{sort='bytes'} (or 'name', 'type') sorts them."""
        order = options.sort if isinstance(options, Table) else None
        if options is True:
            write("== System Variables ==\n" + self.table(True, None))
        write("== User Variables ==\n" + self.table(False, order) + "==\n")
        return ()

    def table(self, system: bool, order: str | None) -> str:
        """The lines of `who`, in columns."""
        columns = {"name": 0, "type": 1, "size": 2, "bytes": 3}
        rows = [row(name, value) for name, value in self.names(system)]
        if order is not None:
            if order not in columns:
                raise LuaError(f"who: cannot sort by '{order}' (name, type, size, bytes)", 1)
            rows.sort(key=lambda r: r[columns[order]], reverse=order == "bytes")
        if not rows:
            return ""
        width = [max(len(str(r[i])) for r in rows) for i in range(3)]
        lines = []
        for name, kind, text, size in rows:
            held = f"{size:,} bytes" if size else ""
            line = f"{name:<{width[0]}}  {kind:<{width[1]}}  {text:<{min(width[2], 44)}}  {held}"
            lines.append(visible_bytes(line).rstrip() + "\n")
        return "".join(lines)

    def import_(self, package: Any = None, forced: Any = None, *_: Any) -> tuple[()]:
        """Require a package and copy its names into the globals; names that exist stay, unless
        `forced`."""
        if not isinstance(package, str):
            raise LuaError("import: the name of a package expected", 1)
        result = lua.first(self.globals.require(package))
        names = lua.rawget(self.globals, package) or result
        if isinstance(names, Table):
            for key, value in lua.items(names):
                if forced or lua.rawget(self.globals, key) is None:
                    lua.rawset(self.globals, key, value)
        return ()


def monitor(
    globals: Table,
    strict: bool,
    position: Callable[[], tuple[str, int] | None],
    packages: Iterable[str] = (),
    found: Callable[[str], Any] = lambda name: None,
    tell: Callable[[Any, str], Any] | None = None,
) -> dict[str, Callable[..., Any]]:
    """The `__newindex` and `__index` that th's -g and -gg put on the globals: a warning on stderr
    for a global that a script creates or reads undeclared, an error when strict. packages: names
    that count as declared; found(name): what reading one of them gives; tell(name, 'newindex' or
    'index') is called instead of the report."""
    known = {k for k, _ in lua.items(globals)}
    packages = frozenset(packages)

    def report(what: str, key: Any) -> None:
        if tell is not None:
            tell(key, "newindex" if what.startswith("created") else "index")
            return
        place = position()
        at = f"{place[0]}:{place[1]}" if place else "[C-module]"
        message = f"{what}: {visible_bytes(lua.tostring(key))} @ {at}"
        if strict:
            raise LuaError(message, 0)
        streams.flush()
        streams.write(message + "\n", "stderr")
        streams.flush("stderr")

    def newindex(_: Any, key: Any, value: Any, *__: Any) -> tuple[()]:
        if key not in known and key not in packages:
            report("created global variable", key)
        known.add(key)
        lua.rawset(globals, key, value)
        return ()

    def index(_: Any, key: Any, *__: Any) -> Any:
        value = found(key) if key in packages else None
        if value is None and key not in known:
            report("attempt to read undeclared variable", key)
        return value

    return {"__newindex": newindex, "__index": index}
