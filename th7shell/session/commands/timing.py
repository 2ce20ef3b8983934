"""`:time`, `:profile`: how long an expression takes, and where."""

from __future__ import annotations

import cProfile
import statistics
import time as clock
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import entries
from .registry import CommandError, command

if TYPE_CHECKING:
    from ..core import Session

ENOUGH = 0.2  # seconds that one repetition should last
REPEATS = 7


def compiled(session: Session, text: str) -> Callable[[], Any]:
    """A function that runs Lua text, an expression or statements."""
    if not text:
        raise CommandError("which expression?")
    return session.environment.load(entries.as_expression(text) or text, "=:time")


@command("expression")
def time(session: Session, argument: str) -> Any:
    """Time an expression: mean and deviation over seven repetitions, each long enough to be
    measured."""
    function = compiled(session, argument)
    loops, spent = 1, measured(function, 1)
    while spent < ENOUGH / 10 and loops < 1_000_000:
        loops *= 10
        spent = measured(function, loops)
    loops = (
        max(1, min(1_000_000, round(loops * ENOUGH / max(spent, 1e-9))))
        if spent < ENOUGH
        else loops
    )
    repeats = REPEATS if spent * REPEATS < 20 else 1
    each = [measured(function, loops) / loops for _ in range(repeats)]
    spread = statistics.stdev(each) if len(each) > 1 else 0.0
    return (
        f"{unit(statistics.mean(each))} ± {unit(spread)} a run "
        f"({repeats} times {loops:,} runs, best {unit(min(each))})\n"
    )


def measured(function: Callable[[], Any], loops: int) -> float:
    """Seconds that `loops` calls take."""
    started = clock.perf_counter()
    for _ in range(loops):
        function()
    return clock.perf_counter() - started


def unit(seconds: float) -> str:
    """Seconds in the unit that fits: s, ms, µs, ns."""
    for name, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds * 1e9:.3g} ns"


@command("expression")
def profile(session: Session, argument: str) -> Any:
    """Run an expression and list the functions, Lua's and Python's, that took longest in
    themselves."""
    function = compiled(session, argument)
    profiler = cProfile.Profile()
    started = clock.perf_counter()
    profiler.runcall(function)
    total = clock.perf_counter() - started
    return table(profile_rows(profiler), total)


def profile_rows(profiler: cProfile.Profile) -> list[tuple[float, float, int, str]]:
    """(own seconds, with callees, calls, name) of each function, the slowest first."""
    profiler.create_stats()
    rows = []
    for entry in profiler.getstats():
        code = entry.code
        if isinstance(code, str):
            name = code.strip("<>").replace("built-in method ", "").replace("method ", "")
        elif not code.co_filename.endswith(".py"):
            name = f"{code.co_filename}:{code.co_firstlineno} {code.co_name}"
        else:
            short = code.co_filename.replace("\\", "/").rpartition("th7shell/")
            name = f"{short[2] or short[0]}:{code.co_firstlineno} {code.co_qualname}"
        rows.append((entry.inlinetime, entry.totaltime, entry.callcount, name))
    return sorted(rows, reverse=True)


def table(rows: list[tuple[float, float, int, str]], total: float, most: int = 25) -> str:
    """The rows as text, shares of the total beside them."""
    lines = [f"{'own':>9} {'share':>6} {'total':>9} {'calls':>9}  function"]
    for own, whole, calls, name in rows[:most]:
        share = 100 * own / (total or 1)
        lines.append(f"{unit(own):>9} {share:5.1f}% {unit(whole):>9} {calls:9,}  {name[:90]}")
    left_out = f", {len(rows) - most} more functions" if len(rows) > most else ""
    return "\n".join(lines) + f"\n{unit(total)} in all{left_out}\n"
