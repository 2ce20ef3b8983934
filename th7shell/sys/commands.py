"""Commands of the system whose output is returned, and the name of the system."""

from __future__ import annotations

import sys
from typing import Any

from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.arguments import NONE, check_string
from th7shell.lua.stdlib.texts import to_system
from th7shell.torch.namespace import export


@export(package="sys")
def execute(command: Any = None, *_: Any) -> str:
    """Run a command and return what it prints (errors too), without the white space around it."""
    import subprocess  # needed by few programs

    command = check_string(1, NONE if command is None else command)

    streams.flush()
    done = subprocess.run(
        to_system(command),
        shell=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout.decode("latin-1").strip(" \t\n\v\f\r")


@export(package="sys")
def fexecute(command: Any = None, what: Any = None, *_: Any) -> str:
    """The same as `sys.execute`; with '*l' as the second argument the first line only."""
    output = execute(command)
    return output.partition("\n")[0] if what in ("*l", "*line") else output


@export(package="sys")
def uname(*_: Any) -> str:
    """'linux', 'macos', 'windows' or '?'."""
    names = {"win32": "windows", "darwin": "macos"}
    return names.get(sys.platform, "linux" if sys.platform.startswith("linux") else "?")


def _lister(name: str, options: str) -> Any:
    def ls(folder: Any = None, *_: Any) -> str:
        return execute(f"ls {options}{folder or ''}")

    ls.__name__ = name
    ls.__doc__ = (
        f"What the command `ls {options}` prints of a directory, of the current one by default."
    )
    return ls


for _name, _options in (("ls", ""), ("ll", "-l "), ("la", "-a "), ("lla", "-la ")):
    export(_lister(_name, _options), name=_name, package="sys")
