"""Norms, distances to learnt vectors, lookups, mixtures."""

import torch
from torch import nn


class Lookup(nn.Embedding):
    """Rows of the weight by their numbers, which begin at 1."""

    def forward(self, x):
        return super().forward(x.long() - 1)


class Normalize(nn.Module):
    """y = x / (sum(|x|^p) + eps)^(1/p) over the last dimension; p = inf: x / (max(|x|) + eps)."""

    def __init__(self, p, eps):
        super().__init__()
        self.p, self.eps = p, eps

    def forward(self, x):
        if self.p == float("inf"):
            return x / (x.abs().amax(-1, keepdim=True) + self.eps)
        return x / (x.abs().pow(self.p).sum(-1, keepdim=True) + self.eps).pow(1 / self.p)


class Euclidean(nn.Module):
    """y_j = ‖w_j - x‖, the distance to each column of the weight."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, outputs))

    def forward(self, x):
        return (x.unsqueeze(-1) - self.weight).norm(dim=-2)


class WeightedEuclidean(nn.Module):
    """y_j = ‖c_j * (w_j - x)‖, the distance to each column of the weight, by its own scales."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, outputs))
        self.diagCov = nn.Parameter(torch.ones(inputs, outputs))

    def forward(self, x):
        return (self.diagCov * (x.unsqueeze(-1) - self.weight)).norm(dim=-2)


class Cosine(nn.Module):
    """y_j = w_j·x / (‖w_j‖ ‖x‖), the cosine of the angle to each row of the weight."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))

    def forward(self, x):
        rows = nn.functional.normalize(self.weight, dim=1)
        return nn.functional.normalize(x, dim=-1) @ rows.T


class Mixture(nn.Module):
    """y = sum of gate_i * expert_i; gates: (…, n)."""

    def forward(self, gates, *experts):
        shape = gates.shape[:-1] + (1,) * (experts[0].dim() - gates.dim() + 1)
        return sum(gate.reshape(shape) * expert for gate, expert in zip(gates.unbind(-1), experts))
