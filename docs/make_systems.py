"""Fill the tables of docs/systems.md: what is needed, from pyproject.toml and the installed
packages, and how long imports take here.

    python docs/make_systems.py [--times]

A package that is not installed keeps the licence that the page has; write a new one in by
hand. Times are measured where asked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "systems.md"
PROJECT = HERE.parent / "pyproject.toml"
PART = re.compile(r"^(?:dependencies|(\w+)) = \[(?:\s*#.*)?$")
NEED = re.compile(r'"([\w-]+)>=([\w.]+)(?:;[^"]*)?"(?:,|\])?,?\s*# (.*)')
ONE_LINE = re.compile(r'^(\w+) = \["([\w-]+)>=([\w.]+)"\]\s*# (.*)')
PROGRAMS = {
    "`import numpy`, for comparison": ["-c", "import numpy"],
    "`import th7shell`": ["-c", "import th7shell"],
    "`from th7shell import torch`": ["-c", "from th7shell import torch"],
    "`from th7shell import torch, nn`": ["-c", "from th7shell import torch, nn"],
    "`from th7shell import nn, optim, image`": ["-c", "from th7shell import nn, optim, image"],
    "`th7shell -v`": ["-m", "th7shell", "-v"],
    "`th7shell -e ''`": ["-m", "th7shell", "-e", ""],
    "`th7shell -e \"require 'nn'\"`": ["-m", "th7shell", "-e", "require 'nn'"],
}  # fmt: skip
RUNS = 9


def needs() -> list[tuple[str, str, str, str]]:
    """Extra, name, lower bound and reason of every dependency."""
    found, part = [], None
    for line in PROJECT.read_text(encoding="utf-8").splitlines():
        if match := ONE_LINE.match(line):
            found.append(match.groups())
        elif match := PART.match(line):
            part = match[1] or ""
        elif line.startswith("]"):
            part = None
        elif part is not None and (match := NEED.search(line)):
            found.append((part, *match.groups()))
    return found


def licence(name: str, known: dict[str, str]) -> str:
    """The licence that a package's own data name, in a few words."""
    try:
        data = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return known.get(name, "")
    words = data.get("License-Expression") or ""
    if not words:
        classes = [c for c in data.get_all("Classifier", []) if c.startswith("License :: OSI")]
        words = ", ".join(c.rpartition(" :: ")[2] for c in classes)
    return words or (data.get("License") or "").strip().partition("\n")[0]


def known_licences(page: str) -> dict[str, str]:
    """What the page says now."""
    return dict(re.findall(r"^\| ([\w-]+) \| [\d.]+ \| ([^|]+) \|", page, re.MULTILINE))


def dependencies(page: str) -> str:
    known = known_licences(page)
    lines = ["| package | from | licence | for | extra |", "|---|---|---|---|---|"]
    for extra, name, bound, why in needs():
        lines.append(f"| {name} | {bound} | {licence(name, known)} | {why} | {extra} |")
    return "\n".join(lines)


def times() -> str:
    lines = ["| | seconds |", "|---|---|"]
    for what, words in PROGRAMS.items():
        lines.append(f"| {what} | {min(processor_time(words) for _ in range(RUNS)):.2f} |")
    return "\n".join(lines)


def processor_time(words: list[str]) -> float:
    before = os.times()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def filled(page: str, name: str, table: str) -> str:
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, _, rest = page.partition(begin)
    return f"{head}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    text = filled(text, "dependencies", dependencies(text))
    if "--times" in sys.argv:
        text = filled(text, "import times", times())
    PAGE.write_text(text, encoding="utf-8", newline="\n")
