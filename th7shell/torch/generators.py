"""`torch.Generator` and the functions that seed generators and save their state.

The default generator serves every random function that is not given one. Upstream: random.md.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, TorchError
from th7shell.lua.state import MAIN, current, many

from .classes import TorchClass, TorchObject, torch_type
from .mersenne import BLOB_SIZE, MersenneTwister
from .namespace import TORCH, export
from .types import NONE, expected, integer


class Generator(TorchObject, metaclass=TorchClass, name="torch.Generator"):
    """A random number generator with a state of its own, seeded at random.

    `gen = torch.Generator()`; pass it as the first argument of any random function:
    `torch.manualSeed(gen, 1)`, `torch.uniform(gen)`, `t:normal(gen, 0, 1)`, `torch.randperm(gen,
    10)`.
    """

    __slots__ = ("__weakref__", "stream")

    def __init__(self, *_: Any) -> None:
        self.stream = MersenneTwister(_entropy())

    def write(self, file: Any = NONE, *_: Any) -> None:
        """Write the generator's state, the 5048 bytes of `torch.getRNGState`, into a file."""
        _check_file(file).write_raw(self.stream.state())

    def read(self, file: Any = NONE, *_: Any) -> None:
        """Take the state that `write` has written."""
        _restore(self, _check_file(file).read_raw(BLOB_SIZE))


def _entropy() -> int:
    return int.from_bytes(os.urandom(8), "little")


def _check_file(file: Any) -> Any:
    from .files.modes import Modes

    if not isinstance(file, Modes):  # the base of what is a torch.File
        raise expected(file, 2, "torch.File")
    return file


def _restore(generator: Generator, blob: bytes) -> None:
    if not generator.stream.set_state(blob):
        raise BadArgument(1, "Invalid RNG state")


def default_generator() -> Generator:
    """The generator of random functions that are not given one: a world's own."""
    world = current.world if many else MAIN
    generator = world.generator
    if generator is None:
        generator = world.generator = Generator()
    return generator


TORCH._gen = MAIN.generator = Generator()
#: what random functions draw from where no generator is given and the tensor is a CUDA one
device_generator = Generator()


def _split(args: tuple[Any, ...]) -> tuple[Generator, tuple[Any, ...]]:
    """The generator that leads the arguments, or the default one, and the arguments after it."""
    if args and type(args[0]) is Generator:
        return args[0], args[1:]
    return default_generator(), args


def _mismatch(args: tuple[Any, ...], forms: str) -> TorchError:
    given = " ".join(torch_type(a).removeprefix("torch.") for a in args)
    given = f"{given} " if args else "no arguments provided"
    return TorchError(f"invalid arguments: {given}\nexpected arguments: {forms}")


@export
def seed(*args: Any) -> int | float:
    """Seed a generator from the system's entropy and return the seed.

    `torch.seed([gen])`. The number returned is a Lua number, so only its first 53 bits are exact;
    use `torch.manualSeed` with a number of your own to repeat a run.
    """
    generator, rest = _split(args)
    if rest:
        raise _mismatch(args, "[Generator]")
    generator.stream.seed(_entropy())
    return _as_long(generator.stream.initial_seed)


@export
def manualSeed(*args: Any) -> tuple[()]:
    """Seed a generator with a number, so that the random numbers that follow can be repeated.

    `torch.manualSeed([gen,] number)`. The low 32 bits of the number choose the stream, which is the
    same as in the original Torch7. The first number after
    seed 123 is 0.69646918727085:

    >>> torch.manualSeed(123)
    >>> print(torch.uniform())
    """
    generator, rest = _split(args)
    if len(rest) != 1 or type(rest[0]) not in (int, float):
        raise _mismatch(args, "[Generator] long")
    generator.stream.seed(integer(rest[0], 1))
    return ()


@export
def initialSeed(*args: Any) -> int | float:
    """Return the seed a generator was last seeded with: `torch.initialSeed([gen])`."""
    generator, rest = _split(args)
    if rest:
        raise _mismatch(args, "[Generator]")
    return _as_long(generator.stream.initial_seed)


@export
def getRNGState(*args: Any) -> Any:
    """Return the state of a generator as a ByteTensor of 5048 elements: `torch.getRNGState([gen] [,
    res])`.

    `torch.setRNGState` continues from it, in this process or, through `torch.save`, in another one.
    """
    from .tensor import TYPES, resized

    generator, rest = _split(args)
    byte_tensor = TYPES["torch.ByteTensor"]
    if len(rest) > 1 or (rest and type(rest[0]) is not byte_tensor):
        raise _mismatch(args, "[Generator] [*ByteTensor*]")
    result = rest[0] if rest else byte_tensor()
    resized(result, (BLOB_SIZE,))[...] = np.frombuffer(generator.stream.state(), np.uint8)
    return result


@export
def setRNGState(*args: Any) -> Any:
    """Set the state of a generator to one that `torch.getRNGState` returned; return that state.

    `torch.setRNGState([gen,] state)`.
    """
    from .tensor import TYPES

    generator, rest = _split(args)
    if len(rest) != 1 or type(rest[0]) is not TYPES["torch.ByteTensor"]:
        raise _mismatch(args, "[Generator] [*ByteTensor*]")
    state = rest[0]
    if state.nd.size != BLOB_SIZE:
        raise BadArgument(1, "RNG state is wrong size")
    if not state.nd.flags.c_contiguous:
        raise BadArgument(1, "RNG state needs to be contiguous")
    _restore(generator, state.nd.tobytes())
    return state


def _as_long(value: int) -> int | float:
    signed = value - (1 << 64) if value >> 63 else value
    return signed if abs(signed) <= 2**53 else float(signed)
