"""The device's random generator: functions on CUDA tensors draw from it.

It is a Mersenne Twister of the CPU's kind, not the stream of NVIDIA's library: a seed repeats a run
here, but gives other numbers than on a GPU.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.generators import device_generator
from th7shell.torch.namespace import TORCH
from th7shell.torch.types import NONE, number

from .devices import offer


@offer
def seed(*_: Any) -> int | float:
    """Seed the generator at random; the seed."""
    return TORCH.seed(device_generator)


@offer
def seedAll(*_: Any) -> int | float:
    """Seed the generators of all devices at random; the seed."""
    return TORCH.seed(device_generator)


@offer
def initialSeed(*_: Any) -> int | float:
    """The number the generator was last seeded with."""
    return TORCH.initialSeed(device_generator)


@offer
def manualSeed(value: Any = NONE, *_: Any) -> tuple[()]:
    """Seed the generator with a number."""
    return TORCH.manualSeed(device_generator, number(value, 1))


@offer
def manualSeedAll(value: Any = NONE, *_: Any) -> tuple[()]:
    """Seed the generators of all devices with a number."""
    return TORCH.manualSeed(device_generator, number(value, 1))


@offer
def getRNGState(*_: Any) -> Any:
    """The generator's state, in a ByteTensor."""
    return TORCH.getRNGState(device_generator)


@offer
def setRNGState(state: Any = NONE, *_: Any) -> tuple[()]:
    """Go on from a state that `getRNGState` gave."""
    return TORCH.setRNGState(device_generator, state)
