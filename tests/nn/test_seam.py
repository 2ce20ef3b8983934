"""Which kernels run on arrays that are not in this computer's memory.

The calls that layers and criterions make are recorded, and made again with a stand-in for a card's
arrays. docs/cuda.md names each kernel that this stops, and why: that list can only shrink.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.nn import kernels

from .foreign import USED, Foreign, Refused, moved
from .rows import like, plain, tensors
from .test_criterions import CASES, wrap
from .test_layers import ROWS
from .test_sparse import INDEX_FORMS, SPARSE_FORMS, gradient, index_linear, sparse_linear

PAGE = (Path(__file__).parents[2] / "docs/cuda.md").read_text(encoding="utf-8")
PARTS = {"Columns", "Gathering", "RowTiles", "Scatter"}  # of ConvolutionPlan, which alone is called
ALIKE = 2  # calls that are made again of those whose arguments are of the same types


def entries() -> Iterator[tuple[str, Any, Any]]:
    """(name, function, class or None) of what kernels offer, constructors included."""
    for info in pkgutil.iter_modules(kernels.__path__):
        if info.name in ("threads", "side_by_side", "products"):  # who does it
            continue
        module = importlib.import_module(f"{kernels.__name__}.{info.name}")
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isclass(thing):
                if thing.__name__ in PARTS:
                    continue
                for method, function in vars(thing).items():
                    if inspect.isfunction(function) and (method[0] != "_" or method == "__init__"):
                        yield f"{info.name}.{name}.{method}", inspect.unwrap(function), thing
            elif inspect.isfunction(thing):
                yield f"{info.name}.{name}", inspect.unwrap(thing), None


KERNELS = {name: (function, owner) for name, function, owner in entries()}
BY_CODE = {function.__code__: name for name, (function, _) in KERNELS.items()}


def kinds(value: Any) -> Any:
    """The types of nested arguments' arrays and how many dimensions they have."""
    if isinstance(value, np.ndarray):
        return value.dtype.char, value.ndim
    if isinstance(value, (tuple, list)):
        return tuple(map(kinds, value[:3]))
    return type(value)


class Recorder:
    """Keeps the arguments with which kernels are called, a few calls of each kind."""

    def __init__(self) -> None:
        self.calls: dict[str, list[dict[str, Any]]] = {name: [] for name in KERNELS}
        self.made: dict[int, tuple[Any, dict[str, Any]]] = {}  # a plan, and what it was made of
        self.seen: Counter[Any] = Counter()

    def __call__(self, frame: Any, event: str, _: Any) -> None:
        name = BY_CODE.get(frame.f_code) if event == "call" else None
        if name is None:
            return
        given = dict(frame.f_locals)
        plan = given.pop("self", None)
        kind = name, *map(kinds, given.values())
        self.seen[kind] += 1
        makes = name.endswith("__init__")
        if not makes and self.seen[kind] > ALIKE:
            return
        given = moved(given, np.asarray)
        if makes:
            self.made[id(plan)] = plan, given
        elif plan is not None:
            given["self"] = self.made[id(plan)][1]
        self.calls[name].append(given)


def use_layers(kind: str) -> None:
    """Every row of the tables of layers, forward and backward, and layers that no row has."""
    for row in ROWS:
        layer, x = row.build().type(kind), tensors(row.arrays(), kind)
        y = layer.forward(x)
        if row.slope:
            layer.zeroGradParameters()
            layer.backward(x, tensors(like(plain(y)), kind))
    samples = torch.randn(10, 2).type(kind)
    clusters = nn.Kmeans(2, 2).type(kind)
    clusters.initKmeansPlus(samples)
    clusters.backward(samples, clusters.forward(samples))


def use_criterions() -> None:
    for case in CASES:
        criterion, x, target = case.build(), wrap(case.input()), wrap(case.target)
        criterion.forward(x, target)
        if case.slope:
            criterion.backward(x, target)


def use_sparse_layers() -> None:
    forms = [(f, sparse_linear) for f in SPARSE_FORMS.values()]
    forms += [(f, partial(index_linear, n)) for f in INDEX_FORMS.values() for n in (False, True)]
    for (make, samples), build in forms:
        layer = build()
        layer.weightDecay = 0.1
        gradient(layer, make(), len(samples))
        layer.updateParameters(0.1)
    places = torch.LongTensor([1, 2, 2, 2, 2, 2, 5, 2])
    for table in (nn.LookupTable(6, 3, 0, 1), nn.LookupTable(6, 3).scaleGradByFreq()):
        table.backward(places, table.forward(places))


@lru_cache
def recorded() -> Recorder:
    recorder = Recorder()
    before = sys.getprofile()
    sys.setprofile(recorder)
    try:
        for kind in ("torch.DoubleTensor", "torch.FloatTensor"):
            use_layers(kind)
        use_criterions()
        use_sparse_layers()
    finally:
        sys.setprofile(before)
    return recorder


