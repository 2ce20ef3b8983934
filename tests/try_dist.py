"""Try what `make dist` has built: the wheel in an empty environment, the demo and a sample of the tests from the sdist.

python tests/try_dist.py dist
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

LARGEST = 2 * 2**20  # bytes of a wheel
TOOLS = ["pytest", "pytest-timeout", "hypothesis"]
SAMPLE = [
    "tests/lua/test_corners.py", "tests/cjson", "tests/paths", "tests/optim", "tests/torch/test_serialization.py",
    "tests/nn/test_python_modules.py", "tests/test_systems.py",
]  # fmt: skip


def main(folder: Path) -> None:
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    assert wheel.stat().st_size <= LARGEST, f"{wheel} has more than {LARGEST} bytes"
    with tempfile.TemporaryDirectory() as place:
        home = Path(place, "env")
        venv.create(home, with_pip=True)
        programs = home / ("Scripts" if os.name == "nt" else "bin")
        python = str(programs / "python")
        world = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}

        def run(*words: str, cwd: str = place) -> str:
            done = subprocess.run(
                words, cwd=cwd, env=world, stdout=subprocess.PIPE, encoding="utf-8", check=False
            )
            if done.returncode:
                sys.exit(f"{done.stdout[-3000:]}\nfailed: {words}")
            sys.stdout.write(f"ok   {' '.join(map(os.path.basename, words))[:70]}\n")
            return done.stdout

        run(python, "-m", "pip", "install", "--quiet", str(wheel.resolve()))
        for start in ([str(programs / "th7shell")], [str(programs / "th")], [python, "-m", "th7shell"]):  # fmt: skip
            assert run(*start, "-e", "require 'nn' print(nn.Linear(2, 3):forward(torch.ones(2)):size(1))") == "3\n"  # fmt: skip
        with tarfile.open(sdist) as archive:
            archive.extractall(place, filter="data")
        source = str(Path(place, sdist.name.removesuffix(".tar.gz")))
        demo = run(
            str(programs / "th7shell"), "examples/digits.lua", cwd=source
        )  # fails below 96 %
        assert "loaded again" in demo
        run(python, "-m", "pip", "install", "--quiet", *TOOLS)
        run(python, "-m", "pytest", "-q", "-m", "not long", *SAMPLE, cwd=source)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
