"""Whoever knows Torch finds a class at first guess: each stands in the folder of the family in
which Torch's documentation lists it, or which its name says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from th7shell import nn
from th7shell.lua import items
from th7shell.nn import NN
from th7shell.torch.classes import TorchClass

NN_FOLDER = Path(nn.__path__[0])
CLASSES = {
    name: value
    for name, value in items(NN)
    if isinstance(value, TorchClass) and value.__module__.startswith("th7shell.nn.")
}

# a part of a class's name → the family; the first that fits counts
BY_NAME = {
    "LookupTable": "sparse",
    "Sparse": "sparse",
    "IndexLinear": "sparse",
    "CriterionTable": "table",
    "Criterion": "criterions",
    "L1Cost": "criterions",
    "Table": "table",
    "WeightNorm": "weight_norm",
    "SubSampling": "pooling",
    "Pooling": "pooling",
    "KMax": "pooling",
    "Unpooling": "pooling",
    "UpSampling": "upsampling",
    "PixelShuffle": "upsampling",
    "Padding": "padding",
    "Convolution": "convolution",
    "LRN": "normalization",
    "Normalization": "normalization",
}
# the pages of Torch's documentation, as far as names do not tell
BY_PAGE = {
    "containers": "Sequential Parallel Concat DepthConcat Decorator Bottle GPU DontCast NaN Profile",
    "transfer": """HardTanh HardShrink SoftShrink SoftMax SoftMin SoftPlus SoftSign LogSigmoid
        LogSoftMax Sigmoid Tanh TanhShrink ReLU ReLU6 PReLU RReLU CReLU ELU LeakyReLU Threshold
        GatedLinearUnit SpatialSoftMax SpatialLogSoftMax AddConstant MulConstant Clamp""",
    "simple": """Linear Bilinear PartialLinear Dropout SpatialDropout VolumetricDropout WhiteNoise
        Abs Add Mul CAdd CMul Max Min Mean Sum Euclidean WeightedEuclidean Cosine Kmeans Identity
        Copy Narrow Replicate Reshape View Contiguous Select MaskedSelect Index OneHot Squeeze
        Unsqueeze Transpose Collapse Exp Log Square Sqrt Power Normalize Maxout Convert Constant
        PrintSize L1Penalty GradientReversal ZeroGrad""",
    "table": """MM MV DotProduct CosineDistance PairwiseDistance ZipTable""",
}
WORDS = {name: page for page, names in BY_PAGE.items() for name in names.split()}
TOP = {"Module": "module", "Container": "container", "Criterion": "criterion"}
TOOLS = ("StochasticGradient",)


def family(name: str) -> set[str]:
    if name in TOP:
        return {TOP[name]}
    if name in TOOLS:
        return {"tools"}
    if name in WORDS:
        return {WORDS[name]}
    found = next((f for part, f in BY_NAME.items() if part in name), None)
    assert found, f"{name}: in which family does it stand?"
    return {"containers", "simple"} if found == "weight_norm" else {found}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_class_stands_in_its_family(name):
    module = sys.modules[CLASSES[name].__module__].__name__
    parts = module.removeprefix("th7shell.nn.").split(".")
    assert parts[0] in family(name), module


def test_folders_are_families_and_say_what_they_hold():
    folders = [p for p in NN_FOLDER.iterdir() if p.is_dir() and p.name != "__pycache__"]
    known = {*BY_PAGE, *BY_NAME.values()} - {"weight_norm"} | {"helpers", "tools", "kernels"}
    assert {p.name for p in folders} == known
    for folder in folders:
        first = (folder / "__init__.py").read_text(encoding="utf-8").splitlines()[0]
        assert len(first) > 30, folder.name


def test_the_top_holds_the_base_alone():
    files = {p.stem for p in NN_FOLDER.glob("*.py")}
    assert files == {"__init__", "module", "container", "criterion"}
