"""`torch.CmdLine`: options and arguments of a program, its log, and names made of options.

Upstream: cmdline.md.
"""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

import th7shell.torch.console as console
from th7shell.lua import (
    Table,
    TorchError,
    array,
    items,
    lua_type,
    new_table,
    send,
    state,
    tostring,
)
from th7shell.lua.callers import nothing
from th7shell.lua.stdlib import streams

from .classes import TorchClass

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_HELP = ("-help", "-h", "--help")
_printers: WeakKeyDictionary[Table, Any] = WeakKeyDictionary()  # each `_G`'s print before any log


def _strip(key: str) -> str:
    return key.lstrip("-")


class CmdLine(Table, metaclass=TorchClass, name="torch.CmdLine"):
    """The command line of a program: `cmd = torch.CmdLine([argument separator [, key separator]])`.

    Declare with `text`, `option` and `argument`, then `params = cmd:parse(arg)`. The
    separators (',' and '=') are those of `cmd:string`.

    >>> cmd = torch.CmdLine()
    >>> cmd.text('Train a net')
    >>> cmd.option('-lr', 0.1, 'learning rate')
    >>> params = cmd.parse({})
    >>> print(params.lr)
    """

    dateformat: str | None = None

    def __init__(self, argseparator: Any = None, keyseparator: Any = None, *_: Any) -> None:
        self.argseparator = argseparator or ","
        self.keyseparator = keyseparator or "="
        self.options = Table()
        self.arguments = Table()
        self.helplines = Table()
        self.silentio = False

    # declaring

    def text(self, text: Any = None, *_: Any) -> Any:
        """Add a line of text to the help, an empty one by default."""
        if text is not None and not isinstance(text, str):
            raise TorchError("assertion failed!")
        self._add_line(text or "")
        return nothing()

    def option(
        self, key: Any = None, default: Any = None, help: Any = None, type: Any = None, *_: Any
    ) -> Any:
        """Declare an option: `cmd:option('-key', default [, help [, type]])`.

        type: 'number', 'string' or 'boolean', that of the default. A number or string takes the
        word that follows; a boolean option takes none and turns the default round.
        """
        if default is None:
            raise TorchError(f"option {tostring(key)} has no default value")
        kind = lua_type(default)
        if type is not None and type != kind:
            raise TorchError(f"option {key} has wrong default type value")
        fields = {"key": key, "default": default, "help": help, "type": type or kind}
        self.options[key] = line = new_table((), fields)
        self._add_line(line)
        return nothing()

    def argument(self, key: Any = None, help: Any = None, type: Any = None, *_: Any) -> Any:
        """Declare an argument that must be given, in the order of declaration:
        `cmd:argument('name', help)`."""
        line = new_table((), {"key": key, "help": help, "type": type})
        self.arguments[len(self.arguments) + 1] = line
        self._add_line(line)
        return nothing()

    def _add_line(self, line: Any) -> None:
        self.helplines[len(self.helplines) + 1] = line

    # reading

    def default(self, *_: Any) -> Table:
        """The options' defaults, by name without dashes."""
        params = Table()
        for key, option in items(self.options):
            params[_strip(key)] = option.default
        return params

    def parse(self, arg: Any = None, *_: Any) -> Table:
        """Read a list of words (`arg`) into a table of options and arguments.

        -h, -help and --help show the help and end the program; what is wrong is told with the
        help, and the program ends with status 1.
        """
        if arg is None or isinstance(arg, (bool, int, float)):
            told = f"attempt to get length of local 'arg' (a {lua_type(arg)} value)"
            raise TorchError(told)
        words = array(arg) if isinstance(arg, Table) else list(arg)
        params = send(self, "default")
        i = given = 0
        while i < len(words):
            if words[i] in _HELP:
                send(self, "help", arg)
                console.leave(0)
            if self.options[words[i]] is not None:
                i += self._read_option(params, words, i)
            else:
                given += 1
                i += self._read_argument(params, words[i], given)
        if given != len(self.arguments):
            send(self, "error", "not enough arguments")
        return params

    def _read_argument(self, params: Table, value: Any, number: int) -> int:
        argument = self.arguments[number]
        if argument is None:
            send(self, "error", f"invalid argument: {value}")
        if argument["type"] is not None and lua_type(value) != argument.type:
            send(
                self,
                "error",
                f"invalid argument type for argument {argument.key} (should be {argument.type})",
            )
        params[_strip(argument.key)] = value
        return 1

    def _read_option(self, params: Table, words: list[Any], i: int) -> int:
        key = words[i]
        option = self.options[key]
        kind = option.type
        if kind == "boolean":
            params[_strip(key)] = not option.default
            return 1
        if i + 1 >= len(words):
            send(self, "error", f"missing argument for option {key}")
        value = words[i + 1]
        if kind == "number":
            value = _number(value)
        elif kind != "string":
            send(self, "error", f"unknown required option type {kind}")
        if value is None:
            send(self, "error", f"invalid type for option {key} (should be {kind})")
        params[_strip(key)] = value
        return 2

    def error(self, message: Any = "", *_: Any) -> None:
        """Show a message on standard error and the help, and end the program with status 1."""
        console.show("")
        streams.flush()
        streams.write(tostring(message), "stderr")
        console.show("")
        send(self, "help")
        console.leave(1)

    def help(self, arg: Any = None, *_: Any) -> Any:
        """Show how the program is called, and each option with its default."""
        program = arg[0] if isinstance(arg, Table) else None
        usage = "Usage: " + (f"{tostring(program)} " if program is not None else "") + "[options]"
        for argument in array(self.arguments):
            usage += f" <{_strip(argument.key)}>"
        lines = array(self.helplines)
        width = max((len(_shown_key(line)) for line in lines if isinstance(line, Table)), default=0)
        console.write(usage + "\n")
        for line in lines:
            console.write(_help_line(line, width) + "\n")
        return nothing()

    # names and logs

    def string(self, prefix: Any = None, params: Any = None, ignore: Any = None, *_: Any) -> str:
        """A name made of the options that are not at their defaults: `cmd:string('exp', params,
        {dir=true})`.

        Options in `ignore` with the value true are left out, with false always put in.
        """
        arguments: dict[int, str] = {}
        options = []
        keys = [_strip(argument.key) for argument in array(self.arguments)]
        for key, value in items(params):
            skip = ignore[key]
            option = self.options[f"-{tostring(key)}"]
            if skip:
                console.show(f"-- ignore option {tostring(key)}")
            elif option is not None:
                if not _same(value, option.default) or skip is False:
                    shown = value if not isinstance(value, bool) else "t" if value else "f"
                    options.append(f"{key}{self.keyseparator}{tostring(shown)}")
                    console.show(key, shown, option.default)
            elif key in keys:
                arguments[keys.index(key)] = f"{key}{self.keyseparator}{tostring(value)}"
            else:
                console.show(
                    f"WARNING: unknown option/argument: {tostring(key)} IGNORING for DIRECTORY NAME"
                )
        words = [arguments[i] for i in sorted(arguments)]
        name = self.argseparator.join(words)
        name = self.argseparator.join(([name] if name else []) + sorted(options))
        prefix = prefix or ""
        return f"{prefix}{self.argseparator}{name}" if name else prefix

    def silent(self, *_: Any) -> Any:
        """Let `log` write to its file only."""
        self.silentio = True
        return nothing()

    def addTime(self, name: Any = None, format: Any = None, *_: Any) -> Any:
        """Begin each line of the log with the time: `cmd:addTime([name [, format]])`.

        format: as of `os.date`, default '%Y-%m-%d %H:%M:%S'.
        """
        format = format or "%Y-%m-%d %H:%M:%S"
        if not isinstance(format, str):
            raise TorchError("Argument has to be string")
        self.dateformat = format + (f"[{name}]: " if name is not None else "")
        return nothing()

    def log(self, file: Any = None, params: Any = None, *_: Any) -> Any:
        """Write all that is printed from now on into a file as well, beginning with `params`.

        file: a name, or an open file of `io.open`.
        """
        put = _file_writer(file)
        environment = state.globals
        printer = _printers.setdefault(environment, environment.print)

        def print_and_log(*values: Any) -> tuple[()] | None:
            if not self.silentio and printer is not None:
                printer(*values)
            words = [time.strftime(self.dateformat)] if self.dateformat is not None else []
            put(" ".join([*words, *map(tostring, values), "\n"]))
            return nothing()

        environment.print = print_and_log
        print_and_log(f"[program started on {time.strftime('%c')}]")
        print_and_log("[command line arguments]")
        for key, value in items(params) if isinstance(params, Table) else ():
            print_and_log(key, value)
        print_and_log("[----------------------]")
        return nothing()


def _number(text: Any) -> int | float | None:
    from .types import to_number

    return to_number(text)


def _same(a: Any, b: Any) -> bool:
    return a is b or (lua_type(a) == lua_type(b) and a == b)


def _shown_key(line: Any) -> str:
    """An option's name, or an argument's in brackets."""
    return line.key if line["default"] is not None else f"<{_strip(line.key)}>"


def _help_line(line: Any, width: int) -> str:
    if not isinstance(line, Table):
        return line
    entry: Any = line
    text = f"  {_shown_key(entry):<{width}}"
    if entry["help"] is not None:
        text += f" {tostring(entry.help)}"
    if entry["default"] is not None:
        text += f" [{tostring(entry.default)}]"
    return text


def _file_writer(file: Any) -> Any:
    """A function that writes text to a file, named or open."""
    if isinstance(file, str):
        return console.copier(file)

    def put(text: str) -> None:
        file.write(text)
        file.flush()

    return put
