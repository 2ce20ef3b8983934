"""Latency of the shell: completion, a keystroke in a long buffer, history search, a cold prompt
through a pty.

    python benchmarks/shell_latency.py [--start N]

Beside each figure: its limit, and, where ptpython or IPython are installed, theirs in the same run.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import statistics
import sys
import tempfile
import time

LIMITS = {"completion": 0.050, "keystroke": 0.020, "history": 0.030, "prompt": 0.600}


def timed(function, repeats=20):
    """Seconds of a call, the best of several: a busy machine only adds to it."""
    spent = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        spent.append(time.perf_counter() - started)
    return min(spent)


def completion() -> dict[str, float]:
    """Completion with torch, nn and image loaded."""
    from th7shell.session.core import Session

    session = Session()
    for line in ("require 'nn'", "require 'image'", "net = nn.Sequential():add(nn.Linear(2, 3))"):
        session.evaluate(line)
    texts = ["torch.", "nn.", "nn.Spatial", "net:", "net.modules[1].", "require '", "t"]

    def menu(text: str) -> list[tuple[str, str]]:
        return [(c.kind, c.about) for c in session.complete(text)]

    first = timed(lambda: menu("nn."), 1)
    again = {f"completion of {t!r}": timed(lambda t=t: menu(t)) for t in texts}
    return {"completion of 'nn.' at first": first} | again


def keystroke() -> dict[str, float]:
    """What one key costs in a buffer of 10 kB: colours, completion context, signature,
    indentation."""
    from prompt_toolkit.document import Document

    from th7shell.session.context import call_at, request
    from th7shell.session.scan import depth_after, tokens
    from th7shell.shell.highlight import LuaPainter

    line = "   net:add(nn.Linear(10, 20)) -- layer\n"
    text = "for i = 1, 3 do\n" + line * (10_000 // len(line)) + "   x = torch.rand(3"
    painter = LuaPainter()

    def press() -> None:
        tokens.cache_clear()  # each key makes a new text
        lines = painter.lex_document(Document(text))
        for n in range(text.count("\n") - 40, text.count("\n") + 1):
            lines(n)
        request(text)
        call_at(text)
        depth_after(text)

    return {"keystroke in 10 kB": timed(press)}


def history() -> dict[str, float]:
    """Fuzzy search over 50,000 entries."""
    from th7shell.shell.recall import FuzzySearch

    rng = random.Random(1)
    words = "net forward backward torch rand nn Linear print loss optim sgd zero grad".split()
    entries = [":".join(rng.choices(words, k=5)) + f"({i})" for i in range(50_000)]
    search = FuzzySearch(entries)
    return {
        f"history search {q!r}": timed(lambda q=q: search.find(q), 7)
        for q in ("ntfw", "zzzq", "nnlin9", "gggg9999")
    }


def first_prompt(command: list[str], sign: str) -> float:
    """Seconds from the start of a program to its prompt, in a pty."""
    import pexpect

    started = time.perf_counter()
    child = pexpect.spawn(
        command[0], command[1:], encoding="utf-8", dimensions=(24, 80), timeout=30
    )
    child.expect_exact(sign)
    spent = time.perf_counter() - started
    child.close(force=True)
    return spent


def starts(repeats: int) -> dict[str, float]:
    """A cold prompt, ours and others'."""
    programs = {"prompt of th7shell": ([sys.executable, "-m", "th7shell"], "th> ")}
    if importlib.util.find_spec("ptpython"):
        programs["prompt of ptpython"] = ([sys.executable, "-m", "ptpython"], ">>>")
    if importlib.util.find_spec("IPython"):
        programs["prompt of IPython"] = ([sys.executable, "-m", "IPython"], "In [")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TH7SHELL_STATE_DIR": folder, "TH7SHELL_CONFIG_DIR": folder}
        return {
            name: statistics.median(first_prompt(*program) for _ in range(repeats))
            for name, program in programs.items()
        }


def main() -> None:
    """Print every figure beside its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=5, help="how often each prompt is started")
    options = parser.parse_args()
    figures = completion() | keystroke() | history() | starts(options.start)
    for name, seconds in figures.items():
        limit = LIMITS.get(name.split()[0])
        ours = limit is not None and ("prompt" not in name or "th7shell" in name)
        verdict = (
            f"limit {1000 * limit:.0f} ms {'ok' if seconds <= limit else 'OVER'}" if ours else ""
        )
        print(f"{name:<36} {1000 * seconds:8.1f} ms   {verdict}")


if __name__ == "__main__":
    main()
