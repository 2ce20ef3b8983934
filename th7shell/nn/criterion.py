"""nn.Criterion, the base of every loss: forward gives a number, backward the input's gradient."""

from __future__ import annotations

from types import MethodType
from typing import Any

from th7shell.lua import Table, TorchError, first, items, new_table, send
from th7shell.lua.callers import from_python, nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import TorchClass
from th7shell.torch.python_values import FOREIGN, native
from th7shell.torch.tensor import Tensor, default_type

from .helpers.complaints import complain
from .helpers.utils import recursive_type
from .module import call


def pair_of(input: Any, target: Any) -> tuple[Any, Any]:
    """Lists, dicts and arrays of a Python program as the tables and tensors that a criterion takes:
    arrays of numbers with a point have the type of a tensor beside them."""
    sides = [v for v in (input, target) if isinstance(v, Tensor)]
    kind = type(sides[0]) if sides and sides[0].element_type.real else default_type()
    return native(input, kind), native(target, kind)


class Criterion(Table, metaclass=TorchClass, name="nn.Criterion", arguments=""):
    """The base of all criterions: `forward(input, target)` returns the loss, `backward(input,
    target)` its gradient.

    A criterion of your own overrides `updateOutput(input, target)` and `updateGradInput(input,
    target)`. Fields: output (the last loss, a number), gradInput.

    Source: torch/nn, doc/criterion.md.

    >>> nn.MSECriterion().forward(torch.randn(3), torch.zeros(3))
    """

    gradInput: Any = None
    output: Any = None
    __lua_failure__ = complain

    def __init__(self, *_: Any) -> None:
        self.gradInput = default_type()()
        self.output = 0

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """Compute and return the loss (nothing in the base)."""
        return nothing()

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """Compute and return the gradient of the loss with respect to the input (nothing in the
        base).
        """
        return nothing()

    def forward(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """The loss of `input` against `target`: a number, kept in `output`."""
        if input.__class__ in FOREIGN or target.__class__ in FOREIGN:
            input, target = pair_of(input, target)
        update = self.updateOutput
        if update.__class__ is MethodType:
            found = update(input, target)
        else:
            found = update(self, input, target)
        return first(found) if found.__class__ is tuple and from_python() else found

    def backward(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """The gradient of the loss with respect to the input, kept in `gradInput`."""
        if input.__class__ in FOREIGN or target.__class__ in FOREIGN:
            input, target = pair_of(input, target)
        update = self.updateGradInput
        if update.__class__ is MethodType:
            return update(input, target)
        return update(self, input, target)

    def __call__(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """`forward` and `backward`: returns the loss and the gradient."""
        self.output = call(self, "forward", input, target)
        self.gradInput = call(self, "backward", input, target)
        return self.output, self.gradInput

    def clone(self, *_: Any) -> Any:
        """Return a deep copy."""
        from .helpers.cloning import deep_clone

        return deep_clone(self, ())

    def type(self, type: str | None = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert every tensor of the criterion to `type`; return self."""
        if type is None:
            raise TorchError("Criterion: must provide a type to convert to")
        cache = new_table() if tensorCache is None else tensorCache
        for key, value in list(items(self)):
            self[key] = recursive_type(value, type, cache)
        scratch(self).clear()
        return self

    def float(self, *_: Any) -> Any:
        """Convert to single precision."""
        return send(self, "type", "torch.FloatTensor")

    def double(self, *_: Any) -> Any:
        """Convert to double precision."""
        return send(self, "type", "torch.DoubleTensor")

    def cuda(self, *_: Any) -> Any:
        """Convert to 'torch.CudaTensor'."""
        return send(self, "type", "torch.CudaTensor")

    def cudaHalf(self, *_: Any) -> Any:
        """Convert to 'torch.CudaHalfTensor'."""
        return send(self, "type", "torch.CudaHalfTensor")

    def cudaDouble(self, *_: Any) -> Any:
        """Convert to 'torch.CudaDoubleTensor'."""
        return send(self, "type", "torch.CudaDoubleTensor")


#: what calling a criterion is, where no package gives it another meaning
run_criterion = vars(Criterion)["__call__"]
