"""torchmpi, ipc and distlearn on several ranks: cases.lua has what each function does."""

from __future__ import annotations

import re

import pytest

from .ranks import HERE, needs_mpi, run

pytest.importorskip("mpi4py")
pytestmark = needs_mpi
RANKS = 3
CASES = re.findall(r"^   \{'(.+)', function\(\)$", (HERE / "cases.lua").read_text(), re.M)
CASES = [name.replace("\\'", "'") for name in CASES]


@pytest.fixture(scope="module")
def told():
    done = run(RANKS, HERE / "cases.lua")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize("name", CASES)
def test_case(name, told):
    lines, errors = told
    assert f"{name}: ok" in lines, errors


def test_all_cases_are_looked_for(told):
    assert len(CASES) > 20
    assert [line for line in told[0] if line.endswith(": ok")] == [f"{n}: ok" for n in CASES]


def losses(ranks, how, **more):
    done = run(ranks, HERE / "train.lua", how, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return [float(x) for x in re.findall(r"^loss (\S+)$", done.stdout, re.M)]


@pytest.fixture(scope="module")
def alone():
    return losses(1, "sync")


@pytest.mark.parametrize(
    ("ranks", "how"),
    [
        (2, "async"),
        (2, "engine"),
        *(
            pytest.param(n, how, marks=pytest.mark.long)
            for n in (2, 4)
            for how in ("sync", "async", "blocks", "server", "engine async")
        ),
    ],
)
def test_the_same_batch_gives_the_same_losses(ranks, how, alone, monkeypatch):
    """Whatever sums the gradients, and on however many ranks, up to rounding."""
    monkeypatch.setenv("LUA_PATH", f"{HERE}/?.lua;;")
    assert len(alone) == 12 and alone[-1] < 0.8 * alone[0]
    assert losses(ranks, how) == pytest.approx(alone, rel=1e-9)
