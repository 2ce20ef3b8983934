"""Compare random Lua programs here and on the real implementations: `python -m tests.lua.differential_run 20000`.

Options: the number of programs, then a seed. Prints each program whose output differs, and a summary.
"""

from __future__ import annotations

import sys
import warnings

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from tests.lua.differential import Oracle, Ours, difference, programs


def main(count: int, start: int) -> int:
    """Run the comparison; gives the number of programs that differ."""
    ours, luajit, lua51 = Ours(), Oracle("luajit21"), Oracle("lua51")
    seen: set[str] = set()
    found: list[str] = []

    def compare(program: str) -> None:
        if program in seen:
            return
        seen.add(program)
        text = difference(program, ours, luajit, lua51)
        if text is not None:
            found.append(text)
            sys.stdout.write(
                f"---- difference {len(found)}: {text}\n{program.split(chr(10), 30)[-1]}\n"
            )

    batch = 500
    for first in range(0, count, batch):
        run = settings(
            max_examples=min(batch, count - first),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )(seed(start + first)(given(programs())(compare)))
        run()
        sys.stdout.write(f"{len(seen)} programs so far, {len(found)} differ\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(seen)} different programs, {len(found)} with another output\n")
    return len(found)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    numbers = [int(a) for a in sys.argv[1:]]
    sys.exit(main(*(numbers + [20000, 0][len(numbers) :])) > 0)
