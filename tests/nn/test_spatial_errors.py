"""What the convolution, pooling, padding, normalising and scaling layers refuse, and in which
words.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError, new_table
from th7shell.torch.tensor import wrap

FORWARD = [
    (
        "SpatialConvolution",
        (2, 3, 7, 7),
        (2, 6, 5),
        "Given input size: (2 x 6 x 5). Calculated output size: (3 x 0 x -1). Output size is too small",
    ),
    (
        "SpatialConvolution",
        (2, 3, 3, 3),
        (3, 6, 5),
        "Need input of dimension 3 and input.size[0] == 2 but got input to be of shape: [3 x 6 x 5]",
    ),
    (
        "SpatialConvolution",
        (2, 3, 3, 3),
        (4, 3, 6, 5),
        "Need input of dimension 4 and input.size[1] == 2 but got input to be of shape: [4 x 3 x 6 x 5]",
    ),
    (
        "SpatialConvolution",
        (2, 3, 3, 3),
        (6, 5),
        "bad argument #2 to 'v' (3D or 4D input tensor expected but got: [6 x 5])",
    ),
    (
        "SpatialConvolution",
        (2, 3, 3, 3, 0, 1),
        (2, 6, 5),
        "stride should be greater than zero, but got dH: 1 dW: 0",
    ),
    (
        "SpatialDilatedConvolution",
        (2, 3, 3, 3, 1, 1, 0, 0, 3, 3),
        (2, 6, 5),
        "Calculated output size: (3 x 0 x -1)",
    ),
    (
        "SpatialFullConvolution",
        (2, 3, 3, 3),
        (3, 4, 4),
        "Need input of dimension 3 and input.size[0] == 2",
    ),
    (
        "SpatialFullConvolution",
        (2, 3, 2, 2, 1, 1, 2, 2),
        (2, 2, 2),
        "Calculated output size: (3 x -1 x -1)",
    ),
    (
        "VolumetricConvolution",
        (2, 3, 5, 2, 2),
        (2, 4, 4, 4),
        "Given input size: (2x4x4x4). Calculated output size: (3x0x3x3). Output size is too small",
    ),
    (
        "VolumetricConvolution",
        (2, 3, 2, 2, 2),
        (2, 4, 4),
        "4D or 5D (batch mode) tensor expected for input, but got: [2 x 4 x 4]",
    ),
    (
        "SpatialConvolutionLocal",
        (2, 3, 5, 6, 3, 3),
        (2, 5, 5),
        "Given input size: (2x5x5) inconsistent with expected input size: (2x6x5).",
    ),
    (
        "SpatialConvolutionLocal",
        (2, 3, 5, 6, 3, 3),
        (4, 2, 5, 5),
        "expected input size: (batchsize x2x6x5).",
    ),
    ("SpatialSubSampling", (3, 2, 2), (2, 4, 4), "invalid number of input planes"),
    ("SpatialSubSampling", (3, 2, 2), (3, 1, 4), "input image smaller than kernel size"),
    (
        "SpatialMaxPooling",
        (3, 3),
        (2, 2, 2),
        "Given input size: (2x2x2). Calculated output size: (2x0x0). Output size is too small",
    ),
    ("SpatialMaxPooling", (2, 2), (4, 4), "3D or 4D input tensor expected but got: [4 x 4]"),
    (
        "SpatialMaxPooling",
        (2, 2),
        (5,),
        "bad argument #1 to 'size' (dimension 0 out of range of 1D tensor)",
    ),
    (
        "SpatialMaxPooling",
        (2, 2, 2, 2, 2, 0),
        (1, 4, 4),
        "pad should be smaller than half of kernel size, but got padW = 2, padH = 0, kW = 2, kH = 2",
    ),
    ("SpatialAveragePooling", (3, 3), (2, 2, 2), "Calculated output size: (2x0x0)"),
    (
        "SpatialAveragePooling",
        (2, 2, 1, 1, 2, 2),
        (2, 4, 4),
        "pad should be smaller than half of kernel size",
    ),
    (
        "VolumetricMaxPooling",
        (2, 2, 2, 2, 2, 2, 2, 0, 0),
        (1, 4, 4, 4),
        "kT: 2 kW: 2, kH: 2, padT: 2, padW: 0, padH: 0",
    ),
    (
        "VolumetricAveragePooling",
        (5, 2, 2),
        (1, 4, 4, 4),
        "input image (T: 4 H: 4 W: 4) smaller than kernel size (kT: 5 kH: 2 kW: 2)",
    ),
    (
        "SpatialAdaptiveMaxPooling",
        (2, 2),
        (4, 4),
        "3D or 4D (batch mode) tensor expected for input, but got: [4 x 4]",
    ),
    ("TemporalConvolution", (3, 2, 2), (5, 4), "invalid input frame size. Got: 4, Expected: 3"),
    (
        "TemporalConvolution",
        (3, 2, 6),
        (5, 3),
        "input sequence smaller than kernel size. Got: 5, Expected: 6",
    ),
    (
        "TemporalConvolution",
        (3, 2, 2),
        (5,),
        "2D or 3D (batch mode) tensor expected for input, but got: [5]",
    ),
    (
        "TemporalSubSampling",
        (3, 6),
        (5, 3),
        "input sequence smaller than kernel size.  Got 5, Expected: 6",
    ),
    (
        "TemporalMaxPooling",
        (6,),
        (5, 3),
        "input sequence smaller than kernel size. Got: 5, Expected: 6",
    ),
    (
        "TemporalRowConvolution",
        (3, 6),
        (5, 3),
        "Given input size: (3 x 5). Calculated output size: (3 x 0). Output size is too small",
    ),
    (
        "TemporalRowConvolution",
        (3, 2),
        (2, 1, 5, 3),
        "2D or 3D (batch mode) input tensor expected, but got :[2 x 1 x 3 x 5]",
    ),
    ("TemporalRowConvolution", (3, 2), (5,), "bad argument #2 to 'v' (out of range)"),
    (
        "TemporalDynamicKMaxPooling",
        (6,),
        (5, 3),
        "Input sequence length (5) too small for desired k value (6)",
    ),
    ("SpatialZeroPadding", (-3, -3), (1, 5, 5), "input is too small"),
    ("SpatialZeroPadding", (1,), (5, 5), "input must be 3 or 4-dimensional"),
    (
        "SpatialReflectionPadding",
        (5,),
        (1, 5, 5),
        "padding of 5 is too large for an input of H: 5 to reflect",
    ),
    (
        "SpatialReplicationPadding",
        (-3, -3, 0, 0),
        (1, 5, 5),
        "input (H: 5, W: 5)is too small. Calculated output H: 5 W: -1",
    ),
    ("VolumetricReplicationPadding", (1,), (5, 5), "input must be 4 or 5-dimensional"),
    (
        "SpatialUpSamplingNearest",
        (2,),
        (5, 5),
        "SpatialUpSamplingNearest only support 3D or 4D tensors",
    ),
    (
        "SpatialUpSamplingNearest",
        (1,),
        (1, 5, 5),
        "scale_factor must be greater than 1, but got: 1",
    ),
    (
        "SpatialUpSamplingBilinear",
        (2,),
        (5, 5),
        "SpatialUpSamplingBilinear only supports 3D or 4D tensors",
    ),
    ("UpSampling", (2,), (1, 5, 5), "UpSampling only supports 4D or 5D tensors"),
    (
        "PixelShuffle",
        (2,),
        (6, 2, 2),
        "Wrong size for view. Input size: 6x2x2. Output size: 1x1x2x2x2x2",
    ),
    ("SpatialCrossMapLRN", (3,), (5, 5), "Input must be 3D or 4D"),
    (
        "BatchNormalization",
        (3,),
        (4,),
        "only mini-batch supported (2D tensor), got 1D tensor instead",
    ),
    ("BatchNormalization", (3,), (2, 4), "got 4-feature tensor, expected 3"),
    (
        "SpatialBatchNormalization",
        (3,),
        (3, 4, 4),
        "only mini-batch supported (4D tensor), got 3D tensor instead",
    ),
]

CONSTRUCT = [
    (
        lambda: nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2, 0, 0, 2, 0),
        "adjW and adjH must be smaller than self.dW - 1 and self.dH - 1 respectively",
    ),
    (
        lambda: nn.VolumetricFullConvolution(2, 3, 3, 3, 3, 1, 1, 1, 0, 0, 0, 1),
        "adjW, adjH and adjT must be smaller than self.dW - 1, self.dH - 1 and self.dT - 1 respectively",
    ),
    (
        lambda: nn.SpatialConvolutionLocal(2, 3, 2, 2, 3, 3),
        "illegal configuration: output width or height less than 1",
    ),
    (lambda: nn.SpatialUpSamplingNearest(1.5), "scale_factor must be integer"),
    (lambda: nn.SpatialUpSamplingNearest(0), "scale_factor must be greater than 1"),
    (
        lambda: nn.UpSampling(new_table(fields={"oheight": 2, "owidth": 2})),
        "Nearest neighbour upsampling requires a scale_factor",
    ),
    (
        lambda: nn.UpSampling(new_table(), "linear"),
        "Output height and width parameters are required",
    ),
    (
        lambda: nn.SpatialSubtractiveNormalization(1, torch.ones(4, 4)),
        "<SpatialSubtractiveNormalization> averaging kernel must have ODD dimensions",
    ),
    (
        lambda: nn.SpatialDivisiveNormalization(1, torch.ones(1, 1, 1)),
        "<SpatialDivisiveNormalization> averaging kernel must be 2D or 1D",
    ),
    (lambda: nn.BatchNormalization(), "Missing argument #1: dimensionality of input."),
    (
        lambda: nn.BatchNormalization(0),
        "To set affine=false call BatchNormalization(nOutput,  eps, momentum, false)",
    ),
    (lambda: nn.FeatureLPPooling(1, 1, 2, True), "width must be within 2 to 16"),
    (lambda: nn.SpatialFractionalMaxPooling(1, 2, 3, 3), "assertion failed!"),
]

GRADIENT = [
    (
        "SpatialConvolution",
        (2, 3, 3, 3),
        (2, 6, 5),
        (3, 4, 4),
        "Need gradOutput of dimension 3 and gradOutput.size[2] == 3 but got gradOutput to be of shape: [3 x 4 x 4]",
    ),
    (
        "SpatialFullConvolution",
        (2, 3, 3, 3),
        (2, 4, 4),
        (3, 5, 6),
        "Need gradOutput of dimension 3 and gradOutput.size[1] == 6",
    ),
    (
        "VolumetricConvolution",
        (2, 3, 2, 2, 2),
        (2, 4, 4, 4),
        (3, 3, 3),
        "Need gradOutput of dimension 4 and gradOutput.size[0] == 3",
    ),
    (
        "SpatialMaxPooling",
        (2, 2),
        (2, 4, 4),
        (2, 2, 3),
        "Need gradOutput of dimension 3 and gradOutput.size[2] == 2",
    ),
    (
        "SpatialAveragePooling",
        (2, 2),
        (2, 4, 4),
        (1, 3, 3),
        "Need gradOutput of dimension 3 and gradOutput.size[0] == 2",
    ),
    (
        "SpatialZeroPadding",
        (1,),
        (2, 4, 4),
        (2, 4, 4),
        "gradOutput of size 2x4x4 does not belong to an output of size 2x6x6",
    ),
    (
        "SpatialReplicationPadding",
        (1,),
        (2, 4, 4),
        (2, 4, 4),
        "input and gradOutput must be compatible in size",
    ),
    (
        "SpatialUpSamplingNearest",
        (2,),
        (2, 4, 4),
        (2, 8, 7),
        "Need gradOutput of dimension 3 and gradOutput.size[2] == 8",
    ),
    (
        "BatchNormalization",
        (3,),
        (4, 3),
        (5, 3),
        "gradOutput of size 5x3 does not belong to an input of size 4x3",
    ),
    (
        "TemporalConvolution",
        (3, 2, 2),
        (5, 3),
        (3, 2),
        "Need gradOutput of dimension 2 and gradOutput.size[0] == 4",
    ),
    (
        "SpatialConvolutionLocal",
        (2, 3, 5, 6, 3, 3),
        (2, 6, 5),
        (3, 4, 4),
        "Given output size: (3x4x4) inconsistent with expected output size: (3x4x3).",
    ),
]


def refuses(call, message):
    with pytest.raises(TorchError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("name, args, shape, message", FORWARD)
def test_forward_refuses(name, args, shape, message):
    layer = getattr(nn, name)(*args)
    refuses(lambda: layer.forward(torch.zeros(*shape)), message)
    assert layer.output.nElement() == 0


@pytest.mark.parametrize("make, message", CONSTRUCT)
def test_constructors_refuse(make, message):
    refuses(make, message)


@pytest.mark.parametrize("name, args, shape, grad, message", GRADIENT)
def test_backward_refuses_and_changes_nothing(name, args, shape, grad, message):
    layer, x = getattr(nn, name)(*args), torch.ones(*shape)
    layer.forward(x)
    layer.zeroGradParameters()
    refuses(lambda: layer.backward(x, torch.ones(*grad)), message)
    assert layer.gradInput.nElement() == 0
    assert not any(g.nd.any() for g in layer.parameter_lists()[1])


@pytest.mark.parametrize("name, args, shape, message", FORWARD[:1] + FORWARD[14:15])
def test_inside_a_net_the_layer_is_named(name, args, shape, message):
    net = nn.Sequential().add(nn.Identity()).add(getattr(nn, name)(*args))
    refuses(lambda: net.forward(torch.zeros(*shape)), "in module 2 of nn.Sequential: ")


@pytest.mark.parametrize("name", ["SpatialConvolution", "SpatialMaxPooling"])
def test_backward_with_another_input_names_both_sizes(name):
    layer = getattr(nn, name)(*((1, 1, 2, 2) if "Conv" in name else (2, 2)))
    out = layer.forward(torch.zeros(1, 6, 6))
    g = torch.ones(*out.nd.shape)
    message = f"nn.{name}: backward was given an input of size 1x4x5, forward one of size 1x6x6"
    refuses(lambda: layer.backward(torch.zeros(1, 4, 5), g), message)


@pytest.mark.parametrize(
    "bad, message",
    [
        (None, "attempt to index local 'input' (a nil value)"),
        (5, "attempt to index local 'input' (a number value)"),
        (wrap(np.zeros((2, 4, 4), np.int64)), "attempt to index field 'THNN' (a nil value)"),
        (
            wrap(np.zeros((2, 4, 4), np.float32)),
            "cannot convert 'struct THDoubleTensor *' to 'struct THFloatTensor *'",
        ),
    ],
)
def test_inputs_that_are_no_double_tensors(bad, message):
    refuses(lambda: nn.SpatialConvolution(2, 3, 3, 3).forward(bad), message)
