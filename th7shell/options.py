"""The command line of `th7shell` and `th`: its options, and what they mean."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

USAGE = """\
Usage: th7shell [options] [script.lua [arguments]]
       th [options] [script.lua [arguments]]
       th7shell [-i] model.t7 | inspect FILE... what a model's file holds (inspect --help)
       th7shell convert FILE OUT                models to other formats (convert --help)
       th7shell launch -n 4 script.lua          on several processes or machines, by MPI
       th7shell rocks install NAME              packages of LuaRocks (rocks --help)

Without a script the prompt opens, or the program on standard input runs.

Options:
  -l name             load library name (may be given several times)
  -e statement        execute statement (may be given several times)
  -i, --interactive   open the prompt after executing a script or statement
  -g, --globals       monitor global variables (print a warning on creation/access)
  -gg, --gglobals     monitor global variables (throw an error on creation/access)
  -x, --gfx           load the plotting packages gnuplot and itorch
  -q, --quiet         no banner, no history written
  -v, --version       print the version
  -h, --help          print this help
  -                   run standard input
  --                  end of options
  --pairs=insertion   give pairs the order in which keys were stored, not the original's
  --traceback         show Python's own frames in errors too
  --no-init           read no config.toml, init.lua or $TREPLSTARTUP
  --no-color          no colours (as NO_COLOR does)
  --vi                edit with vi's keys
"""


class Options:
    """What the command line asks for. script: a path, '-' for standard input, None for none;
    before: the words that precede it, the program first."""

    script: str | None = None
    interactive: bool = False
    globals: int = 0
    gfx: bool = False
    quiet: bool = False
    version: bool = False
    help: bool = False
    traceback: bool = False
    init: bool = True
    color: bool = True
    vi: bool = False
    pairs: str = "original"

    def __init__(
        self, before: Sequence[str] = (), statements: Sequence[str] = (), **flags: Any
    ) -> None:
        self.libraries: list[str] = []
        self.statements = list(statements)
        self.arguments: list[str] = []
        self.before = list(before)
        for name, value in flags.items():
            setattr(self, name, value)


class UsageError(Exception):
    """The command line cannot be understood."""


FLAGS: dict[str, dict[str, Any]] = {  # option: what it sets
    "-i": {"interactive": True},
    "--interactive": {"interactive": True},
    "-g": {"globals": 1},
    "--globals": {"globals": 1},
    "-gg": {"globals": 2},
    "--gglobals": {"globals": 2},
    "-x": {"gfx": True},
    "--gfx": {"gfx": True},
    "-q": {"quiet": True},
    "--quiet": {"quiet": True},
    "-v": {"version": True},
    "--version": {"version": True},
    "-h": {"help": True},
    "--help": {"help": True},
    "--traceback": {"traceback": True},
    "--no-init": {"init": False},
    "--no-color": {"color": False},
    "--vi": {"vi": True},
    "--pairs=insertion": {"pairs": "insertion"},
    "--pairs=original": {"pairs": "original"},
}


def parse(argv: Sequence[str], program: str = "th7shell") -> Options:
    """Options of `argv` (without the program's name). Errors: UsageError."""
    options = Options(before=[program])
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word in FLAGS:
            for name, value in FLAGS[word].items():
                setattr(options, name, value)
        elif word[:2] in ("-l", "-e") and not word.startswith("--"):
            value = word[2:] or (rest.pop(0) if rest else None)
            if value is None:
                raise UsageError(f"'{word}' needs a {'library' if word == '-l' else 'statement'}")
            (options.libraries if word[:2] == "-l" else options.statements).append(value)
            if not word[2:]:
                options.before.append(word)
                word = value
        elif word in ("-a", "--async"):
            raise UsageError(
                "-a: the asynchronous prompt is not part of th7shell; start without it"
            )
        elif word == "--" or word == "-" or not word.startswith("-"):
            if word == "--":
                word = rest.pop(0) if rest else ""
                options.before.append("--")
            options.script = word or None
            options.arguments = rest
            break
        else:
            raise UsageError(f"unrecognized flag {word}")
        options.before.append(word)
    return options
