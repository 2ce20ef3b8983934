"""`th7shell kernel install|uninstall`, and the front ends: `th7shell lab|notebook|qtconsole`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TextIO

USAGE = """\
Usage: {program} kernel install [--user | --sys-prefix | --prefix FOLDER] [--name NAME]
       {program} kernel uninstall [--name NAME]
       {program} lab | notebook | qtconsole | console  [options of the front end]

install tells Jupyter of the kernel: Torch7 is then a kernel of JupyterLab, Notebook, VS Code,
`jupyter console` and `jupyter qtconsole`. Without a place it goes where this Python is, or, if
that cannot be written, to your own folder. The other words start a front end with this kernel.
"""
# The front ends: the module that is theirs, what to install, and how they are told of a kernel.
FRONT_ENDS = {
    "lab": ("jupyterlab", "jupyterlab", "--MultiKernelManager.default_kernel_name="),
    "notebook": ("notebook", "notebook", "--MultiKernelManager.default_kernel_name="),
    "qtconsole": ("qtconsole", "qtconsole pyside6", "--kernel="),
    "console": ("jupyter_console", "jupyter-console", "--kernel="),
}
WORDS = ("kernel", *FRONT_ENDS)


class Refused(Exception):
    """What cannot be done, in a line."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def main(words: Sequence[str], program: str) -> int:
    """Run one of `WORDS` with its arguments; the exit code."""
    usage = USAGE.format(program=program)
    try:
        if words[0] in FRONT_ENDS:
            return _start(words[0], words[1:])
        if words[1:] and words[1] in ("-h", "--help"):
            return _say(usage)
        return _kernel(words[1:], usage)
    except Refused as error:
        sys.stderr.write(f"{program}: {error}\n")
        return error.code


def _say(text: str, stream: TextIO | None = None) -> int:
    (stream or sys.stdout).write(text)
    return 0


def _need(module: str, packages: str) -> None:
    if find_spec(module) is None:
        raise Refused(f"{module} is not installed: pip install {packages}")


def _kernel(words: Sequence[str], usage: str) -> int:
    action, options = _options(words, usage)
    _need("ipykernel", "'th7shell[jupyter]'")
    from . import specs

    name = options.get("name", specs.NAME)
    try:
        if action == "uninstall":
            return _say(f"removed {specs.uninstall(name)}\n")
        prefix = sys.prefix if "sys-prefix" in options else options.get("prefix")
        if prefix is None and "user" not in options:
            return _say(f"installed {_anywhere(name)}\n")
        return _say(f"installed {specs.install(name, 'user' in options, prefix)}\n")
    except KeyError:
        raise Refused(f"there is no kernel named {name}") from None
    except (OSError, ValueError) as error:
        raise Refused(str(getattr(error, "strerror", None) or error)) from None


def _anywhere(name: str) -> str:
    """Install where this Python is, else for the user."""
    from . import specs

    try:
        return specs.install(name, prefix=sys.prefix)
    except OSError:
        return specs.install(name, user=True)


def _options(words: Sequence[str], usage: str) -> tuple[str, dict[str, str]]:
    if not words or words[0] not in ("install", "uninstall"):
        raise Refused(f"kernel: install or uninstall\n{usage}", 2)
    options: dict[str, str] = {}
    rest = list(words[1:])
    while rest:
        word, _, value = rest.pop(0).partition("=")
        option = word.removeprefix("--")
        if not word.startswith("--") or option not in ("user", "sys-prefix", "prefix", "name"):
            raise Refused(f"kernel: unrecognized option {word}\n{usage}", 2)
        if option in ("prefix", "name"):
            value = value or (rest.pop(0) if rest else "")
            if not value:
                raise Refused(f"kernel: {word} needs a value\n{usage}", 2)
        options[option] = value
    return words[0], options


def _start(front_end: str, arguments: Sequence[str]) -> int:
    """Start a front end with our kernel, installing its kernelspec where there is none."""
    module, packages, option = FRONT_ENDS[front_end]
    _need("ipykernel", "'th7shell[jupyter]'")
    _need(module, packages)
    from . import specs

    name = specs.installed()
    if name is None:
        name = specs.NAME
        _say(f"installed {_anywhere(name)}\n", sys.stderr)
    command = [sys.executable, "-m", module, f"{option}{name}", *arguments]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 130
