"""`xlua.OptionParser`: command line options in the manner of Python's optparse."""

from __future__ import annotations

import re
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import Table, array, items, new_table, send, state, tostring
from th7shell.lua.regular import pattern
from th7shell.lua.stdlib import streams
from th7shell.torch.namespace import export

_LONG = pattern(r"(--\w+)=(.*)\Z", re.DOTALL | re.ASCII)


@export(package="xlua")
def OptionParser(usage: Any = None, *_: Any) -> Table:
    """Make a parser: `op = xlua.OptionParser('%prog [options]')`.

    `op:option{'-l', '--lr', action='store', dest='lr', default=0.1, help='learning rate'}` declares
    an option (action: 'store', 'store_true' or 'store_false'; `req=true`: it has to be given), then
    `opt, rest = op:parse()` reads the program's `arg`. -h and --help show the help and end the
    program.
    """
    fields = {"usage": usage, "option_descriptions": Table(), "option_of": Table()}
    parser = new_table((), fields | _METHODS)
    names = ["-h", "--help"]
    about = {"action": "store_true", "dest": "help", "help": "show this help message and exit"}
    option(parser, new_table(names, about))
    return parser


def _words() -> Any:
    """The program's words (`arg`), nil where there is no program."""
    return getattr(state.globals, "arg", None)


def fail(self: Any, message: Any = None, *_: Any) -> tuple[()]:
    """Show a message on standard error and the help, and end the program with status 1."""
    streams.flush()
    streams.write(f"{tostring(message)}\n", "stderr")
    send(self, "help")
    console.leave(1)
    return ()


def option(self: Any, description: Any = None, *_: Any) -> tuple[()]:
    """Declare an option."""
    self.option_descriptions[len(self.option_descriptions) + 1] = description
    for name in array(description):
        self.option_of[name] = description
    return ()


def parse(self: Any, options: Any = None, *_: Any) -> tuple[Table, Table]:
    """Read the program's words: a table of options by `dest`, and the list of other words."""
    options = Table() if options is None else options
    rest: list[str] = []
    for description in array(self.option_descriptions):
        if description["default"] is not None and options[description.dest] is None:
            options[description.dest] = description.default
    given = _words()
    options["__main__"] = given is not None
    if given is not None:
        _read(self, _expanded(array(given)), options, rest)
        for name, description in items(self.option_of):
            if description["req"] and not options[description.dest]:
                send(self, "fail", f"option {name} requires an argument ")
        if options["help"]:
            send(self, "help")
            console.leave(0)
    self.options = options
    return options, new_table(rest)


def _expanded(words: list[Any]) -> list[Any]:
    """`--name=value` as two words."""
    out: list[Any] = []
    for word in words:
        found = _LONG.match(word) if isinstance(word, str) else None
        out += found.groups() if found else [word]
    return out


def _read(self: Any, words: list[Any], options: Table, rest: list[str]) -> None:
    i = 0
    while i < len(words):
        word = words[i]
        description = self.option_of[word]
        i += 1
        if description is None:
            if word.startswith("-"):
                send(self, "fail", f"invalid option {word}")
            rest.append(word)
            continue
        action = description["action"]
        value = description["default"]
        if action in (None, "store"):
            value = words[i] if i < len(words) else value
            i += 1
            if value is None or value is False:
                send(self, "fail", f"option requires an argument {word}")
        elif action in ("store_true", "store_false"):
            value = action == "store_true"
        options[description.dest] = value


def flags(self: Any, description: Any = None, *_: Any) -> str:
    """An option's names as the help shows them: '-l LR, --lr=LR'."""
    names = array(description)
    if description["action"] not in (None, "store"):
        return ", ".join(names)
    value = description["metavar"] or description.dest.upper()
    return ", ".join(f"{name} {value}" if len(name) == 2 else f"{name}={value}" for name in names)


def help(self: Any, *_: Any) -> tuple[()]:
    """Show the usage and all options."""
    words = _words()
    program = words[0] if words is not None else None
    if words is not None and words[-1] is not None:
        program = f"{words[-1]} {program}"
    usage = tostring(self.usage).replace("%prog", tostring(program or "THISPROG"))
    console.write(f"Usage: {usage}\n\nOptions:\n")
    descriptions = array(self.option_descriptions)
    width = max(len(flags(self, d)) for d in descriptions)
    for d in descriptions:
        default = d["default"]
        note = f" [default = {tostring(default)}]" if default not in (None, False) else ""
        note = " [REQUIRED]" if d["req"] else note
        console.write(f"  {flags(self, d):<{width}}  {tostring(d['help'] or '')}{note}\n")
    return ()


def text(self: Any, file_name: Any = None, params: Any = None, *_: Any) -> str:
    """The options that were read, one a line, or joined to a file name of those in the list
    `params`."""
    if not file_name:
        words = _words()
        program = tostring(words[0]) if words is not None else "interpreted"
        lines = [f"<{program.replace('.lua', '')}> configuration:\n"]
        lines += [f" + {key} = {tostring(value)}\n" for key, value in items(self.options)]
        return "".join(lines)
    wanted = array(params) if isinstance(params, Table) else []
    parts = []
    for description in array(self.option_descriptions):
        key = description[1]
        value = self.options[description.dest]
        if value is not None and value is not False and (not wanted or key in wanted):
            parts.append(f"{key}={tostring(value)}")
    return ",".join(parts).replace("/", "|").replace(" ", "_")


def summarize(self: Any, compact: Any = None, *_: Any) -> tuple[()]:
    """Print the options that were read."""
    console.write(text(self, compact))
    return ()


_METHODS = {
    "fail": fail,
    "option": option,
    "parse": parse,
    "flags": flags,
    "help": help,
    "tostring": text,
    "summarize": summarize,
}
