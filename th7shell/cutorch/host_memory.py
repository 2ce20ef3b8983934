"""Tensors in memory that host and device share: here all memory is."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError
from th7shell.torch.classes import torch_type
from th7shell.torch.conversion import converted
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import TYPES, Tensor
from th7shell.torch.types import NONE

from .devices import CUTORCH, offer

HOST_TYPES = ("Float", "Double", "Int", "Long", "Byte", "Half")


def _creator(kind: str, name: str) -> Any:
    def create(*sizes: Any) -> Any:
        return TYPES[f"torch.{kind}Tensor"](*sizes)

    create.__name__ = name
    create.__doc__ = f"A {kind}Tensor of the sizes given, as numbers or a LongStorage."
    return offer(create)


for _kind in HOST_TYPES:
    _creator(_kind, f"createCudaHost{_kind}Tensor")
CUTORCH.createCudaHostTensor = CUTORCH.createCudaHostFloatTensor
_creator("Float", "createFloatUVATensor")
_creator("Cuda", "createCudaUVATensor")


def _tensor(value: Any) -> Any:
    if not isinstance(value, Tensor):
        raise TorchError(f"Must use a tensor, got {torch_type(value)}")
    return value


@offer
def toFloatUVATensor(tensor: Any = None, *_: Any) -> Any:
    """The tensor as a FloatTensor: a copy, as each type has memory of its own here."""
    return converted(_tensor(tensor), TYPES["torch.FloatTensor"])


@offer
def toCudaUVATensor(tensor: Any = None, *_: Any) -> Any:
    """The tensor as a CudaTensor: a copy, as each type has memory of its own here."""
    return converted(_tensor(tensor), TYPES["torch.CudaTensor"])


@offer
def isManaged(value: Any = None, *_: Any) -> bool:
    """Whether a tensor's or storage's memory is shared by host and device: it always is."""
    if not isinstance(value, (Tensor, Storage)):
        raise TorchError(f"Usage: cutorch.isManaged(Tensor|Storage), got {torch_type(value)}")
    return True


@offer
def isManagedPtr(pointer: Any = NONE, *_: Any) -> bool:
    """Whether memory at an address is shared by host and device: it always is."""
    if pointer.__class__ not in (int, float):
        raise TorchError("Must receive a ptr cast as a number")
    return True
