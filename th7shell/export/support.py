"""What becomes of each of nn's classes in each format, in words: `support('nn.Linear')`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from th7shell.torch.registry import REGISTRY

from .graph import NO_EQUIVALENT
from .onnx.rules import NOT_IN_ONNX
from .onnx.rules import RULES as ONNX
from .pytorch.rules import RULES as TORCH
from .walking import WAYS

EXACT, PARTS = "exact", "its parts"

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

#: losses are no part of a net; what PyTorch calls them
LOSSES = {
    "nn.AbsCriterion": "nn.L1Loss",
    "nn.BCECriterion": "nn.BCELoss",
    "nn.ClassNLLCriterion": "nn.NLLLoss",
    "nn.ClassSimplexCriterion": "nn.MSELoss on the simplex",
    "nn.CosineEmbeddingCriterion": "nn.CosineEmbeddingLoss",
    "nn.CrossEntropyCriterion": "nn.CrossEntropyLoss",
    "nn.DistKLDivCriterion": "nn.KLDivLoss",
    "nn.DistanceRatioCriterion": "a formula of your own",
    "nn.HingeEmbeddingCriterion": "nn.HingeEmbeddingLoss",
    "nn.L1Cost": "x.abs().sum()",
    "nn.L1HingeEmbeddingCriterion": "nn.HingeEmbeddingLoss of the distance",
    "nn.MSECriterion": "nn.MSELoss",
    "nn.MarginCriterion": "F.relu(margin - y * x).mean()",
    "nn.MarginRankingCriterion": "nn.MarginRankingLoss",
    "nn.ModuleCriterion": "the loss of the modules' outputs",
    "nn.MultiCriterion": "a weighted sum of losses",
    "nn.MultiLabelMarginCriterion": "nn.MultiLabelMarginLoss",
    "nn.MultiLabelSoftMarginCriterion": "nn.MultiLabelSoftMarginLoss",
    "nn.MultiMarginCriterion": "nn.MultiMarginLoss",
    "nn.ParallelCriterion": "a weighted sum of losses",
    "nn.SmoothL1Criterion": "nn.SmoothL1Loss",
    "nn.SoftMarginCriterion": "nn.SoftMarginLoss",
    "nn.SpatialAutoCropMSECriterion": "nn.MSELoss on the cropped target",
    "nn.SpatialClassNLLCriterion": "nn.NLLLoss",
    "nn.WeightedMSECriterion": "(weight * (x - y) ** 2).mean()",
}
#: classes that no net of use consists of
NO_LAYERS = {
    "nn.Module": "a base class: it computes nothing",
    "nn.Container": "a base class: it computes nothing",
    "nn.Criterion": "a base class: it computes nothing",
    "nn.StochasticGradient": "a trainer: torch.optim.SGD and a loop",
}


class Support(NamedTuple):
    """What becomes of a class: 'exact', 'its parts' (a container, taken apart), 'with Helper', or
    'refused: why and what else'."""

    onnx: str
    torch: str


def support(name: str) -> Support:
    """The row of a class of nn."""
    reason = NO_LAYERS.get(name)
    if name in LOSSES:
        reason = f"a loss; in PyTorch {LOSSES[name]}"
    if reason is not None:
        return Support(f"refused: {reason}", f"refused: {reason}")
    if found(name, dict.fromkeys(WAYS, PARTS)):
        return Support(PARTS, PARTS)
    why = NO_EQUIVALENT.get(name, "no equivalent")
    onnx = EXACT if found(name, ONNX) else f"refused: {NOT_IN_ONNX.get(name, why)}"
    torch = f"with {HELPED[name]}" if name in HELPED else EXACT
    return Support(onnx, torch if found(name, TORCH) else f"refused: {why}")


def found(name: str, table: Mapping[str, object]) -> bool:
    """Whether a class has an entry, of its own or a parent's whose output it computes."""
    layer = REGISTRY[name]
    for cls in layer.__mro__:
        if vars(cls).get("__typename") in table:
            return layer.updateOutput is cls.updateOutput
    return False
