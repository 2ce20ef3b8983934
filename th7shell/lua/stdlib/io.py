"""The io library: files, pipes and the standard streams, all of bytes."""

from __future__ import annotations

import io
import os
import weakref
from collections.abc import Callable
from typing import Any

from .. import metatables, state, weak
from ..numerals import parse_number
from ..regular import pattern
from ..values import LuaObject, new_table, number_text, rawset
from . import streams
from .arguments import (
    NONE,
    BadArgument,
    LibraryError,
    check_any,
    check_integer,
    check_number,
    check_option,
    check_string,
    expected,
    opt_integer,
    opt_string,
)
from .texts import exit_status, failure, to_system

_MODE = pattern(r"[rwa]\+?b?\+?\Z")
_NUMERAL_START = pattern(
    rb"[+-]?(?:0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*(?:[pP][+-]?[0-9]*)?"
    rb"|[0-9]*\.?[0-9]*(?:(?<=[0-9.])[eE][+-]?[0-9]*)?|[iI][nN]?[fF]?|[nN][aA]?[nN]?)\Z"
)
_WHENCE = {"set": os.SEEK_SET, "cur": os.SEEK_CUR, "end": os.SEEK_END}
_SPACE = b" \t\n\v\f\r"


class File(LuaObject):
    """An open file: `read write lines seek setvbuf flush close`. ħheld is the Python file,
    None once closed. ħleft closes one that nobody holds any more."""

    __slots__ = ("__weakref__", "ħheld", "ħleft")

    def __init__(self, file: Any) -> None:
        self.ħheld = file
        streams.open_files.add(self)
        # Held outside of any cycle: the collector would close what is below a buffer before the
        # buffer is written out.
        self.ħleft = weakref.finalize(self, _closed, file)
        self.ħleft.atexit = False
        weak.search_soon()

    def __str__(self) -> str:
        return f"file (0x{id(self):08x})" if self.ħheld is not None else "file (closed)"

    def read(self, *formats: Any) -> Any:
        """Read by formats: "*l" a line (default), "*L" with its end, "*n" a number, "*a" the rest,
        n bytes."""
        return _read(_opened(self), formats, 2)

    def write(self, *values: Any) -> Any:
        """Write strings and numbers; gives the file."""
        return _write(_opened(self), values, 2)

    def lines(self, *formats: Any) -> Callable[..., Any]:
        """Give an iterator that reads by the formats, line by line by default."""
        return _iterator(_opened(self), formats, close=False)

    def seek(self, whence: Any = None, offset: Any = None, *_: Any) -> Any:
        """Move to an offset from "set", "cur" (default) or "end"; give the place from the
        beginning."""
        origin = _WHENCE[check_option(2, whence, tuple(_WHENCE), "cur")]
        try:
            return _opened(self).ħheld.seek(_offset(offset), origin)
        except (OSError, ValueError) as error:
            return failure(error)

    def setvbuf(self, mode: Any = NONE, size: Any = None, *_: Any) -> Any:
        """Set buffering: "no", "full" or "line"; "no" and "line" write out after each write."""
        _set_eager(_opened(self), check_option(2, mode, ("full", "line", "no")) != "full")
        opt_integer(3, size, 0)
        return True

    def flush(self, *_: Any) -> Any:
        """Hand what was written over to the system."""
        try:
            _opened(self).ħheld.flush()
        except (OSError, ValueError) as error:
            return failure(error)
        return True

    def close(self, *_: Any) -> Any:
        """Close the file; for a pipe, wait for its process and give its result."""
        file, self.ħheld = _opened(self).ħheld, None
        self.ħleft.detach()
        streams.open_files.discard(self)
        return _closed(file)


METHODS: dict[str, Callable[..., Any]] = {
    name: getattr(File, name) for name in "close flush lines read seek setvbuf write".split()
}


def _collected(f: Any = NONE, *_: Any) -> tuple[()]:
    """Close a file that nobody holds any more."""
    if isinstance(f, File) and f.ħheld is not None and not isinstance(f, StandardFile):
        _closed(f.ħheld)
    return ()


_METATABLE = new_table((), {**METHODS, "__gc": _collected, "__tostring": lambda f=NONE, *_: str(f)})
rawset(_METATABLE, "__index", _METATABLE)
metatables.attach(File, _METATABLE)


def _set_eager(f: File, eager: bool) -> None:
    """Make a file write out after each write, or not."""
    if eager and not isinstance(f.ħheld, _Eager):
        f.ħheld = _Eager(f.ħheld)
    elif not eager and isinstance(f.ħheld, _Eager):
        f.ħheld = f.ħheld.file


