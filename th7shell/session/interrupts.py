"""Ctrl-C, from the moment a script or a prompt runs: when it stops something, and when it must not.

Python runs its handler in the main thread, between its own instructions. The handler raises
KeyboardInterrupt only inside `Interrupts.run`, so that no other line of ours has to expect it, and
not while something is imported or a package is opened, which would be left half made: then it comes
again a moment later. A thread that reads the signal's wake-up byte looks after calls in C, in which
the handler cannot run: a script ends a second later, at the prompt the third press ends the
program.
"""

from __future__ import annotations

import _signal as signal  # without the enumerations of `signal`
import _thread
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from th7shell.lua import state
from th7shell.lua.stdlib import streams

INTERRUPTED = 130  # the exit code
WITHIN = 1.0  # seconds that a call has before it counts as stuck
BETWEEN = 0.3  # seconds between the advice and a press that is meant as an answer to it
ADVICE = b"\nstill in a call that cannot be interrupted; Ctrl-C again ends th7shell\n"
_AGAIN = 0.005  # seconds until a press that came at a wrong moment comes again
_IMPORT = "<frozen importlib._bootstrap>"
_leaving = threading.Lock()  # taken once, by the thread that ends the process


class Watch:
    """Presses that the handler has not answered, and what to do about them."""

    def __init__(self) -> None:
        self.presses = 0
        self.first = self.advised = 0.0

    def pressed(self) -> str:
        """What to do on this press: 'wait', 'advise' or 'kill'. Hammering on the key is one
        press."""
        now = time.monotonic()
        self.presses += 1
        if self.presses == 1:
            self.first, self.advised = now, 0.0
        if now - self.first < WITHIN:
            return "wait"
        if not self.advised:
            self.advised = now
            return "advise"
        return "wait" if now - self.advised < BETWEEN else "kill"

    def answered(self) -> None:
        """The handler has run: no call is stuck."""
        self.presses = 0


class Interrupts:
    """What Ctrl-C means in this process at the time."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.pending = False  # pressed when nothing could be interrupted
        self._armed = self._shielded = False
        self._idle: Callable[[], Any] = end
        self._final = False
        self._writer: Any = None

    @contextmanager
    def handled(self, idle: Callable[[], Any], final: bool = False) -> Iterator[None]:
        """Handle Ctrl-C inside. idle: what it does outside `run`; final: what is run is all there
        is, and the program ends with it."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or before is signal.SIG_IGN:
            yield
            return
        outer = self._idle, self._final, self._armed
        self._idle, self._final, self._armed = idle, final, False
        self.pending = False
        signal.signal(signal.SIGINT, self._press)
        call, state.long_call = state.long_call, _ended_by_second if final else state.plain_call
        try:
            yield
        finally:
            state.long_call = call
            self._idle, self._final, self._armed = outer
            signal.signal(signal.SIGINT, before)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that Ctrl-C may interrupt: KeyboardInterrupt. After it, none comes."""
        if signal.getsignal(signal.SIGINT) != self._press:
            return function(*arguments)
        if threading.current_thread() is not threading.main_thread():
            return function(*arguments)
        before = self._armed
        self._listen()
        self.watch.answered()
        try:
            self._armed = True
            if self.pending:
                self.pending = False
                raise KeyboardInterrupt
            return function(*arguments)
        finally:
            self._armed = before

    def shielded(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that must not be left half done: Ctrl-C waits for its end."""
        before, self._shielded = self._shielded, True
        try:
            return function(*arguments)
        finally:
            self._shielded = before
            if self.pending and self._armed and not before:
                self.pending = False
                _press_again()

    def _press(self, number: int, frame: Any) -> None:
        self.watch.answered()
        if self._shielded:
            self.pending = True
        elif not self._armed:
            self.pending = True
            self._idle()
        elif _imports(frame):
            _press_again()
        else:
            raise KeyboardInterrupt

    def _listen(self) -> None:
        """Have the thread that notices presses; a prompt's own loop takes the byte away each
        time. A browser has neither presses nor threads."""
        if sys.platform == "emscripten":
            return
        if self._writer is None:
            reader, self._writer = _pair()
            threading.Thread(target=self._serve, args=(reader,), daemon=True).start()
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

    def _serve(self, reader: Any) -> None:
        while data := reader.read(64):
            for byte in data:
                if byte == signal.SIGINT and self._armed:
                    self._notice(self.watch.pressed())

    def _notice(self, action: str) -> None:
        if self._final:
            if self.watch.presses >= 3:
                leave_stuck()
            _after(WITHIN, self._leave_if_stuck, time.monotonic())
        elif action == "advise":
            os.write(2, ADVICE)
        elif action == "kill":
            os._exit(INTERRUPTED)

    def _leave_if_stuck(self, since: float) -> None:
        """End a script whose call in C did not let the handler run for a second."""
        if self.watch.presses and self.watch.first <= since and self._armed:
            leave_stuck()


