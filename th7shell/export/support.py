"""What becomes of each of nn's classes in each format, in words: `support('nn.Linear')`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from th7shell.torch.registry import REGISTRY

from .graph import NO_EQUIVALENT, own_forward
from .losses import REASONS
from .lua_source import ADDING
from .onnx.rules import NOT_IN_ONNX
from .onnx.rules import RULES as ONNX
from .pytorch.rules import RULES as TORCH
from .walking import WAYS

EXACT, PARTS, WHOLE = "exact", "its parts", "whole"

#: class → the small module that its PyTorch source comes with (in some or all of its forms)
HELPED = {
    "nn.Add": "Shift",
    "nn.CAdd": "Shift",
    "nn.AddConstant": "Shift",
    "nn.Mul": "Scale",
    "nn.CMul": "Scale",
    "nn.MulConstant": "Scale",
    "nn.Dropout": "PlainDropout",
    "nn.SpatialDropout": "MapDropout",
    "nn.VolumetricDropout": "MapDropout",
    "nn.WhiteNoise": "WhiteNoise",
    "nn.GradientReversal": "GradientReversal",
    "nn.L1Penalty": "L1Penalty",
    "nn.Sqrt": "Sqrt",
    "nn.Constant": "Constant",
    "nn.PReLU": "Unbatched",
    "nn.SpatialCrossMapLRN": "Unbatched",
    "nn.SpatialUpSamplingNearest": "Unbatched",
    "nn.SpatialUpSamplingBilinear": "Unbatched",
    "nn.LookupTable": "Lookup",
    "nn.Normalize": "Normalize",
    "nn.Euclidean": "Euclidean",
    "nn.WeightedEuclidean": "WeightedEuclidean",
    "nn.Cosine": "Cosine",
    "nn.MixtureTable": "Mixture",
    "nn.TemporalConvolution": "OverFrames",
    "nn.TemporalRowConvolution": "OverFrames",
    "nn.TemporalMaxPooling": "OverFrames",
    "nn.TemporalSubSampling": "SubSampling",
    "nn.SpatialSubSampling": "SubSampling",
    "nn.SpatialConvolutionLocal": "LocalConv2d",
    "nn.FeatureLPPooling": "FeatureNorm",
    "nn.TemporalDynamicKMaxPooling": "HighestFrames",
    "nn.SpatialSubtractiveNormalization": "SubtractMean",
    "nn.SpatialDivisiveNormalization": "DivideByDeviation",
}

#: classes of which a layer's fields do not tell, in all cases, how it was made
TAKEN_WHOLE = frozenset(
    f"nn.{name}"
    for name in """
    Bottle CReLU Constant Copy CriterionTable Decorator DontCast GPU LayerNormalization MapTable
    Maxout NaN PartialLinear Profile SparseLinear SpatialContrastiveNormalization
    SpatialConvolutionMap SpatialDivisiveNormalization SpatialFractionalMaxPooling
    SpatialFullConvolutionMap SpatialLPPooling SpatialMaxUnpooling SpatialSubtractiveNormalization
    TanhShrink VolumetricFractionalMaxPooling VolumetricMaxUnpooling WeightNorm
    """.split()
)


class Support(NamedTuple):
    """What becomes of a class: 'exact', 'its parts' (a container, taken apart), 'with Helper',
    'whole' (in a program of Lua, from the file beside it), or 'refused: why and what else'."""

    onnx: str
    torch: str
    lua: str


def support(name: str) -> Support:
    """The row of a class of nn."""
    if name in REASONS:
        return Support(*[f"refused: {REASONS[name]}"] * 3)
    lua = WHOLE if name in TAKEN_WHOLE else EXACT
    if found(name, dict.fromkeys(WAYS, PARTS)):
        return Support(PARTS, PARTS, PARTS if name in ADDING else lua)
    why = NO_EQUIVALENT.get(name, "no equivalent")
    onnx = EXACT if found(name, ONNX) else f"refused: {NOT_IN_ONNX.get(name, why)}"
    torch = f"with {HELPED[name]}" if name in HELPED else EXACT
    return Support(onnx, torch if found(name, TORCH) else f"refused: {why}", lua)


def found(name: str, table: Mapping[str, object]) -> bool:
    """Whether a class has an entry, of its own or a parent's whose output it computes."""
    layer = REGISTRY[name]
    for cls in layer.__mro__:
        if vars(cls).get("__typename") in table:
            return own_forward(layer) is own_forward(cls)
    return False