def again(name: str, given: dict[str, Any], to: Callable[[Any], Any]) -> Any:
    """A recorded call with copies of its arrays made by `to`: its result, and what became of its
    arguments."""
    function, owner = KERNELS[name]
    given = moved(given, to)
    if name.endswith("__init__"):
        owner(**given)
        return None
    plan = {"self": owner(**given.pop("self"))} if owner else {}
    return function(**plan, **given), given


def arrays_of(value: Any) -> Iterator[Any]:
    """All arrays of nested values, foreign ones too, but what is left in scratch."""
    if isinstance(value, dict):
        value = [v for key, v in value.items() if key not in ("plans", "work")]
    if isinstance(value, (tuple, list)):
        for v in value:
            yield from arrays_of(v)
    elif isinstance(value, (np.ndarray, Foreign)):
        yield value


def obstacle(name: str, given: dict[str, Any]) -> str | None:
    """What stops a recorded call on the stand-in, in a word of docs/cuda.md; None: nothing. (`scratch`,
    arrays that a kernel makes in this computer's memory, stops none there.)"""
    want = list(arrays_of(again(name, given, np.array)))
    try:
        got = list(arrays_of(again(name, given, Foreign)))
    except Refused as error:
        return "constant" if "of 0 dimensions" in str(error) else "scratch"
    except TypeError as error:
        assert "bytes-like" in str(error)
        return "memory"
    if any(isinstance(array, np.ndarray) for array in got):
        return "host"
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a.held, b, rtol=1e-5, atol=1e-6)
    return None


def listed() -> dict[str, set[str]]:
    """The kernels of the table in docs/cuda.md, and what stops each."""
    found = {}
    for word, names in re.findall(r"^\| (\w+): [^|]+\|([^|]+)\|$", PAGE, re.M):
        for name in re.findall(r"`([\w.]+)`", names):
            found.setdefault(name, set()).add(word)
    return found


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_runs_on_arrays_from_elsewhere_or_is_listed(name):
    calls = recorded().calls[name]
    assert calls, "no layer calls it here"
    stops = {obstacle(name, given) for given in calls} - {None}
    name = name.removesuffix(".__init__")
    assert stops == listed().get(name, set())


def test_the_page_lists_kernels_that_exist():
    assert set(listed()) <= {name.removesuffix(".__init__") for name in KERNELS}
    assert len(listed()) < len(KERNELS) / 6


def paragraph(start: str) -> str:
    """What the page says between these words and the next full stop at a sentence's end."""
    return re.split(r"\.\s", " ".join(PAGE.split()).split(start, 1)[1], maxsplit=1)[0]


def named(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def used() -> set[str]:
    """What of NumPy's the recorded calls need on arrays from elsewhere."""
    USED.clear()
    for name, calls in recorded().calls.items():
        for given in calls:
            obstacle(name, given)
    return set(USED)


def test_the_page_lists_what_is_called():
    assert named(paragraph("only a card can tell): ")) == used()


def test_cupy_has_what_is_called():
    cupy = pytest.importorskip("cupy")  # its names can be read without a card
    for name in used():
        place = cupy.ndarray if name[0] == "." else cupy
        if name == "sliding_window_view":
            place = cupy.lib.stride_tricks
        for part in name.strip(".").split("."):
            place = getattr(place, part)


def files(pattern: str, *rooms: str) -> set[str]:
    """The files of these rooms that a pattern is found in, as `nn.pooling.max`; no kernels."""
    found = set()
    root = Path(nn.__path__[0]).parent
    for path in (p for room in rooms for p in (root / room).rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        apart = name.startswith(("nn.kernels.", "nn.tools."))
        if not apart and re.search(pattern, path.read_text(encoding="utf-8")):
            found.add(name)
    return found


MEMORY = r"""\bnp\.ndarray\(|stride_tricks|\bmemoryview\(|frombuffer|\bctypes\b|\.data\.cast"""
OWN = r"\bnp\.(?:empty|zeros|ones|full|arange|array)\((?![^\n]*like=)"


def test_the_page_lists_the_files_that_go_at_memory():
    assert named(paragraph("buffers or addresses: ")) == files(MEMORY, "nn", "optim", "torch")


def test_the_page_lists_the_layers_that_make_arrays_of_their_own():
    assert named(paragraph("(some may stay there): ")) == files(OWN, "nn", "optim")


def test_the_stand_in_refuses_plain_arrays():
    x, plain_one = Foreign(np.ones(2)), np.ones(2)
    for mix in (
        lambda: np.add(x, plain_one),
        lambda: plain_one + x,
        lambda: np.copyto(plain_one, x),
        lambda: np.add(x, x, out=plain_one),
        lambda: x[np.zeros(1, int)],
        lambda: x.dot(plain_one),
        lambda: np.asarray(x),
        lambda: plain_one.__setitem__(slice(None), x),
    ):
        with pytest.raises(Refused):
            mix()
    assert isinstance(np.add.reduce(x), Foreign)
    assert float(x.sum()) == 2
