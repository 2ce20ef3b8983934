"""The devices: there is one, number 1, made of the computer's own cores and memory."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from typing import Any

from th7shell.lua import BadArgument, TorchError, lua_type, new_table
from th7shell.torch.cuda_types import when_enabled
from th7shell.torch.namespace import export, namespace
from th7shell.torch.tensor import Tensor
from th7shell.torch.types import NONE, integer

CUTORCH = namespace("cutorch")
VERSION = 8000  # of CUDA, the last that the original was built with
CUTORCH.driverVersion = VERSION
CUTORCH.hasHalf = True


def offer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Put a function into `cutorch`."""
    return export(function, package="cutorch")


def check_device(device: Any = NONE, position: int = 1) -> None:
    """Refuse a device that does not exist, in the words of CUDA's own error."""
    if integer(device, position) != 1:
        raise TorchError("cuda runtime error (10) : invalid device ordinal (only 1 is there)")


def memory() -> tuple[int, int]:
    """Free and total bytes of the computer's memory."""
    if sys.platform == "win32":
        import ctypes

        status = (ctypes.c_ulonglong * 8)(64)
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return status[2], status[1]
    page = os.sysconf("SC_PAGE_SIZE")
    total = page * os.sysconf("SC_PHYS_PAGES")
    free = "SC_AVPHYS_PAGES" in os.sysconf_names
    return (page * os.sysconf("SC_AVPHYS_PAGES") if free else total), total


@offer
def getDeviceCount(*_: Any) -> int:
    """How many devices there are: 1."""
    return 1


@offer
def getDevice(*_: Any) -> int:
    """The current device: 1."""
    return 1


@offer
def setDevice(device: Any = NONE, *_: Any) -> tuple[()]:
    """Make a device the current one. Error: there is none but 1."""
    check_device(device)
    return ()


@offer
def withDevice(device: Any = NONE, function: Any = None, *_: Any) -> Any:
    """Call a function while a device is the current one; its results."""
    check_device(device)
    if not callable(function):
        raise TorchError(f"attempt to call a {lua_type(function)} value")
    return function()


@offer
def deviceReset(*_: Any) -> tuple[()]:
    """Nothing: the one device keeps no state of its own."""
    return ()


@offer
def getMemoryUsage(device: Any = None, *_: Any) -> tuple[int, int]:
    """Free and total bytes of a device's memory: the computer's."""
    if device is not None:
        check_device(device)
    return memory()


@offer
def getDeviceProperties(device: Any = NONE, *_: Any) -> Any:
    """What a device is, in a table: name, totalGlobalMem, freeGlobalMem, multiProcessorCount …
    What only a GPU has is 0.
    """
    check_device(device)
    free, total = memory()
    fields: dict[str, Any] = dict.fromkeys(_OF_A_GPU, 0)
    fields |= {
        "name": f"CPU ({platform.machine()})",
        "totalGlobalMem": total,
        "freeGlobalMem": free,
        "multiProcessorCount": os.cpu_count() or 1,
        "integrated": 1,
        "maxThreadsPerBlock": 1,
        "warpSize": 1,
    }
    return new_table((), fields)


_OF_A_GPU = (
    "canMapHostMemory clockRate computeMode deviceOverlap kernelExecTimeoutEnabled major memPitch"
    " minor regsPerBlock sharedMemPerBlock textureAlignment totalConstMem pciBusID pciDeviceID"
    " pciDomainID maxTexture1D maxTexture1DLinear"
).split()


@offer
def getRuntimeVersion(*_: Any) -> int:
    """The version of CUDA whose names these are: 8000."""
    return VERSION


@offer
def getDriverVersion(*_: Any) -> int:
    """The version of CUDA whose names these are: 8000."""
    return VERSION


@offer
def hasHalfInstructions(*_: Any) -> bool:
    """Whether the device computes with halves by itself: no."""
    return False


@offer
def hasFastHalfInstructions(*_: Any) -> bool:
    """Whether the device computes fast with halves: no."""
    return False


@offer
def isCachingAllocatorEnabled(*_: Any) -> bool:
    """Whether freed memory is kept for later: no, it goes back at once."""
    return False


@offer
def getPeerToPeerAccess(device: Any = NONE, other: Any = NONE, *_: Any) -> bool:
    """Whether a device reaches another's memory: the one device does reach its own."""
    check_device(device)
    check_device(other, 2)
    return True


@offer
def setPeerToPeerAccess(device: Any = NONE, other: Any = NONE, *_: Any) -> tuple[()]:
    """Let a device reach another's memory; there is one device, which reaches its own."""
    check_device(device)
    check_device(other, 2)
    return ()


@offer
def getKernelPeerToPeerAccess(*_: Any) -> bool:
    """Whether kernels reach another device's memory: there is none."""
    return False


@offer
def setKernelPeerToPeerAccess(*_: Any) -> tuple[()]:
    """Nothing: there is no other device."""
    return ()


@offer
def setHeapTracking(tracked: Any = NONE, *_: Any) -> tuple[()]:
    """Nothing: the collector sees all memory there is."""
    if tracked.__class__ is not bool:
        raise BadArgument(1, f"boolean expected, got {lua_type(tracked)}")
    return ()


@offer
def getState(*_: Any) -> None:
    """The library's state, which C functions take: there is none."""


def tensor_device(self: Any = NONE, *_: Any) -> int:
    """The device that a CUDA tensor is on: 1."""
    return 1


def install_methods(*classes: Any) -> None:
    """Give tensors the methods that cutorch adds."""
    for cls in classes:
        cls.getDevice = tensor_device
    type.__setattr__(Tensor, "copyAsync", Tensor.copy)


tensor_device.__name__ = "getDevice"
when_enabled(install_methods)
