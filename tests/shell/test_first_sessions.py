"""The sessions that README and the docs print, typed into the real program exactly as they stand
there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINE = re.compile(r"\.py:\d+:")  # lines of our own files move


def sessions():
    """(page, [(entry, what is printed below it)]) of each block with a prompt."""
    for page in PAGES:
        for _, block in FENCED.findall(page.read_text()):
            if not block.startswith("th> "):
                continue
            entries = []
            for line in block.splitlines():
                if line.startswith("th> "):
                    entries.append((line[4:], []))
                elif line.startswith("..>"):
                    entries[-1] = (f"{entries[-1][0]}\n{line[3:].strip()}", [])
                else:
                    entries[-1][1].append(line)
            yield page.name, entries


def plain(lines):
    return [LINE.sub(".py:", line.strip()) for line in lines if line.strip()]


SESSIONS = list(sessions())


def test_there_are_sessions():
    assert {name for name, _ in SESSIONS} >= {"README.md", "shell.md"}


def test_typed_as_printed(shell):
    prompt = shell(columns=100, rows=60)
    for page, entries in SESSIONS:
        for entry, printed in entries:
            if entry.startswith("?"):
                prompt.keys(entry + "\r")
                assert prompt.wait("Affine map"), entry
                prompt.ready()
                continue
            *first, entry = entry.split("\n")
            for line in first:
                prompt.keys(line + "\r")
                prompt.wait(r"^\.\.>\s*\Z")
            if first:
                prompt.keys(entry + "\r")
                prompt.ready()
                continue
            shown = plain(prompt.enter(entry).splitlines())
            if printed:
                assert shown == plain(printed), f"{page}: {entry}"
            else:
                assert not any("attempt to" in line or "error" in line for line in shown), entry


def test_first_commands(tmp_path):
    (tmp_path / "train.lua").write_text("print(...)")
    bin = tmp_path / "bin"
    bin.mkdir()
    program = bin / "th7shell"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m th7shell "$@"\n')
    program.chmod(0o755)
    pages = (PAGES[0], ROOT / "docs" / "install.md")
    blocks = [block for page in pages for _, block in FENCED.findall(page.read_text())]
    ran = 0
    for line in "".join(blocks).splitlines():
        if not re.search(r"th7shell (?:-e|train)|\| th7shell", line):
            continue  # the prompt itself, and what needs the network
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{bin}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), line
        assert done.stdout, line
        ran += 1
    assert ran >= 3


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")
