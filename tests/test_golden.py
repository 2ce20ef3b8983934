"""Scripts recorded with the original Torch7 print the same here (run where the recordings stand
beside the project).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
COMPARE = SHARED / "bin" / "golden"
PROGRAM = Path(sys.executable).with_name("th7shell")

# Recordings that differ on purpose, and why.
DIFFERENT = {
    "image_ops": "the sample photograph is not shipped: sums over it differ",
}


def recordings(folder: str) -> list[str]:
    scripts = sorted((SHARED / folder).glob("*.lua"))
    return [s.stem for s in scripts if s.with_suffix(".out").exists() and s.stem not in DIFFERENT]


def compare(folder: str, name: str) -> None:
    done = subprocess.run(
        [sys.executable, COMPARE, "--cmd", PROGRAM, "--dir", SHARED / folder, "--show", name],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


pytestmark = pytest.mark.skipif(not COMPARE.exists(), reason="no recordings beside the project")


@pytest.mark.parametrize("name", ["th_nn"])
def test_named_fields_come_in_the_order_of_the_original(name: str) -> None:
    script = SHARED / "golden" / f"{name}.lua"
    done = subprocess.run([PROGRAM, script.name], cwd=script.parent, capture_output=True, text=True)
    expected = script.with_suffix(".out").read_text().splitlines()
    assert list(map(str.rstrip, done.stdout.splitlines())) == list(map(str.rstrip, expected))


@pytest.mark.parametrize("name", recordings("golden"))
def test_prints_as_the_original(name: str) -> None:
    compare("golden", name)


@pytest.mark.parametrize("name", recordings("layers"))
def test_layers_compute_as_the_original(name: str) -> None:
    compare("layers", name)
