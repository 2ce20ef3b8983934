"""The kernel's messages: execute, complete, inspect, is_complete, history, shutdown. Each is
answered by the `Session` that the terminal has too.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from importlib import import_module
from typing import Any

from ipykernel.iostream import OutStream
from ipykernel.kernelbase import Kernel

from th7shell import __version__, frontend
from th7shell.display.bundle import Bundle, bundle, twin
from th7shell.display.errors import error_text
from th7shell.lua import state
from th7shell.lua.interpreter import deepen
from th7shell.lua.stdlib import streams
from th7shell.session import failure
from th7shell.session.core import Kind, Outcome, Session
from th7shell.session.environment import Environment
from th7shell.session.history import History
from th7shell.session.interrupts import INTERRUPTS
from th7shell.session.settings import config_dir, load

from .input import KernelInput, ask
from .shower import Notebook
from .streams import send_all

NAME = re.compile(r"[A-Za-z_][\w.:]*")
LOST = re.compile("[\ud800-\udfff]")  # bytes that are no UTF-8


class LuaKernel(Kernel):
    """One session of Torch7 behind Jupyter's messages."""

    implementation = "th7shell"
    implementation_version = __version__
    language_info = {
        "name": "lua",
        "version": "5.1",
        "mimetype": "text/x-lua",
        "file_extension": ".lua",
        "pygments_lexer": "lua",
        "codemirror_mode": "lua",
    }
    banner = f"th7shell {__version__}: Torch7 on Python {sys.version.split()[0]}. ?name is help."
    help_links = [
        {"text": "Torch7", "url": "http://torch.ch"},
        {"text": "Lua 5.1", "url": "https://www.lua.org/manual/5.1/"},
    ]

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        deepen()
        settings, wrong = load(config_dir() / "config.toml")
        self.brain = Session(
            Environment(state.MAIN), settings, History(None), shower=Notebook(self.display)
        )
        self.brain.emit = lambda value: self.display(bundle(value))
        self.brain.read_line = lambda prompt: ask(self, prompt)
        self.entries: list[str] = []
        self.count = 0
        self.ready = False
        self.wrong = wrong

    # -- what goes out

    def display(self, data: Bundle, handle: str | None = None, again: bool = False) -> None:
        """Show a bundle; with a handle it can be replaced, which `again` does."""
        content: dict[str, Any] = {"data": clean(data), "metadata": {}}
        content["transient"] = {"display_id": handle} if handle else {}
        self.publish("update_display_data" if again else "display_data", content)

    def publish(self, kind: str, content: dict[str, Any]) -> None:
        """Send a message to all front ends, after what was printed before it."""
        send_all()
        self.send_response(self.iopub_socket, kind, content)

    # -- what comes in

    def set_parent(self, ident: Any, parent: dict[str, Any], channel: str = "shell") -> None:
        """What is printed from now on belongs to this request."""
        super().set_parent(ident, parent, channel)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, OutStream):
                stream.set_parent(parent)

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool = False,
        **_: Any,
    ) -> dict[str, Any]:
        """Run a cell."""
        self._allow_stdin = allow_stdin
        if store_history and not silent:
            self.entries.append(code)
            self.count += 1
        with self._streams(), INTERRUPTS.handled(lambda: None):
            self._start()
            outcome = self._evaluated(code)
            if not silent:
                outcome = self._shown(outcome)
        reply: dict[str, Any] = {"status": "ok", "execution_count": self.count}
        if outcome.failure is not None:
            error = self._error(outcome)
            if not silent:
                self.publish("error", error)
            return {"status": "error", "execution_count": self.count, **error}
        reply["payload"] = []
        if outcome.kind == Kind.EXIT:
            reply["payload"] = [{"source": "ask_exit", "keepkernel": False}]
        reply["user_expressions"] = {
            name: self._value(text) for name, text in (user_expressions or {}).items()
        }
        return reply

    def _evaluated(self, code: str) -> Outcome:
        try:
            return INTERRUPTS.run(self.brain.evaluate, code)
        except KeyboardInterrupt as error:  # just before or after the cell
            return Outcome(Kind.INTERRUPTED, failure=failure.interrupted(error))

    @contextlib.contextmanager
    def _streams(self) -> Any:
        before, sys.stdin = sys.stdin, KernelInput(self)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                streams.flush_all()
            send_all()
            sys.stdin = before

    def _start(self) -> None:
        """Before the first cell: lines about the settings, then init.lua."""
        if self.ready:
            return
        self.ready = True
        bars: Any = import_module("th7shell.xlua.progress")
        bars.presenter = self.brain.shower.progress
        for line in self.wrong:
            streams.write(f"{line}\n", "stderr")
        path = config_dir() / "init.lua"
        if path.is_file():
            try:
                self.brain.run_file(str(path))
            except Exception as error:
                self.brain.emit(self.brain.error_page(failure.describe(error, self.brain)))

    def _shown(self, outcome: Outcome) -> Outcome:
        """Show what a cell gave; a `print` or `__tostring` of the user's may fail."""
        try:
            if outcome.shown is not None or outcome.quiet or not outcome.values:
                if outcome.failure is None:
                    self.brain.show(outcome)
            else:
                self._result(outcome)
            frontend.settle()
            self.brain.shower.release()
        except KeyboardInterrupt as error:
            return Outcome(Kind.INTERRUPTED, failure=failure.interrupted(error))
        except Exception as error:
            return Outcome(Kind.ERROR, failure=failure.describe(error, self.brain))
        return outcome

    def _printed(self, outcome: Outcome) -> str:
        """What `print` writes of an entry's values."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.brain.show_values(outcome.values)
        return out.getvalue()

    def _result(self, outcome: Outcome) -> None:
        text = self._printed(outcome).rstrip("\n")
        data = twin(outcome.values[0], text) if len(outcome.values) == 1 else {"text/plain": text}
        content = {"execution_count": self.count, "data": clean(data), "metadata": {}}
        self.publish("execute_result", content)

    def _error(self, outcome: Outcome) -> dict[str, Any]:
        found = outcome.failure
        assert found is not None
        lines = error_text(self.brain.error_page(found), True).rstrip("\n").split("\n")
        name = "Interrupted" if found.interrupted else "Error"
        message = clean_text(found.message)
        return {"ename": name, "evalue": message, "traceback": [clean_text(line) for line in lines]}

    def _value(self, text: str) -> dict[str, Any]:
        outcome = self._evaluated(text)
        if outcome.failure is not None:
            return {"status": "error", **self._error(outcome)}
        data = clean({"text/plain": self._printed(outcome).removesuffix("\n")})
        return {"status": "ok", "data": data, "metadata": {}}

    async def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """Names at the cursor; positions are counted in characters."""
        end = len(code) if cursor_pos is None else cursor_pos
        found = self.brain.complete(code, end)
        start = min((c.start for c in found), default=end)
        texts = {code[start : c.start] + c.text: c for c in found}
        kinds = [
            {"text": t, "start": start, "end": end, "type": c.kind, "signature": c.about}
            for t, c in texts.items()
        ]
        return {
            "status": "ok",
            "matches": list(texts),
            "cursor_start": start,
            "cursor_end": end,
            "metadata": {"_jupyter_types_experimental": kinds},
        }

    async def do_inspect(
        self, code: str, cursor_pos: int | None, detail_level: int = 0, omit_sections: Any = ()
    ) -> dict[str, Any]:
        """Help on the name at the cursor, else on the call that is being typed; level 1 gives its
        source."""
        at = len(code) if cursor_pos is None else cursor_pos
        name = name_at(code, at)
        if name is None and (call := self.brain.signature(code, at)) is not None:
            name = call.name
        data: Bundle = {}
        if name is not None:
            page = self.brain.inspect(name, source=detail_level > 0)
            if page is not None:
                data = clean(bundle(page))
        return {"status": "ok", "found": bool(data), "data": data, "metadata": {}}

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Whether a cell is a whole entry, and how far to indent what goes on."""
        status, indent = self.brain.is_complete(code)
        if status == "incomplete":
            return {"status": status, "indent": " " * indent}
        return {"status": status}

    async def do_history(
        self,
        hist_access_type: str,
        output: bool,
        raw: bool,
        session: int | None = None,
        start: int = 1,
        stop: int | None = None,
        n: int | None = None,
        pattern: str | None = None,
        unique: bool = False,
    ) -> dict[str, Any]:
        """The cells of this kernel: the last n, a range, or those that fit a pattern of * and ?."""
        numbered = list(enumerate(self.entries, 1))
        if hist_access_type == "range":
            numbered = [e for e in numbered if start <= e[0] and (stop is None or e[0] < stop)]
        elif hist_access_type == "search" and pattern:
            from fnmatch import fnmatchcase

            numbered = [e for e in numbered if fnmatchcase(e[1], pattern)]
            if unique:
                numbered = list({text: (number, text) for number, text in numbered}.values())
        if n is not None:
            numbered = numbered[-n:]
        rows = [(0, i, (text, None) if output else text) for i, text in numbered]
        return {"status": "ok", "history": rows}

    async def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """End: what programs left open is written."""
        frontend.settle()
        for close in state.closing:
            with contextlib.suppress(Exception):
                close()
        with contextlib.suppress(OSError):
            streams.flush_all()
        return {"status": "ok", "restart": restart}


def name_at(code: str, at: int) -> str | None:
    """The name that the cursor is in or just behind."""
    for found in NAME.finditer(code):
        if found.start() <= at <= found.end():
            return found[0].rstrip(".:")
    return None


def clean(data: Bundle) -> Bundle:
    """A bundle that JSON can carry: bytes that are no UTF-8 are replaced."""
    return {k: clean_text(v) if isinstance(v, str) else v for k, v in data.items()}


def clean_text(text: str) -> str:
    """Text without halves of characters."""
    return LOST.sub("\ufffd", text)