def _offset(value: Any) -> int:
    return 0 if value is None else int(check_number(3, value))


def _closed(file: Any) -> Any:
    try:
        file.close()
    except (OSError, ValueError) as error:
        return failure(error)
    process = getattr(file, "process", None)
    return True if process is None else exit_status(process.wait())


class _Delegate:
    """A file that passes everything on to another one."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class _Eager(_Delegate):
    """A file without buffering of what is written."""

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.file.flush()


class _Pipe(_Delegate):
    """One end of a pipe, with the process at the other."""

    def __init__(self, file: Any, process: Any) -> None:
        super().__init__(file)
        self.process = process


class _Output:
    """Standard output or error as a binary file."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, data: bytes) -> None:
        streams.write(data.decode("latin-1"), self.name)

    def flush(self) -> None:
        streams.flush(self.name)

    def seek(self, offset: int, origin: int) -> int:
        raise io.UnsupportedOperation

    read = readline = peek = seek


class _Input(_Delegate):
    """Standard input, whatever sys.stdin is at the time."""

    def __init__(self) -> None:
        """Need nothing: the file is looked up at each use."""

    def __getattr__(self, name: str) -> Any:
        return getattr(streams.standard_input(), name)


class StandardFile(File):
    """One of stdin, stdout and stderr, which cannot be closed."""

    __slots__ = ()

    def close(self, *_: Any) -> Any:
        """Refuse to close a standard stream."""
        return None, "cannot close standard file"


class _Raw(io.FileIO):
    """A file that may be open when the program ends, as in Lua."""

    def _dealloc_warn(self, source: Any) -> None:
        """Say nothing."""


class _Directory(io.RawIOBase):
    """A directory opened as a file: as in C that works, and reading from it fails."""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        import errno

        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


stdin, stdout, stderr = (
    StandardFile(file) for file in (_Input(), _Output("stdout"), _Output("stderr"))
)
_standard: dict[str, File] = {"input": stdin, "output": stdout}  # until io.input, io.output


def _opened(f: Any) -> File:
    """Require an open file as a method's object."""
    if not isinstance(f, File):
        raise expected(1, "FILE*", f)
    if f.ħheld is None:
        raise LibraryError("attempt to use a closed file")
    return f


def _default(which: str) -> File:
    return state.current.world.files.get(which) or _standard[which]


def _current(which: str) -> File:
    file = _default(which)
    if file.ħheld is None:
        raise LibraryError("standard file is closed")
    return file


def _open(name: str, mode: str) -> File:
    """Open a file by C's mode letters; raises OSError or ValueError."""
    if not _MODE.match(mode):
        raise ValueError(f"invalid mode: {mode!r}")
    path = to_system(name)
    try:
        raw = _Raw(path, mode.replace("b", ""))
    except IsADirectoryError:
        if mode.strip("b") != "r":
            raise
        return File(io.BufferedReader(_Directory()))
    if "+" in mode:
        return File(io.BufferedRandom(raw))
    return File(io.BufferedReader(raw) if mode.startswith("r") else io.BufferedWriter(raw))


def open(name: Any = NONE, mode: Any = None, *_: Any) -> Any:
    """Open a file: "r" (default), "w", "a", with "+" for both ways. On failure nil, a message, an
    error code."""
    name, mode = check_string(1, name), opt_string(2, mode, "r")
    try:
        return _open(name, mode)
    except (OSError, ValueError) as error:
        return failure(error, name)


def popen(command: Any = NONE, mode: Any = None, *_: Any) -> Any:
    """Run a command in the system's shell and give a file: its output ("r", default) or its input
    ("w")."""
    import subprocess

    command, mode = check_string(1, command), opt_string(2, mode, "r")
    streams.flush_all()
    if mode.strip("b") not in ("r", "w"):
        return failure(ValueError(mode), command)
    end = "stdout" if mode.startswith("r") else "stdin"
    ends: dict[str, Any] = {end: subprocess.PIPE}
    process = subprocess.Popen(to_system(command), shell=True, **ends)
    return File(_Pipe(getattr(process, end), process))


def tmpfile(*_: Any) -> Any:
    """Open a new file for reading and writing that is removed when it is closed."""
    import tempfile

    try:
        return File(tempfile.TemporaryFile())
    except OSError as error:
        return failure(error)


def close(f: Any = NONE, *_: Any) -> Any:
    """Close a file, by default the default output."""
    return _opened(_default("output") if f is NONE else f).close()


def read(*formats: Any) -> Any:
    """Read from the default input; formats as for `file:read`."""
    return _read(_current("input"), formats, 1)


def write(*values: Any) -> Any:
    """Write strings and numbers to the default output; gives its file."""
    return _write(_current("output"), values, 1)


