"""Run the program on an example as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = str(Path(sys.executable).with_name("th7shell"))
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80"}


def run(*arguments: str, text: str | None = None, folder: Path = ROOT) -> str:
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
