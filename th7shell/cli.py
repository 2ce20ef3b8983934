"""The program `th7shell` (also `th`): what to run, exit codes, and Ctrl-C at start and end.

0 ok, 1 an uncaught Lua error, 2 wrong usage, 130 interrupted, 141 the reader of our output is gone;
os.exit(n) is n. Until a script or a prompt says what Ctrl-C means for it, it ends the program
without a word; so the rest of the package is imported inside the functions.
"""

from __future__ import annotations

import _signal  # without the enumerations of `signal`, which take longer than all before them
import gc
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from th7shell.options import Options

INTERRUPTED = 130
SUBCOMMANDS = ("convert", "inspect", "launch")
JUPYTER = ("kernel", "lab", "notebook", "qtconsole", "console")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    _open_closed_streams()
    _pass_bytes()
    before = _signal.getsignal(_signal.SIGINT)
    ours = before is _signal.default_int_handler  # not ignored, as in the background of a shell
    try:
        if ours:
            _signal.signal(_signal.SIGINT, _end)
    except ValueError:  # not the main thread
        ours = False
    try:
        return _main(argv)
    except BrokenPipeError:
        return _abandon_output()
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:  # the last words find no room
        program = os.path.basename(sys.argv[0]) or "th7shell"
        _say(f"{program}: standard output: {error.strerror or error}\n")
        _abandon_output()
        return 1
    finally:
        if ours:
            _signal.signal(_signal.SIGINT, _too_late if argv is None else before)


def _main(argv: Sequence[str] | None) -> int:
    from th7shell.options import USAGE, UsageError, parse

    program = os.path.basename(sys.argv[0]) or "th7shell"
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in SUBCOMMANDS and not os.path.exists(words[0]):  # else a script's name
        from th7shell import subcommands

        return _leave(subcommands.run(words, program, open_prompt))
    if words and words[0] == "rocks" and not os.path.isfile("rocks"):
        from th7shell.rocks.commands import main as rocks

        return _leave(rocks(words[1:], program))
    if words and words[0] in JUPYTER and not os.path.exists(words[0]):
        from th7shell.kernel.commands import main as jupyter

        return _leave(jupyter(words, program))
    if words and words[0].isalpha() and not os.path.exists(words[0]):
        return _no_command(words[0], program)
    try:
        options = parse(words, program)
    except UsageError as e:
        _say(f"{program}: {e}\n{USAGE}")
        return 2
    if options.help:
        sys.stdout.write(USAGE)
        return _leave(0)
    if options.version:
        from th7shell import __version__

        sys.stdout.write(
            f"th7shell {__version__} (Lua 5.1, Torch7) on Python {sys.version.split()[0]}\n"
        )
        return _leave(0)
    if options.script is not None and options.script.lower().endswith(".t7"):
        from th7shell import subcommands

        return _leave(subcommands.model(options, program, open_prompt))
    if argv is None:
        gc.disable()  # until the program's own part begins
    from th7shell.session.program import run

    return _leave(run(options, open_prompt))


def _no_command(word: str, program: str) -> int:
    """Say that a word is neither a script nor a command; the exit code of a script that is not
    there."""
    from difflib import get_close_matches

    from th7shell.display import palette

    known = (*SUBCOMMANDS, *JUPYTER, "rocks")
    near = get_close_matches(word, known, 1)
    hint = f"did you mean {program} {near[0]}?" if near else f"the commands are {', '.join(known)}"
    hint = palette.paint(
        "hint", f"no script and no command is called {word}; {hint}", palette.wanted(sys.stderr)
    )
    _say(f"{program}: cannot open {word}: No such file or directory\n{hint}\n")
    return 1


def _end(number: int, frame: object) -> None:
    """Ctrl-C while the program starts: nothing has happened yet."""
    os._exit(INTERRUPTED)


def _too_late(number: int, frame: object) -> None:
    """Ctrl-C when the program has ended: what it leaves is written first; a second one ends that
    too."""
    _signal.signal(_signal.SIGINT, _end)


def open_prompt(environment: Any, options: Options, nested: bool) -> int:
    """Open the prompt over an environment; its exit code."""
    from th7shell.lua.collecting import no_collections

    with no_collections(lasting=True):
        from th7shell.shell.start import prompt

    return prompt(environment, options, nested)


def _open_closed_streams() -> None:
    """Streams that were closed when we started: reading finds the end, writing goes nowhere, as in
    Lua; and no file that a program opens takes their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere > number:  # another file may have the number already
            try:
                os.fstat(number)
            except OSError:
                os.dup2(nowhere, number)
        setattr(sys, name, open(nowhere, "r" if name == "stdin" else "w", encoding="utf-8"))


def _pass_bytes() -> None:
    """Let the standard streams carry text as UTF-8 whatever the code page, and any other byte as it
    is."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def _say(text: str) -> None:
    """Write to standard error, if it takes anything."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _abandon_output()


def _leave(code: int) -> int:
    """Write out what is buffered, while a vanished reader can still be noticed."""
    sys.stdout.flush()
    return code


def _abandon_output() -> int:
    """Nobody reads us any more: say nothing, and let Python's last flush go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError, AttributeError):
            continue
    return 141
