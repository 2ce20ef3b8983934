"""cuDNN's settings and helpers: they are kept, and change nothing here."""

from __future__ import annotations

from typing import Any

from th7shell.lua import new_table
from th7shell.torch.classes import torch_type
from th7shell.torch.namespace import export, namespace
from th7shell.torch.tensor import Tensor

CUDNN = namespace("cudnn")
CUDNN.benchmark = False
CUDNN.fastest = False
CUDNN.useFindEx = False
CUDNN.initialWorkspaceBytes = 1024
CUDNN.reservedGPUBytes = 1024 * 1024
CUDNN.maxWorkspaceGPUMemPercent = 95
CUDNN.version = 5110  # of the library, the last that the original was made for
TYPE_NAMES = {
    "torch.CudaHalfTensor": "CUDNN_DATA_HALF",
    "torch.CudaTensor": "CUDNN_DATA_FLOAT",
    "torch.CudaDoubleTensor": "CUDNN_DATA_DOUBLE",
}
CUDNN.typemap = new_table((), TYPE_NAMES)
_maths = dict(TYPE_NAMES, **{"torch.CudaHalfTensor": "CUDNN_DATA_FLOAT"})


def offer(function: Any) -> Any:
    """Put a function into `cudnn`."""
    return export(function, package="cudnn")


@offer
def sizeof(tensor: Any = None, *_: Any) -> int | None:
    """Bytes of one element of a CUDA tensor of real numbers, nil for others."""
    known = isinstance(tensor, Tensor) and torch_type(tensor) in TYPE_NAMES
    return tensor.dtype.itemsize if known else None


@offer
def configureMath(overrides: Any = None, *_: Any) -> tuple[()]:
    """Choose by tensor type what cuDNN computes with: `{['torch.CudaHalfTensor'] = …}`."""
    for name in TYPE_NAMES:
        chosen = None if overrides is None else overrides[name]
        if chosen is not None:
            _maths[name] = chosen
    return ()


@offer
def configmap(name: Any = None, *_: Any) -> str | None:
    """What cuDNN computes with for a type of tensors, by name."""
    return _maths.get(name)


@offer
def getHandle(*_: Any) -> None:
    """The library's handle, which C functions take: there is none."""


@offer
def reset(*_: Any) -> tuple[()]:
    """Forget cached algorithms and work space: there is none."""
    return ()


@offer
def getSharedWorkspace(*_: Any) -> tuple[None, int]:
    """The work space and its bytes: none is needed."""
    return None, 0


for _name in ("setSharedWorkspaceSize", "adjustSharedWorkspaceSize", "setNextWorkspaceSize"):

    def _set(*_: Any) -> tuple[()]:
        """Choose the bytes of the work space: none is needed."""
        return ()

    _set.__name__ = _name
    offer(_set)

__all__ = ["CUDNN", "offer"]
