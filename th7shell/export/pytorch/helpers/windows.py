"""Layers over windows of planes, frames and features."""

import torch
from torch import nn
from torch.nn import functional as F


class OverFrames(nn.Module):
    """Run a module of (features, frames) on (frames, features), with or without a batch."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.transpose(-1, -2)).transpose(-1, -2)


class SubSampling(nn.Module):
    """y = w * (sum over each window) + b, a weight and a bias for each plane."""

    def __init__(self, planes, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.weight = nn.Parameter(torch.ones(planes))
        self.bias = nn.Parameter(torch.zeros(planes))

    def forward(self, x):
        dims = len(self.kernel)
        filters = self.weight.view(-1, *[1] * (dims + 1)).expand(-1, 1, *self.kernel)
        convolve = F.conv2d if dims == 2 else F.conv1d
        return convolve(x, filters, self.bias, self.stride, groups=len(self.weight))


class LocalConv2d(nn.Module):
    """A convolution with other filters for every place.

    weight: (oH, oW, outputs, inputs, kH, kW), bias: (outputs, oH, oW).
    """

    def __init__(self, inputs, outputs, size, kernel, stride=1, padding=0):
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, padding
        self.weight = nn.Parameter(torch.zeros(*size, outputs, inputs, *kernel))
        self.bias = nn.Parameter(torch.zeros(outputs, *size))

    def forward(self, x):
        windows = F.unfold(x, self.kernel, padding=self.padding, stride=self.stride)
        windows = windows.unflatten(-1, self.weight.shape[:2])  # (…, cells, oH, oW)
        return torch.einsum("...khw,hwok->...ohw", windows, self.weight.flatten(3)) + self.bias


class FeatureNorm(nn.Module):
    """y = sum(x^p)^(1/p) over windows of neighbouring features."""

    def __init__(self, dim, width, stride, p):
        super().__init__()
        self.dim, self.width, self.stride, self.p = dim, width, stride, p

    def forward(self, x):
        windows = x.unfold(self.dim, self.width, self.stride)
        return windows.pow(self.p).sum(-1).pow(1 / self.p)


class HighestFrames(nn.Module):
    """The k highest values of each feature over the frames, in their order; k = max(least, share of
    the frames)."""

    def __init__(self, least, share=0):
        super().__init__()
        self.least, self.share = least, share

    def forward(self, x):
        k = max(self.least, -int(-self.share * x.shape[-2] // 1))
        return x.gather(-2, x.topk(k, dim=-2).indices.sort(-2).values)


class SubtractMean(nn.Module):
    """Subtract from each pixel the weighted mean of its neighbourhood over all planes."""

    def __init__(self, planes, height, width):
        super().__init__()
        self.register_buffer("kernel", torch.zeros(1, planes, height, width))

    def forward(self, x):
        pad = self.kernel.shape[2] // 2, self.kernel.shape[3] // 2
        inside = F.conv2d(torch.ones_like(x), self.kernel, padding=pad)
        return x - F.conv2d(x, self.kernel, padding=pad) / inside


class DivideByDeviation(nn.Module):
    """Divide each pixel by the weighted deviation of its neighbourhood over all planes; a deviation
    that is not above the threshold is replaced by `value`."""

    def __init__(self, planes, height, width, threshold, value):
        super().__init__()
        self.threshold, self.value = threshold, value
        self.register_buffer("kernel", torch.zeros(1, planes, height, width))

    def forward(self, x):
        pad = self.kernel.shape[2] // 2, self.kernel.shape[3] // 2
        squares = F.conv2d(x * x, self.kernel, padding=pad)
        deviation = squares.clamp(min=1e-30).sqrt()
        deviation = deviation / F.conv2d(torch.ones_like(x), self.kernel, padding=pad)
        return x / F.threshold(deviation, self.threshold, self.value)
