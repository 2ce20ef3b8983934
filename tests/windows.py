"""Windows, as far as it can be played on another system: to the package, os, sys and signal lack what they lack there
and say so, and modules of Unix cannot be imported. `play(drives=True)` also gives it names with drives and
backslashes, which name nothing here.

Run as a program, it plays one: `imports` names the modules that cannot be imported, `run` and `drives` run th7shell with
the words that follow, `prompt` types them.
"""

from __future__ import annotations

import builtins
import ntpath
import os
import signal
import sys
from types import ModuleType
from typing import Any

ABSENT_MODULES = set("fcntl grp posix pty pwd readline resource syslog termios tty".split())
ABSENT_IN_OS = set(
    """chown chroot ctermid fchmod fchown fork forkpty fstatvfs getegid geteuid getgid getgroups getloadavg getpgid
    getpgrp getresuid getsid getuid initgroups kill killpg lchown lockf major makedev minor mkfifo mknod nice openpty
    pathconf pipe2 posix_fallocate posix_spawn pread preadv pwrite register_at_fork sched_getaffinity sendfile set_blocking
    get_blocking setgid setpgid setsid setuid statvfs sync sysconf sysconf_names tcgetpgrp tcsetpgrp ttyname uname wait
    wait3 wait4 waitid WNOHANG O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC""".split()
)  # fmt: skip
PRESENT_SIGNALS = set("SIGABRT SIGFPE SIGILL SIGINT SIGSEGV SIGTERM SIG_DFL SIG_IGN".split())


def absent_in_signal(name: str) -> bool:
    more = {"alarm", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "siginterrupt", "sigwait"}  # fmt: skip
    return name in more or (name.startswith("SIG") and name not in PRESENT_SIGNALS)


class Played:
    """A module of which some names are absent or other ones; what is set is set in the real one."""

    def __init__(self, real: ModuleType, absent: Any, **other: Any) -> None:
        object.__setattr__(self, "_played", (real, absent, other))

    def __getattr__(self, name: str) -> Any:
        real, absent, other = self._played
        if name in other:
            return other[name]
        if absent(name):
            raise AttributeError(f"{name} is not on Windows", name=name)
        return getattr(real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._played[0], name, value)


def play(drives: bool = False) -> None:
    """From now on, what th7shell imports is of Windows."""
    absent = ABSENT_IN_OS.__contains__
    other: dict[str, Any] = {"name": "nt"}
    if drives:
        cwd = lambda: "C:\\work dir\\josé"  # noqa: E731
        other |= {"sep": "\\", "altsep": "/", "pathsep": ";", "getcwd": cwd}
        full = lambda path: ntpath.normpath(ntpath.join(cwd(), path))  # noqa: E731
        other["path"] = Played(ntpath, frozenset().__contains__, abspath=full)
    played = {
        "os": Played(os, absent, **other),
        "sys": Played(sys, {"getdlopenflags"}.__contains__, platform="win32"),
        "signal": Played(signal, absent_in_signal),
    }
    real_import = builtins.__import__

    def of_windows(name, globals=None, locals=None, fromlist=(), level=0):
        if globals is not None and str(globals.get("__name__")).startswith("th7shell"):
            if level == 0 and name in played:
                return played[name]
            if level == 0 and name in ABSENT_MODULES:
                raise ModuleNotFoundError(f"{name} is not on Windows", name=name)
        return real_import(name, globals, locals, fromlist, level)

    builtins.__import__ = of_windows


def everything() -> list[str]:
    """Import every module of the package; the names of those that cannot be."""
    import importlib
    import pkgutil

    import th7shell

    failed = []
    for found in pkgutil.walk_packages(th7shell.__path__, "th7shell."):
        if found.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(found.name)
        except Exception as error:
            failed.append(f"{found.name}: {error!r}")
    return failed


def prompt(entries: list[str]) -> None:
    """Type entries at the prompt, through prompt_toolkit's own pipe; what they show is written."""
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    from th7shell.lua.state import MAIN
    from th7shell.options import Options
    from th7shell.session.environment import Environment
    from th7shell.shell.prompt import Prompt
    from th7shell.shell.repl import Repl
    from th7shell.shell.start import make_session

    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        session = make_session(Environment(MAIN), Options(quiet=True, init=False))
        reader = Prompt(session)
        loop = Repl(session, reader.read, lambda question: "y", reader.interrupt)
        for entry in entries:
            keys.send_text(entry)
            if not entry.endswith(("\x03", "\x04")):
                keys.send_text("\r")
        sys.exit(loop.run())


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    del sys.path[0]  # of the tests, whose folders have names of packages
    import asyncio  # what of Python itself looks at the system when it is imported
    import ctypes
    import json
    import multiprocessing
    import subprocess
    import tempfile

    import numpy

    play(drives=what == "drives")
    assert asyncio and ctypes and multiprocessing and subprocess and tempfile and numpy
    if what == "imports":
        sys.path.insert(0, os.path.dirname(__file__))
        from offline import forbid

        del sys.path[0]
        forbid()
        sys.stdout.write("\n".join(everything()))
    elif what == "prompt":
        prompt(json.loads(words[0]))
    else:
        from th7shell.cli import main

        sys.exit(main(words))
