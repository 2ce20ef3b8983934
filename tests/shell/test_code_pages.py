"""Consoles and systems of another code page: what is written is the same bytes as elsewhere, UTF-8, and nothing fails."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SESSION = """
print('é ü 日本 │ ─ …')
? torch.ones
:help
:set
:who
nn.Sequential():add(nn.Linear(2, 3)):add(nn.Tanh())
:summary nn.Linear(2, 3)
torch.range(1, 4):view(2, 2)
itorch.Plot():line({1, 2}, {3, 4}):title('höhe')
require 'gnuplot' gnuplot.plot(torch.range(1, 3))
error('fehler é 日本 →')
ｘ = = 1
:nosuch→
:history
"""
WORDS = {
    "help": ["--help"],
    "rocks help": ["rocks", "--help"],
    "wrong option": ["--→"],
    "no such model": ["inspect", "é→.t7"],
    "an error": ["-e", "local t = nil; print('é→', t.ü)"],
    "a prompt": ["-i", "--no-init"],
}
PAGES = {
    "cp1252": {"PYTHONIOENCODING": "cp1252:strict", "PYTHONUTF8": "0"},
    "ascii": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "utf-8": {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"},
}  # fmt: skip


def written(words: list[str], page: str, folder: str) -> tuple[int, bytes, bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "PYTHONIO", "PYTHONUTF"))}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "th7shell", *words],
        input=SESSION.encode(),
        capture_output=True,
        cwd=folder,
        env={**kept, **PAGES[page], "TH7SHELL_STATE_DIR": folder, "COLUMNS": "80"},
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", WORDS)
def test_a_code_page_changes_no_byte(name, tmp_path):
    page = "ascii" if name == "a prompt" else "cp1252"
    found = written(WORDS[name], page, str(tmp_path))
    assert found == written(WORDS[name], "utf-8", str(tmp_path))
    both = found[1] + found[2]
    assert b"Unicode" not in both and b"Traceback" not in both and b"codec" not in both
    assert len(both) > 20
