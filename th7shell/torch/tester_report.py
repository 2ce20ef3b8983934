"""What `torch.Tester` prints: a line for each test as it runs, and the report at the end."""

from __future__ import annotations

from typing import Any

import th7shell.torch.console as console
from th7shell.lua import array, send, state, tostring
from th7shell.lua.arithmetic import truth

COLUMNS = 80
_COLOURS = {"cyan": 36, "green": 32, "red": 31, "magenta": 35, "yellow": 33}


def _coloured(text: str, colour: str) -> str:
    """Text in a colour, if the program has been given a command line (as in the original)."""
    if getattr(state.globals, "arg", None) is None:
        return text
    return f"\x1b[0;{_COLOURS[colour]}m{text}\x1b[0m"


def _tag(word: str, colour: str) -> str:
    return f"[{_coloured(word, colour)}]"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def run_tests(tester: Any, tests: dict[Any, Any]) -> None:
    """Run tests one after the other, each with a line that says how it went."""
    total = str(len(tests))
    console.write(f"Running {_count(len(tests), 'test')}\n")
    for i, (name, function) in enumerate(tests.items(), 1):
        tester._currentTestName = name
        label = tostring(name)
        dots = "." * (COLUMNS - 8 - (2 * len(total) + 2) - len(label))
        number = _coloured(f"{i:>{len(total)}}/{total} ", "cyan")
        line = f"{number}{label} {dots} "
        console.write(line + _tag("WAIT", "cyan"))
        console.flush()
        verdict, good = _run_one(tester, name, function)
        console.write(f"\r{line}")
        console.write(f"{verdict}\n")
        console.flush()
        if not good and truth(tester.earlyAbort) and i < len(tests):
            console.write("Aborting on first error, not all tests have been executed\n")
            break


def _run_one(tester: Any, name: Any, function: Any) -> tuple[str, bool]:
    """Run a test between its hooks; the end of its line, and whether it went well or was left
    out."""
    if truth(tester.disabledTests[name]):
        return _tag("SKIP", "yellow"), True
    if tester._setUp is not None:
        tester._setUp(name)
    if truth(tester.rethrow):
        before = len(tester.errors)
        function()
        status, passed = True, before == len(tester.errors)
    else:
        status, _, passed = send(tester, "_pcall", function)
    if tester._tearDown is not None:
        tester._tearDown(name)
    if not status:
        tester.testError[name] = 1
        return _tag("ERROR", "magenta"), False
    if not passed:
        return _tag("FAIL", "red"), False
    verdict = _tag("PASS", "green")
    if tester._warningCount[name]:
        verdict += "\n" + " " * (COLUMNS - 10) + _tag("+warning", "yellow")
    return verdict, True


def report(tester: Any, tests: dict[Any, Any]) -> None:
    """Print how many assertions and tests there were and failed, then each failure and warning."""

    def tests_with(counts: Any) -> int:
        return sum(1 for name in tests if counts[name])

    failures, errors = tests_with(tester.assertionFail), tests_with(tester.testError)
    warnings = tests_with(tester._warningCount) + (tester._warningCount[""] or 0)
    skipped = tests_with(tester.disabledTests)
    tester.countasserts = sum(tester.assertionFail[n] + tester.assertionPass[n] for n in tests)
    parts = [
        f"Completed {_count(tester.countasserts, 'assert')} in {_count(len(tests), 'test')} with "
        + _coloured(_count(failures, "failure"), "red" if failures else "green"),
        _coloured(_count(errors, "error"), "magenta" if errors else "green"),
    ]
    if warnings:
        parts.append(_coloured(_count(warnings, "warning"), "yellow"))
    if skipped:
        parts.append(_coloured(f"{skipped} disabled", "yellow"))
    console.write(" and ".join(parts) + "\n")
    if truth(tester.summaryOnly):
        return
    sections = array(tester.errors) + array(tester.warnings)
    dashes = "-" * COLUMNS + "\n"
    if sections:
        console.write(dashes)
    for section in sections:
        console.write(f"{section}\n{dashes}")
