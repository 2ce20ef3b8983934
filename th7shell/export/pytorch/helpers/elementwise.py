"""Learnt shifts and factors, dropouts and noise as Torch7 has them, changed gradients."""

import torch
from torch import nn


class Shift(nn.Module):
    """y = x + b, with a learnt b of the given sizes."""

    def __init__(self, *sizes):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(sizes))

    def forward(self, x):
        return x + self.bias


class Scale(nn.Module):
    """y = w * x, with a learnt w of the given sizes."""

    def __init__(self, *sizes):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(sizes))

    def forward(self, x):
        return self.weight * x


class PlainDropout(nn.Module):
    """y = x * mask while training, the mask 0 with probability p; otherwise y = x * (1 - p)."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if self.training:
            return x * torch.bernoulli(torch.full_like(x, 1 - self.p))
        return x * (1 - self.p)


class MapDropout(nn.Module):
    """y = x * mask while training, one mask value for each map of `dims` dimensions, 0 with
    probability p; otherwise y = x * (1 - p).
    """

    def __init__(self, p, dims):
        super().__init__()
        self.p, self.dims = p, dims

    def forward(self, x):
        if not self.training:
            return x * (1 - self.p)
        maps = x.shape[: x.dim() - self.dims] + (1,) * self.dims
        return x * torch.bernoulli(torch.full(maps, 1 - self.p, dtype=x.dtype, device=x.device))


class WhiteNoise(nn.Module):
    """y = x + noise from N(mean, std) while training; otherwise y = x + mean."""

    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x):
        return x + (self.mean + self.std * torch.randn_like(x) if self.training else self.mean)


class GradientReversal(nn.Module):
    """y = x; the gradient is multiplied by -factor."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return (1 + self.factor) * x.detach() - self.factor * x


class L1Penalty(nn.Module):
    """y = x; weight * sign(x) is added to the gradient, as a term weight * |x|.sum() of a loss."""

    def __init__(self, weight, mean=False, only=False):
        super().__init__()
        self.weight, self.mean, self.only = weight, mean, only

    def forward(self, x):
        size = x.abs().mean() if self.mean else x.abs().sum()
        y = x.detach() if self.only else x
        return y + self.weight * (size - size.detach())


class Sqrt(nn.Module):
    """y = sqrt(x); where y is 0, the gradient is 0."""

    def forward(self, x):
        return torch.where(x == 0, x, torch.where(x == 0, 1, x).sqrt())


class Constant(nn.Module):
    """The same value whatever x is, repeated for each sample where x is a batch."""

    def __init__(self, *sizes, batch=False):
        super().__init__()
        self.batch = batch
        self.register_buffer("value", torch.zeros(sizes))

    def forward(self, x):
        return self.value.expand(len(x), *self.value.shape) if self.batch else self.value


class Unbatched(nn.Module):
    """Run a module of batches on a single sample."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.unsqueeze(0)).squeeze(0)
