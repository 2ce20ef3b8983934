"""Mutated .t7 files: reading ends soon, takes no more memory than the file could fill, raises only
Lua errors."""

from __future__ import annotations

import os
import random
import re
import struct
import time
import tracemalloc

import pytest

from th7shell import torch
from th7shell.lua import LuaError, Table, items, new_table, tostring
from th7shell.torch.serialization.api import keep_unknown, load_with
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import TYPES, Tensor

pytestmark = pytest.mark.usefixtures("young")
MANY = int(os.environ.get("TH7SHELL_DAMAGED_FILES", "10000"))  # for each of eleven long tests


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


LONGS = (
    0,
    1,
    2,
    3,
    7,
    -1,
    -2,
    1000,
    2**31 - 1,
    2**31,
    2**32,
    2**40,
    2**59,
    2**62,
    2**63 - 1,
    -(2**63),
)
NAMES = [f"{kind}{what}".encode() for kind in ("Double", "Float", "Char", "Byte", "Long", "Half") for what in ("Tensor", "Storage")]  # fmt: skip


def mutated(text: str, rng: random.Random) -> str:
    """A file with some bytes changed, removed, doubled, cut off or moved."""
    data = bytearray(text.encode("latin-1"))
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        if not data:
            break
        i = rng.randrange(len(data))
        j = min(len(data), i + rng.choice([1, 4, 8, 32]))
        what = rng.randrange(9)
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
        elif what == 5:
            data[i : i + 8] = struct.pack("<q", rng.choice(LONGS))
        elif what == 6:
            at = [m.start() for m in re.finditer(rb"[\0-\x09]\0{7}", data)]
            if at:  # a size, stride or offset
                place = rng.choice(at)
                data[place : place + 8] = struct.pack("<q", rng.choice(LONGS))
        elif what == 7:
            old, new = rng.choice(NAMES), rng.choice(NAMES)
            data = data.replace(old, new.ljust(len(old)) if rng.random() < 0.3 else new)
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
@pytest.mark.timeout(1800)
def test_many_mutated_files(traced, tmp_path) -> None:
    check(MANY, 2, tmp_path)


def more_samples() -> list[tuple[str, str]]:
    """Files of every kind of tensor and storage, with and without gaps, and of a layer."""
    tensors = [cls(2, 3).fill(3) for cls in TYPES.values()]
    tensors += [t.t() for t in tensors] + [t.storage() for t in tensors]
    tensors += [torch.range(1, 9).narrow(1, 3, 4), torch.ones(1).expand(4), torch.ones(2, 2, 2, 2)]
    objects = [new_table(tensors[i::3]) for i in range(3)]
    return [(torch.serialize(o, mode), mode) for o in objects for mode in ("binary", "ascii")]


USES = {
    Tensor: "sum clone size storage t double contiguous isContiguous totable storageOffset zero",
    Storage: "totable size fill string",
}


def used(value, depth=0):
    """What a program does first with what it has read."""
    yield lambda: tostring(value)
    yield lambda: torch.serialize(value)
    if isinstance(value, Table) and depth < 4:
        for pair in list(items(value)):
            for part in pair:
                yield from used(part, depth + 1)
    if isinstance(value, (Tensor, Storage)):
        yield lambda: value[1]
        for kind, names in USES.items():
            for name in names.split() if isinstance(value, kind) else ():
                if getattr(value, name, None) is not None:
                    yield lambda name=name: getattr(value, name)(*[1][: name == "fill"])
    if isinstance(value, Tensor):
        yield lambda: value.resize(3, 2).fill(1)
        yield lambda: torch.add(value, 1)
        yield lambda: value.storage().resize(2)
        yield lambda: str(value)
        yield lambda: value.storage().resize(2)
        yield lambda: str(value)
    if isinstance(value, torch.Generator):
        yield lambda: torch.uniform(value)


def huge(value, depth=0) -> bool:
    """Whether a value holds an expanded tensor too large to work with."""
    if isinstance(value, Table) and depth < 6:
        return any(huge(part, depth + 1) for pair in items(value) for part in pair)
    return isinstance(value, Tensor) and value.nElement() > 100_000


def check_uses(count: int, seed: int) -> None:
    rng = random.Random(seed)
    files = samples() + more_samples()
    loaded = 0
    for i in range(count):
        text, mode = rng.choice(files)
        data = mutated(text, rng)
        started = time.process_time()
        try:
            value = torch.deserialize(data, mode)
        except LuaError as error:
            assert isinstance(error.value, str), i
            continue
        loaded += 1
        for use in used(value) if not huge(value) else ():
            try:
                use()
            except LuaError as error:
                assert isinstance(error.value, str), i
        assert time.process_time() - started < 10, i
    assert loaded > count / 20


def test_some_damaged_objects_in_use() -> None:
    check_uses(500, 3)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(10, 20))
def test_many_damaged_objects_in_use(seed) -> None:
    check_uses(MANY, seed)


def test_an_expanded_tensor_beyond_all_numbers() -> None:
    text = torch.serialize(torch.ones(3).view(1, 3))
    for sizes in ((2**40, 2**40), (2**62, 2), (2**32, 2**31)):
        data = text.replace(
            struct.pack("<qqqq", 1, 3, 3, 1).decode("latin-1"),
            struct.pack("<qqqq", *sizes, 0, 0).decode("latin-1"),
        )
        with pytest.raises(LuaError, match="damaged file: a tensor"):
            torch.deserialize(data)
