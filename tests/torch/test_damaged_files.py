"""Mutated .t7 files: reading ends soon, takes no more memory than the file could fill, raises only
Lua errors."""

from __future__ import annotations

import random
import time
import tracemalloc

import pytest

from th7shell import torch
from th7shell.lua import LuaError, new_table
from th7shell.torch.serialization.api import keep_unknown, load_with


def samples() -> list[tuple[str, str]]:
    """Files of all kinds of objects, as text and how to read them."""
    shared = torch.range(1, 6).resize(2, 3)
    table = new_table(
        [1, "two", True, shared, shared.t(), new_table()], {"x": torch.ByteTensor([1, 2])}
    )
    table["me"] = table
    table[shared] = torch.LongStorage([3, 4])
    objects = [
        table,
        torch.FloatTensor(3, 2).fill(1),
        torch.Generator(),
        "string" * 20,
        torch.HalfTensor(2),
    ]
    function = "\x08\0\0\0\1\0\0\0\5\0\0\0\x1bLJ\2??" + torch.serialize(new_table([1]))[:0]
    function += "\3\0\0\0\2\0\0\0\0\0\0\0"
    texts = [(torch.serialize(o, mode), mode) for o in objects for mode in ("binary", "ascii")]
    return [*texts, (function, "binary")]


def mutated(text: str, rng: random.Random) -> str:
    """A file with some bytes changed, removed, doubled, cut off or moved."""
    data = bytearray(text.encode("latin-1"))
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        if not data:
            break
        i = rng.randrange(len(data))
        j = min(len(data), i + rng.choice([1, 4, 8, 32]))
        what = rng.randrange(6)
        if what == 0:
            data[i] = rng.randrange(256)
        elif what == 1:
            data[i:j] = rng.choice([b"\xff", b"\0", b"\x7f", b"\x80"]) * (j - i)
        elif what == 2:
            del data[i:j]
        elif what == 3:
            data[i:i] = data[i:j]
        elif what == 4:
            del data[i:]
        else:
            data[i:j] = rng.choice([b"\x03\0\0\0", b"\x04\0\0\0", b"999999999", b"-1", b"\n"])
    return data.decode("latin-1")


def check(count: int, seed: int, folder) -> None:
    rng = random.Random(seed)
    files = samples()
    name = str(folder / "mutated.t7")
    for _ in range(count):
        text, mode = rng.choice(files)
        data = mutated(text, rng).encode("latin-1")
        with open(name, "wb") as file:
            file.write(data)
        tracemalloc.reset_peak()
        before, started = tracemalloc.get_traced_memory()[0], time.perf_counter()
        try:
            load_with(name, mode, unknown=keep_unknown())
        except LuaError as error:
            assert isinstance(error.value, str) and error.value
        assert time.perf_counter() - started < 1
        assert tracemalloc.get_traced_memory()[1] - before < (1 << 22) + 100 * len(data)


@pytest.fixture
def traced():
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_some_mutated_files(traced, tmp_path) -> None:
    check(250, 1, tmp_path)


@pytest.mark.long
def test_many_mutated_files(traced, tmp_path) -> None:
    check(10_000, 2, tmp_path)
