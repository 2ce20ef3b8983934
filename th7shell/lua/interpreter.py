"""One Lua interpreter: its globals, how source becomes a function in it, and the stack on which
programs run."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from . import state
from .compiling import compile_chunk
from .values import Table

DEPTH = 7000  # nested calls on an ordinary stack
_PATIENCE = 0.2  # seconds: some systems tell of Ctrl-C only between waits
DEEP = 200_000  # nested calls on a stack of `stack_size()`
_STUCK = 1.0  # seconds
_GUARD = 2 << 20  # bytes that Linux keeps free below a stack
_STACK = 512 << 20  # its bytes, of which only what is used is ever touched


def deepen() -> bool:
    """Give this thread's own stack, if it is the main one, room for deep recursion for good;
    whether that is possible. There Ctrl-C reaches what Python itself waits for."""
    main = threading.current_thread() is threading.main_thread()
    if not main or sys.platform != "linux" or sys.version_info >= (3, 14) or not _grown():
        return False  # from Python 3.14 on, a stack's end is what it was at the start
    sys.setrecursionlimit(max(DEEP, sys.getrecursionlimit()))
    return True


def _grown() -> bool:
    """Let the main thread's stack grow to `_STACK` bytes, if nothing is in its way. Linux gives it
    memory as it is used, up to the limit at that time."""
    import resource

    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
        above = 0
        with open("/proc/self/maps", "rb") as maps:
            for line in maps:
                _low, _, high = line.split(b" ", 1)[0].partition(b"-")
                if line.endswith(b"[stack]\n"):
                    break
                above = int(high, 16)
            else:
                return False
        if int(high, 16) - above < _STACK + _GUARD:
            return False
        if soft != resource.RLIM_INFINITY and soft < _STACK:
            resource.setrlimit(resource.RLIMIT_STACK, (_STACK, hard))
    except (OSError, ValueError):
        return False
    return True


def run_deep(
    function: Callable[..., Any], *arguments: Any, stuck: Callable[[], Any] | None = None
) -> Any:
    """Call a function where deep recursion has room, on a thread's stack; an interrupt reaches it
    there. stuck: called when it does not answer an interrupt for a second, being in a call in C.

    Under a debugger or profiler, which watch one thread, and in a browser, which has no others, it
    runs on the ordinary stack.
    """
    if observed() or sys.platform == "emscripten":
        return function(*arguments)
    interrupted = 0.0
    outcome: list[Any] = []
    done = threading.Event()
    world = state.current.world

    def run() -> None:
        state.enter(world)
        try:
            outcome.extend((True, function(*arguments)))
        except BaseException as error:
            outcome.extend((False, error))
        finally:
            done.set()

    old_size = threading.stack_size(stack_size())
    old_limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(DEEP, old_limit))
    try:
        thread = threading.Thread(target=run, name="Lua", daemon=True)
        thread.start()
    finally:
        threading.stack_size(old_size)
    while not done.is_set():
        try:
            done.wait(_PATIENCE)
            if stuck is not None and interrupted and time.monotonic() - interrupted > _STUCK:
                stuck()
        except KeyboardInterrupt:
            import ctypes

            interrupted = interrupted or time.monotonic()
            interrupt = ctypes.py_object(KeyboardInterrupt)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), interrupt)
    sys.setrecursionlimit(old_limit)
    succeeded, result = outcome
    if succeeded:
        return result
    raise result


def observed() -> bool:
    """Whether a debugger, profiler or coverage tool watches this thread."""
    if sys.gettrace() is not None or sys.getprofile() is not None:
        return True
    monitoring = getattr(sys, "monitoring", None)  # from Python 3.12 on
    return monitoring is not None and any(monitoring.get_tool(i) is not None for i in range(6))


def stack_size() -> int:
    """The bytes of a stack on which recursion has room."""
    return _STACK if sys.maxsize > 1 << 32 else 64 << 20


class Interpreter:
    """A Lua state: its globals with the standard library, in a world of its own. What it loads runs
    in that world; a Lua function that Python calls later runs in it inside `with interpreter:`.

    world: the one to take instead, `state.MAIN` for what Python itself sees of `torch` and `nn`.
    """

    def __init__(self, world: state.World | None = None) -> None:
        from .stdlib import install

        if sys.getrecursionlimit() < DEPTH:
            sys.setrecursionlimit(DEPTH)
        self.world = state.World() if world is None else world
        self.globals = self.world.globals = Table()
        self.world.autoload.clear()
        self.world.makes_nodes = False
        self._before: list[state.World] = []
        with self:
            install(self.globals)

    def __enter__(self) -> Interpreter:
        self._before.append(state.enter(self.world))
        return self

    def __exit__(self, *_: object) -> None:
        state.enter(self._before.pop())

    def close(self) -> None:
        """End this thread's coroutines that wait in the middle: they hold the world, which is
        otherwise freed when nothing holds the interpreter and its values any more."""
        from .stdlib.coroutine import end_waiting

        end_waiting(self.world)

    def load(self, text: str, chunk: str | None = None) -> Callable[..., Any]:
        """Compile Lua text; the function enters this interpreter's world when it is called."""
        with state.inside(self.world):
            return self._entering(compile_chunk(text, text if chunk is None else chunk))

    def load_file(self, path: str) -> Callable[..., Any]:
        """Compile a Lua file; its path as the system writes it."""
        from .stdlib.loading import load_file
        from .stdlib.texts import from_system

        with state.inside(self.world):
            return self._entering(load_file(from_system(path), None, self.globals))

    def run_file(self, path: str, *arguments: Any) -> Any:
        """Run a Lua file and return its results."""
        return self.load_file(path)(*arguments)

    def _entering(self, function: Callable[..., Any]) -> Callable[..., Any]:
        world = self.world

        def run(*arguments: Any) -> Any:
            with state.inside(world):
                return function(*arguments)

        return run
