"""The os library: time, files by name, processes, the environment."""

from __future__ import annotations

import _signal
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ..numerals import parse_number
from ..values import Table, new_table
from . import streams
from .arguments import (
    NONE,
    BadArgument,
    LibraryError,
    check_number,
    check_option,
    check_string,
    check_table,
    opt_integer,
    opt_string,
)
from .texts import exit_status, failure, from_system, from_text, to_system, to_text

_SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_ATTEMPTS = 100
_CATEGORIES = ("ctype", "numeric", "time", "collate", "monetary", "all")


def clock(*_: Any) -> float:
    """Give the processor time used so far, in seconds."""
    return time.process_time()


def date(fmt: Any = None, when: Any = None, *_: Any) -> Any:
    """Write a time by strftime's format (default "%c"), or give its fields as a table for "*t"; "!"
    means UTC.

    Example: `os.date("!%Y-%m-%d", 0)` is "1970-01-01".
    """
    fmt = opt_string(1, fmt, "%c")
    seconds = time.time() if when is None else check_number(2, when)
    try:
        if fmt.startswith("!"):
            fmt, moment = fmt[1:], time.gmtime(int(seconds))
        else:
            moment = time.localtime(int(seconds))
    except (OverflowError, OSError, ValueError):
        return None
    if fmt == "*t":
        return new_table((), _fields(moment))
    try:
        return from_text(time.strftime(to_text(fmt.split("\0", 1)[0]), moment))
    except ValueError as error:
        raise BadArgument(1, f"invalid conversion specifier '{fmt}'") from error


def _fields(moment: time.struct_time) -> dict[str, Any]:
    fields = {
        "sec": moment.tm_sec,
        "min": moment.tm_min,
        "hour": moment.tm_hour,
        "day": moment.tm_mday,
        "month": moment.tm_mon,
        "year": moment.tm_year,
        "wday": (moment.tm_wday + 1) % 7 + 1,
        "yday": moment.tm_yday,
    }
    return fields if moment.tm_isdst < 0 else {**fields, "isdst": moment.tm_isdst > 0}


def now(when: Any = None, *_: Any) -> int | None:
    """Give the current time, or that of a table with year, month, day and optionally hour, min,
    sec, isdst."""
    if when is None:
        return int(time.time())
    t = check_table(1, when)
    isdst = t["isdst"]
    second, minute, hour, day, month, year = (
        _field(t, *field)
        for field in (("sec", 0), ("min", 0), ("hour", 12), ("day",), ("month",), ("year",))
    )
    flag = -1 if isdst is None else int(isdst is not False)
    try:
        return int(time.mktime((year, month, day, hour, minute, second, 0, 0, flag)))
    except (OverflowError, ValueError):
        return None


def _field(t: Table, name: str, default: int | None = None) -> int:
    value = t[name]
    if value.__class__ is str:
        value = parse_number(value)
    if value.__class__ is int or value.__class__ is float:
        return int(value)
    if default is None:
        raise LibraryError(f"field '{name}' missing in date table")
    return default


def difftime(later: Any = NONE, earlier: Any = None, *_: Any) -> float:
    """Give the seconds between two times."""
    return float(int(check_number(1, later)) - int(check_number(2, earlier or 0)))


def execute(command: Any = None, *_: Any) -> Any:
    """Run a command in the system's shell: true or nil, "exit" or "signal", and the code.

    Without a command, tell whether there is a shell.
    """
    if command is None:
        return True
    streams.flush_all()
    code = os.waitstatus_to_exitcode(os.system(to_system(check_string(1, command))))
    if code == -_signal.SIGINT:  # Ctrl-C went to the command alone while we waited
        raise KeyboardInterrupt
    return exit_status(code)


def exit(code: Any = None, close: Any = None, *_: Any) -> None:
    """End the program: status true or 0 for success, false or 1 for failure. Open files are written
    out."""
    status = int(not code) if code.__class__ is bool else opt_integer(1, code, 0)
    streams.flush_all()
    raise SystemExit(status)


def getenv(name: Any = NONE, *_: Any) -> str | None:
    """Give the value of an environment variable, nil if it is not set."""
    value = os.environ.get(to_system(check_string(1, name)))
    return None if value is None else from_system(value)


def remove(name: Any = NONE, *_: Any) -> Any:
    """Delete a file or an empty directory: true, or nil, a message and an error code."""
    name = check_string(1, name)
    try:
        path = to_system(name)
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        else:
            os.remove(path)
    except (OSError, ValueError) as error:
        return failure(error, name)
    return True


def rename(old: Any = NONE, new: Any = NONE, *_: Any) -> Any:
    """Rename or move a file: true, or nil, a message and an error code."""
    old, new = check_string(1, old), check_string(2, new)
    try:
        os.replace(to_system(old), to_system(new))
    except (OSError, ValueError) as error:
        return failure(error, old)
    return True


def setlocale(locale: Any = None, category: Any = None, *_: Any) -> str | None:
    """Tell or set the locale. Only "C" is known (also as "" and "POSIX"): texts and numbers do not
    depend on it."""
    name = opt_string(1, locale)
    check_option(2, category, _CATEGORIES, "all")
    return "C" if name in (None, "", "C", "POSIX") else None


def tmpname(*_: Any) -> str:
    """Make an empty temporary file and give its name: `lua_` and six letters or digits."""
    return temporary_file("lua_")


def temporary_file(prefix: str) -> str:
    """Make an empty file of a new name, the prefix and six letters or digits."""
    import random  # these are needed by few programs
    import tempfile

    writable = sys.platform != "win32" and os.access("/tmp", os.W_OK)
    folder = "/tmp" if writable else tempfile.gettempdir()
    for _ in range(_ATTEMPTS):
        name = os.path.join(folder, prefix + "".join(random.SystemRandom().choices(_SIGNS, k=6)))
        try:
            os.close(os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        except OSError:
            break
        return from_system(name)
    raise LibraryError("unable to generate a unique filename")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "clock": clock,
    "date": date,
    "difftime": difftime,
    "execute": execute,
    "exit": exit,
    "getenv": getenv,
    "remove": remove,
    "rename": rename,
    "setlocale": setlocale,
    "time": now,
    "tmpname": tmpname,
}