def flush(*_: Any) -> Any:
    """Hand what was written to the default output over to the system."""
    return _current("output").flush()


def _redirect(which: str, mode: str, page: str) -> Callable[..., Any]:
    def redirect(file: Any = None, *_: Any) -> File:
        if file is not None:
            if not isinstance(file, LuaObject):
                file = _open_or_fail(file, mode)
            state.current.world.files[which] = _opened(file)
        return _default(which)

    redirect.__name__ = redirect.__qualname__ = which
    redirect.__doc__ = page
    return redirect


def _open_or_fail(name: Any, mode: str) -> File:
    name = check_string(1, name)
    try:
        return _open(name, mode)
    except (OSError, ValueError) as error:
        raise BadArgument(1, failure(error, name)[1]) from error


def lines(name: Any = None, *formats: Any) -> Callable[..., Any]:
    """Give an iterator over a file's lines that closes it at the end; without a name, over the
    default input."""
    if name is None:
        return _iterator(_current("input"), formats, close=False)
    return _iterator(_open_or_fail(name, "r"), formats, close=True)


def kind(value: Any = NONE, *_: Any) -> str | None:
    """Tell whether a value is a "file", a "closed file" or, with nil, no file."""
    if not isinstance(check_any(1, value), File):
        return None
    return "file" if value.ħheld is not None else "closed file"


def _write(f: File, values: tuple[Any, ...], first_argument: int) -> Any:
    try:
        for n, value in enumerate(values, first_argument):
            if value.__class__ is not str:
                if value.__class__ is not int and value.__class__ is not float:
                    raise expected(n, "string", value)
                value = number_text(value)
            f.ħheld.write(value.encode("latin-1"))
    except (OSError, io.UnsupportedOperation) as error:
        return failure(error)
    return f


def _iterator(f: File, formats: tuple[Any, ...], close: bool) -> Callable[..., Any]:
    def step(*_: Any) -> Any:
        result = _read(_opened(f), formats, 1, raises=True)
        if close and (result is None or (result.__class__ is tuple and result[0] is None)):
            f.close()
        return result

    return step


def _read(f: File, formats: tuple[Any, ...], first_argument: int, raises: bool = False) -> Any:
    """Read by formats until one fails, which gives nil."""
    results = []
    file = f.ħheld
    try:
        for n, fmt in enumerate(formats or ("*l",), first_argument):
            results.append(_read_one(file, fmt, n))
            if results[-1] is None:
                break
    except (OSError, io.UnsupportedOperation) as error:
        if raises:
            raise LibraryError(failure(error)[1]) from error
        return failure(error)
    return results[0] if len(results) == 1 else tuple(results)


def _read_one(file: Any, fmt: Any, n: int) -> Any:
    if fmt.__class__ is str:
        letter = fmt.lstrip("*")[:1] if fmt[:1] == "*" else fmt[:1]
        if letter == "n":
            return _read_number(file)
        if letter == "a":
            return file.read().decode("latin-1")
        if letter not in ("l", "L"):
            raise BadArgument(n, "invalid format")
        line = file.readline()
        if not line:
            return None
        if letter == "l" and line.endswith(b"\n"):
            line = line[:-1]
        return line.decode("latin-1")
    if fmt.__class__ is not int and fmt.__class__ is not float:
        raise BadArgument(n, "invalid option")
    count = check_integer(n, fmt)
    if count == 0:
        return "" if _peek(file) else None
    return file.read(count).decode("latin-1") or None


def _peek(file: Any) -> bytes:
    """Look at the next byte without taking it."""
    if hasattr(file, "peek"):
        return file.peek(1)[:1]
    byte = file.read(1)
    if byte:
        file.seek(-1, os.SEEK_CUR)
    return byte


def _read_number(file: Any) -> int | float | None:
    """Read the longest text that begins like a numeral, after white space, as C's scanf does."""
    while (byte := _peek(file)) and byte in _SPACE:
        file.read(1)
    text = b""
    while (byte := _peek(file)) and _NUMERAL_START.match(text + byte) and len(text) < 200:
        text += file.read(1)
    return parse_number(text.decode("latin-1"))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "close": close,
    "flush": flush,
    "input": _redirect(
        "input", "r", "Give the default input, or set it to a file or a file's name."
    ),
    "lines": lines,
    "open": open,
    "output": _redirect(
        "output", "w", "Give the default output, or set it to a file or a file's name."
    ),
    "popen": popen,
    "read": read,
    "tmpfile": tmpfile,
    "type": kind,
    "write": write,
}
CONSTANTS = {"stdin": stdin, "stdout": stdout, "stderr": stderr}
