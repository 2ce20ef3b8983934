"""Classes of nn that are no layers: what to say of them instead of converting them."""

from __future__ import annotations

from typing import Any

from th7shell.nn.criterion import Criterion
from th7shell.torch.classes import typename

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
REASONS = NO_LAYERS | {name: f"a loss; in PyTorch {what}" for name, what in LOSSES.items()}


def why_none(value: Any) -> str | None:
    """Why an object is no net, in words, None for one of no class above."""
    name = typename(value)
    if name in REASONS:
        return f"{name}: {REASONS[name]}"
    if isinstance(value, Criterion):
        return f"{name}: a loss; convert the net before it"
    return None
