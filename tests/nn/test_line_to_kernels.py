"""The line between a layer and its kernel: a layer checks, sizes and names things, and writes whole
arrays by expressions. What works out places, sorts, counts or adds to places that repeat, and what
goes over windows one by one, stands in nn/kernels, on arrays and plain numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from th7shell import nn

ROOT = Path(nn.__path__[0])
KERNELS = sorted((ROOT / "kernels").glob("*.py"))
APART = {"kernels", "tools", "helpers"}  # tools measure and test layers, helpers serve them
LAYERS = sorted(p for p in ROOT.glob("*/*.py") if p.parent.name not in APART)

WHOLE = """
    add subtract multiply divide sqrt square power abs sign exp logaddexp maximum minimum greater
    less isnan where copyto matmul dot einsum argmax argmin count_nonzero"""
SHAPES = "moveaxis expand_dims broadcast_to concatenate split ascontiguousarray"
ALONG = "take take_along_axis put_along_axis arange"
MADE = "array zeros ones full empty empty_like zeros_like inf errstate"
TYPES = "ndarray dtype intp int64 float32 float64"
ALLOWED = set(" ".join((WHOLE, SHAPES, ALONG, MADE, TYPES)).split())
OWN_LOOPS = {
    "table/mixture": {"for …: gate_grads[..., i] ="}
}  # over the experts, a table's entries
# files of torch that work on arrays, too
ON_ARRAYS = {
    "th7shell.torch.ops.arrays",
    "th7shell.torch.side_by_side",
    "th7shell.torch.utilities",
    "th7shell.torch.fused",
}
OF_UFUNCS = {"reduce"}  # not `at`, which adds to places that repeat


def names(tree: ast.AST) -> Iterator[str]:
    """`multiply`, `add.at` … of every `np.multiply`, `np.add.at` …"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found = re.fullmatch(
                r"np\.(\w+(?:\.(?:at|reduce|accumulate|\w*_tricks)\b)?)", ast.unparse(node)
            )
            if found:
                yield found[1]


def beyond(path: Path) -> set[str]:
    """What a layer's file does that is its kernel's."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for name in names(tree):
        first, _, rest = name.partition(".")
        if first not in ALLOWED or (rest and rest not in OF_UFUNCS):
            found.add(name)
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For):
            for node in ast.walk(loop):
                targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
                for target in targets if isinstance(node, (ast.Assign, ast.AugAssign)) else ():
                    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Tuple):
                        found.add(f"for …: {ast.unparse(target)} =")
    return found - OWN_LOOPS.get(f"{path.parent.name}/{path.stem}", set())


@pytest.mark.parametrize("path", LAYERS, ids=[f"{p.parent.name}/{p.stem}" for p in LAYERS])
def test_a_layer_leaves_this_to_its_kernel(path):
    assert beyond(path) == set()


def test_the_test_can_fail(tmp_path):
    path = tmp_path / "layer.py"
    path.write_text(
        "import numpy as np\nnp.add.at(x, i, y)\nnp.add.reduce(x)\nnp.bincount(i)\n"
        "for i in range(3):\n    x[:, i] = y\n    z[i] += 1\n"
    )
    assert beyond(path) == {"add.at", "bincount", "for …: x[:, i] ="}


@pytest.mark.parametrize("path", KERNELS, ids=[p.stem for p in KERNELS])
def test_a_kernel_takes_arrays_and_numbers(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = {
        f"{'.' * node.level}{node.module}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert {name for name in froms if name.startswith("..") or "th7shell" in name} <= ON_ARRAYS