def leave_stuck() -> None:
    """End the process from another thread than that which runs Lua, and does not come back from a
    call."""
    from .python_frames import frame_at, plays_lua

    if not _leaving.acquire(blocking=False):
        return  # two threads look after a call in C, and both may find it stuck
    place = None
    for innermost in sys._current_frames().values():
        frame: FrameType | None = innermost
        while frame is not None and not plays_lua(frame):
            frame = frame.f_back
        if frame is not None:
            place = frame_at(frame, frame.f_lineno)
    at = f" at {place.file}:{place.line}" if place is not None else ""
    writing = threading.Thread(target=_flush, daemon=True)  # the lock may be the stuck call's
    writing.start()
    writing.join(WITHIN / 4)
    os.write(2, f"\ninterrupted{at}\n".encode("utf-8", "surrogateescape"))
    os._exit(INTERRUPTED)


def _ended_by_second(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a function that may hold Python's lock, so that no thread of ours could do a thing: the
    first press waits for its end, the second one is the system's and ends the program."""
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return function(*arguments, **named)
    import ctypes

    libc = ctypes.CDLL(None)
    for change in (libc.signal, libc.sysv_signal):
        change.argtypes, change.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    handler = libc.signal(signal.SIGINT, None)  # Python's own, in C
    libc.sysv_signal(signal.SIGINT, handler)  # which holds for one signal
    try:
        return function(*arguments, **named)
    finally:
        libc.signal(signal.SIGINT, handler)


def _flush() -> None:
    try:
        streams.flush_all()
    except (OSError, ValueError):  # the reader is gone, too
        return


def end() -> None:
    """End the program at once."""
    os._exit(INTERRUPTED)


def _imports(frame: Any) -> bool:
    """Whether a frame is inside an import."""
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT:
            return True
        frame = frame.f_back
    return False


def _press_again() -> None:
    # from a thread: what is raised at once would be raised here
    _after(_AGAIN, _thread.interrupt_main)


def _after(seconds: float, function: Callable[..., Any], *arguments: Any) -> None:
    """Call a function later, from a thread for which no end of the program waits."""
    timer = threading.Timer(seconds, function, arguments)
    timer.daemon = True
    timer.start()


def _pair() -> tuple[Any, Any]:
    """A file that gives what is written to another, whose descriptor takes a signal's byte."""
    if os.name == "nt":
        import socket

        inner, outer = socket.socketpair()
        outer.setblocking(False)
        return inner.makefile("rb", 0), outer
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    return open(reader, "rb", 0), open(writer, "wb", 0)


INTERRUPTS = Interrupts()
_previous: Any = None


def _hook(unraisable: Any) -> None:
    if unraisable.exc_type is KeyboardInterrupt:
        _press_again()
    else:
        _previous(unraisable)


def keep_interrupts() -> None:
    """Press once more for interrupts that Python drops, as it does in a weak reference's callback
    and in a destructor, where a loop over tensors often is; from now on, in this process."""
    global _previous
    if sys.unraisablehook is not _hook:
        _previous, sys.unraisablehook = sys.unraisablehook, _hook
