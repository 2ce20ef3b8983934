"""Weight and bias as most layers have them: made, drawn, left out, updated where they are shared.

What takes `self` becomes a method of the classes that name it.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import send
from th7shell.lua.callers import nothing
from th7shell.torch.tensor import default_type


def make_parameters(self: Any, outputs: Any, *weight_shape: Any) -> None:
    """Give the layer weight, bias and their gradients, and draw them."""
    tensor = default_type()
    self.weight = tensor(*weight_shape)
    self.bias = tensor(outputs)
    self.gradWeight = tensor(*weight_shape)
    self.gradBias = tensor(outputs)
    self.reset()


def draw_parameters(layer: Any, bound: float) -> None:
    """Draw weight and bias from U(-bound, bound)."""
    layer.weight.uniform(-bound, bound)
    if layer.bias is not None:
        layer.bias.uniform(-bound, bound)


def noBias(self: Any, *_: Any) -> Any:
    """Remove the bias; return self."""
    self.bias = None
    self.gradBias = None
    return self


def sharedAccUpdateGradParameters(
    self: Any, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
) -> Any:
    """The same as without sharing: accumulating into the shared weight itself is right."""
    send(self, "defaultAccUpdateGradParameters", input, gradOutput, lr)
    return nothing()
