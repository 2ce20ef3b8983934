"""math.random: numbers made in blocks are those that its registers give one by one."""

from __future__ import annotations

import pytest

from th7shell.lua.stdlib.tausworthe import BLOCK, Tausworthe


@pytest.mark.parametrize("seed", [0.0, 1.0, 42.0, -1.5, 1e300, 5e-324])
def test_blocks_continue_the_stream(seed: float) -> None:
    import numpy  # noqa: F401  # blocks are made where it is loaded

    blocks, single = Tausworthe(seed), Tausworthe(seed)
    n = 3 * BLOCK + 50
    assert [blocks.next() for _ in range(n)] == [single.step() for _ in range(n)]
    blocks.seed(7.0)
    single.seed(7.0)
    assert [blocks.next() for _ in range(100)] == [single.step() for _ in range(100)]


def test_numbers_of_a_known_seed() -> None:
    """Those that LuaJIT 2.1 gives after math.randomseed(42)."""
    stream = Tausworthe(42.0)
    numbers = [f"{stream.next():.14g}" for _ in range(2000)]
    assert numbers[:3] == ["0.95607928791821", "0.0089557217859255", "0.53860053951484"]
    assert numbers[-1] == "0.15194613052587"
