"""`lapp` as programs use it: errors and help on stderr, the exit code, the arguments themselves."""

from __future__ import annotations

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

USAGE = "Trains\n  -n,--number (number) How many\n  -l,--learningRate (default 0.05) rate\n  <input> (default stdin)\n"


def run(capfd, *arguments: str, before: str = ""):
    """Run lapp over arguments: its results by name, or the exit code, and what stderr got."""
    environment = Environment(MAIN)
    environment.set_arguments(["th"], "dir/train.lua", arguments)
    code = f"{before} local o = lapp [[{USAGE}]] return o.number, o.learningRate, o.input_name"
    try:
        answer = environment.load(code, "=case")()
    except SystemExit as end:
        answer = end.code
    return answer, capfd.readouterr().err


CASES = [
    (("-n", "5"), ((5, 0.05, "stdin"), "")),
    (("--number=7", "-l0.5"), ((7, 0.5, "stdin"), "")),
    ((), (1, "train: missing required parameter: number\n\n" + USAGE)),
    (("-n", "many"), (1, "train: unable to convert to number: many\n\n" + USAGE)),
    (("-n",), (1, "train: number was expecting a value\n\n" + USAGE)),
    (("--nothing",), (1, "train: unrecognized parameter: nothing\n\n" + USAGE)),
    (("-h",), (1, USAGE)),
    (("-n", "1", "--help"), (1, USAGE)),
    (("-n", "1", "none.txt"), (1, "train: none.txt: No such file or directory\n\n")),
]


@pytest.mark.parametrize(("arguments", "expected"), CASES)
def test_a_program(capfd, arguments, expected):
    assert run(capfd, *arguments) == expected


def test_the_program_may_say_how_it_ends(capfd):
    answer, told = run(capfd, before="lapp.show_usage_error = false")
    assert (answer, told) == (1, "train: missing required parameter: number\n\n")
    answer, told = run(
        capfd,
        before="lapp.quit = function(m) error({m = m}) end lapp = function(...) return select(2, pcall(require 'pl.lapp', ...)).m and {} end",
    )
    assert (answer, told) == ((None, None, None), "")


def test_an_own_h_is_no_call_for_help():
    lua = Environment(MAIN).load(
        "return lapp('  -h,--height (default 3) x\\n', {'-h', '5'}).height", "=c"
    )
    assert lua() == 5


def test_arguments_that_are_taken_apart_are_put_back():
    lua = Environment(MAIN).load(
        "local a = {'-abc'} lapp('  -a x\\n -b y\\n -c z\\n', a) return #a, a[2]", "=c"
    )
    assert lua() == (3, "-b")
