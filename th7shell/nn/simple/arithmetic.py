"""Elementwise mathematics: Abs, Exp, Log, Square, Sqrt, Power."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError

from ..helpers.elementwise import Elementwise
from ..kernels import activation as kernels


class Abs(Elementwise, name="nn.Abs"):
    """y = |x| of every element.

    Any shape. Source: torch/nn, doc/simple.md.

    >>> nn.Abs().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.absolute)
    _backward = staticmethod(kernels.absolute_gradient)


class Exp(Elementwise, name="nn.Exp"):
    """y = eˣ of every element.

    Any shape. Source: torch/nn, doc/simple.md.

    >>> nn.Exp().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.exp)
    _by_output = True
    _backward = staticmethod(kernels.exp_gradient)


class Log(Elementwise, name="nn.Log"):
    """y = log x of every element.

    Any shape. Source: torch/nn, doc/simple.md.

    >>> nn.Log().forward(torch.rand(3))
    """

    _forward = staticmethod(kernels.log)
    _backward = staticmethod(kernels.log_gradient)


class Square(Elementwise, name="nn.Square"):
    """y = x² of every element.

    Any shape. Source: torch/nn, doc/simple.md.

    >>> nn.Square().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.square)
    _backward = staticmethod(kernels.square_gradient)


class Sqrt(Elementwise, name="nn.Sqrt", arguments="eps=0"):
    """y = √x of every element; the gradient at 0 is 0.

    eps is kept in the field `eps`, and has no part in the result, as in the original. Source:
    torch/nn, doc/simple.md.

    >>> nn.Sqrt().forward(torch.rand(3))
    """

    _forward = staticmethod(kernels.sqrt)
    _by_output = True
    _backward = staticmethod(kernels.sqrt_gradient)

    eps = 0

    def _constants(self) -> tuple:
        return (self.eps,)


class Power(Elementwise, name="nn.Power", arguments="p"):
    """y = xᵖ of every element.

    Field: pow. Source: torch/nn, doc/simple.md.

    >>> nn.Power(1.25).forward(torch.rand(3))
    """

    _forward = staticmethod(kernels.power)
    _backward = staticmethod(kernels.power_gradient)

    def __post_init__(self, p: Any) -> None:
        if p is None:
            raise TorchError("nn.Power(power)")
        self.pow = p

    def _constants(self) -> tuple:
        return (self.pow,)
