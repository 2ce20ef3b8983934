"""Building an ONNX graph: operators, constants, names. Numbers are 32-bit floats, indices 64-bit
integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph import Node, Value

OPSET = 17  # what every runtime since 2022 reads


class Builder:
    """The operators and constants so far; values of the traced graph by name."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.names: dict[int, str] = {}
        self.known: dict[Any, str] = {}
        self.taken: set[str] = set()
        self.kept: list[Any] = []  # arrays whose addresses are keys
        self.indices: dict[int, str] = {}  # id of a pooling layer → where its maxima were
        self.wanted: set[int] = set()  # pooling layers whose indices are needed
        self.told: dict[str, Any] = {}  # name → declaration of a layer's output
        self.place = ""  # of the layer at work, as dotted numbers
        self.kind = ""  # its class

    # -- names

    def fresh(self, name: str) -> str:
        """A name that nothing has yet."""
        found, n = name, 1
        while found in self.taken:
            n += 1
            found = f"{name}_{n}"
        self.taken.add(found)
        return found

    def of(self, value: Value) -> str:
        """The name of a value of the graph."""
        return self.names[id(value)]

    # -- constants

    @property
    def constants(self) -> set[str]:
        """The names of all constants."""
        return set(self.known.values())

    def floats(self, values: Any) -> str:
        """A constant of 32-bit floats."""
        return self._constant(np.asarray(values, np.float32), "constant")

    def ints(self, *values: int) -> str:
        """A constant vector of integers."""
        return self._constant(np.asarray(values, np.int64), "constant")

    def integer(self, value: int) -> str:
        """A constant single integer."""
        return self._constant(np.asarray(value, np.int64), "constant")

    def parameter(self, array: NDArray[Any], name: str) -> str:
        """A learnt array under the layer's place; one that several layers share is stored once."""
        key = (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str)
        if key not in self.known:
            self.kept.append(array)
            self.known[key] = self._store(np.asarray(array, np.float32), self._under(name))
        return self.known[key]

    def _under(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def _constant(self, array: NDArray[Any], name: str) -> str:
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = self._store(array, name)
        return self.known[key]

    def _store(self, array: NDArray[Any], name: str) -> str:
        name = self.fresh(name)
        array = np.ascontiguousarray(array).reshape(array.shape)
        self.initializers.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    # -- operators

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator; the name of its output."""
        return self.several(kind, 1, *inputs, **attributes)[0]

    def several(self, kind: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add an operator with several outputs; their names."""
        stem = f"{self.place or 'net'}.{kind}"
        names = [self.fresh(stem) for _ in range(outputs)]
        attributes = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(
            self.onnx.helper.make_node(
                kind, list(inputs), names, f"{names[0]} ({self.kind})", **attributes
            )
        )
        return names

    # -- what many layers need

    def reshape(self, name: str, node: Node) -> str:
        """The input's elements in the output's shape."""
        return self.shaped(name, node.inputs[0], node.output)

    def shaped(self, name: str, source: Value, target: Value) -> str:
        """Elements of one value in the shape of another; sizes that follow the batch stay open."""
        if source.shape == target.shape and source.larger == target.larger:
            return name
        sizes, inferred = list(target.shape), False
        for axis in sorted(target.free):
            if axis < source.rank and source.sizes(axis) == target.sizes(axis):
                sizes[axis] = 0  # as the input's
            elif not inferred:
                sizes[axis], inferred = -1, True
        return self.op("Reshape", name, self.ints(*sizes))

    def cast(self, name: str, kind: str) -> str:
        """A value converted to 'FLOAT' or 'INT64'."""
        return self.op("Cast", name, to=getattr(self.onnx.TensorProto, kind))

    def slice(self, name: str, axis: int, start: int, stop: int | None) -> str:
        """A stretch along an axis; stop None goes to the end."""
        end = np.iinfo(np.int64).max if stop is None else stop
        return self.op("Slice", name, self.ints(start), self.ints(end), self.ints(axis))

    def root(self, name: str, power: float) -> str:
        """The p-th root of values that are not negative."""
        return self.op("Sqrt", name) if power == 2 else self.op("Pow", name, self.floats(1 / power))

    def power(self, name: str, power: float) -> str:
        """x ** power."""
        return (
            self.op("Mul", name, name) if power == 2 else self.op("Pow", name, self.floats(power))
        )
