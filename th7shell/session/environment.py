"""The world a program runs in, as th makes it: the language's globals, the packages, th's print and
helpers."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any

from th7shell import lua, pl
from th7shell.lua import LuaError, Table, rawget, rawset, state
from th7shell.lua.compiling import compile_chunk
from th7shell.lua.host import lua_function
from th7shell.lua.stdlib.texts import from_system, from_text, to_system

from . import offered, packages
from .interrupts import keep_interrupts
from .python_frames import SHOWN, frame_at, plays_lua

PRELOADED = (
    "torch",
    "paths",
    "sys",
    "xlua",
    "dok",
)  # th's globals, loaded when a chunk mentions them
WATCHED = (
    "stringx",
    "tablex",
    "path",
    "dir",
    "text",
)  # of Penlight, there while globals are watched
XLUA = {"table": ("splice", "prune"), "string": ("split", "tosymbol")}  # what xlua adds to them


class Environment:
    """One interpreter with everything th gives to scripts.

    world: where it lives, by default one of its own; `state.MAIN` is what Python itself sees.
    """

    def __init__(self, world: state.World | None = None) -> None:
        from th7shell.lua.interpreter import Interpreter

        self._loading: threading.Thread | None = None
        self.offering = False
        keep_interrupts()
        self.interpreter = Interpreter(world)
        self.world = self.interpreter.world
        self.globals: Table = self.interpreter.globals
        with self.interpreter:
            self._furnish()

    def _furnish(self) -> None:
        from th7shell import trepl

        packages.install(self.globals)
        pl.preload(self.globals)
        self.workspace = trepl.install(self.globals)
        for name in PRELOADED:
            state.autoload[name] = partial(self.globals.require, name)
        for name in ("xprint", "xerror", "xrequire"):
            state.autoload[name] = partial(self.globals.require, "xlua")
        for library, names in XLUA.items():
            for name in names:
                rawset(self.globals[library], name, self.addition(library, name))
        self.globals.include = lua_function(self.include)
        self.globals.monitor_G = lua_function(self.monitor_G)
        self.workspace.settle((*PRELOADED, "warn"))
        self.workspace.packages = frozenset(offered.names())

    def addition(self, library: str, name: str) -> Callable[..., Any]:
        """A function that xlua adds to a library of Lua's, imported when it is first called."""

        def call(*arguments: Any) -> Any:
            from th7shell.xlua.tables import ADDITIONS

            function = ADDITIONS[library][name]
            if rawget(self.globals[library], name) is call:
                rawset(self.globals[library], name, function)
            return function(*arguments)

        return call

    def preload(self) -> None:
        """Load what otherwise waits for its first mention: a prompt completes and lists names."""
        if self._loading is not None:
            self._loading.join()
            self._loading = None
        with state.inside(self.world):
            state.provide(PRELOADED)

    def preload_aside(self) -> None:
        """The same in a thread, while the user looks at the first prompt; `preload` waits for its
        end."""
        if self._loading is None and all(name in self.world.autoload for name in PRELOADED):
            self._loading = threading.Thread(target=self._load_aside, daemon=True)
            self._loading.start()

    def _load_aside(self) -> None:
        with contextlib.suppress(Exception), state.inside(self.world):  # said by whoever needs it
            state.autoload["torch"]()

    def load(self, text: str, chunk: str) -> Callable[..., Any]:
        """Compile text; `chunk` is its name: `=name` as it is, anything else a text that stands for
        itself. The function enters this environment's world when it is called."""
        return self.interpreter.load(from_text(text), from_text(chunk))

    def entry(self, source: str, text: str) -> Callable[..., Any]:
        """Compile an entry for a session that is in this world. Errors quote `text`, as it was
        typed: without the `return` that was put before it."""
        with self.interpreter:
            function = compile_chunk(from_text(source), from_text(text))
        function.__globals__[SHOWN] = text
        return function

    def load_file(self, path: str) -> Callable[..., Any]:
        """Compile a Lua file; its path as the system writes it."""
        return self.interpreter.load_file(path)

    def include(self, path: Any = None, depth: Any = None, *_: Any) -> Any:
        """Run a Lua file beside the one that asks."""
        from th7shell.trepl.requiring import calling_folder

        if not isinstance(path, str):
            raise LuaError("include: a file name expected", 1)
        place = calling_folder(sys._getframe(1)) / to_system(path)
        return self.globals.dofile(from_system(str(place)))

    def set_arguments(
        self, before: Sequence[str], script: str | None, arguments: Sequence[str]
    ) -> None:
        """Set the global `arg`: the script at 0, its arguments from 1, the words before it below
        0."""
        table = Table()
        words = [*before] if script is None else [*before, script]
        for i, word in enumerate(words):
            rawset(table, i - len(words) + 1, from_text(word))
        for i, word in enumerate(arguments):
            rawset(table, i + 1, from_text(word))
        self.globals.arg = table

    def set_global(self, name: str, value: Any) -> None:
        """Set a global without its metatable."""
        rawset(self.globals, name, value)

    def monitor_G(self, cb: Any = None, *_: Any) -> tuple[()]:
        """Watch the globals, as -g does; `monitor_G(true)` as -gg does; `monitor_G(f)` calls
        f(name, 'newindex' or 'index')."""
        if isinstance(cb, bool) or cb is None:
            self.monitor(1 if cb is None else 2)
        else:
            self.monitor(1, cb)
        return ()

    def monitor(self, level: int, tell: Callable[..., Any] | None = None) -> None:
        """Watch the globals: 1 warns of a new one (or calls tell), 2 makes it an error."""
        if level:
            self.preload()
            from th7shell.trepl.workspace import monitor

            for name in WATCHED:
                rawset(self.globals, name, pl.module(name))

            handlers = monitor(
                self.globals,
                level > 1,
                calling_line,
                (*offered.names(), "help"),  # dok's
                lambda name: offered.found(name) if self.offering else None,
                tell,
            )
            self.globals.setmetatable(self.globals, lua.new_table([], handlers))

    def offer(self) -> None:
        """Let code that comes from no file read packages that it has not required."""
        self.offering = True
        offered.offer(self.globals)

    def precision(self, digits: int) -> None:
        """Digits after the point of printed tensors."""
        if digits == 4 and "th7shell.torch.text" not in sys.modules:
            return  # Torch's own; nothing to change before torch is there
        from th7shell.torch.text import set_precision

        set_precision(digits)

    def get(self, name: str) -> Any:
        """A global without its metatable."""
        return rawget(self.globals, name)


def calling_line() -> tuple[str, int] | None:
    """File and line of the innermost Lua frame."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if plays_lua(frame):
            found = frame_at(frame, frame.f_lineno)
            return found.file, found.line
        frame = frame.f_back
    return None
