"""Operators of elements and matrices as layers of nn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell import nn
from th7shell.torch.tensor import wrap

from .reader import Operator, Reader


def tensor(values: NDArray[Any]) -> Any:
    """An array as a DoubleTensor, which `float()` converts with the net."""
    return wrap(np.array(values, float))


def unary(make: Callable[[], Any]) -> Any:
    """An operator without arguments."""
    return lambda r, op: r.layer(make(), op.outputs[0], op.inputs[0])


def clip(r: Reader, op: Operator) -> None:
    low, high = (
        float(r.constants[name]) if name else default
        for name, default in zip([*op.inputs[1:], "", ""][:2], (-np.inf, np.inf))
    )
    r.layer(nn.HardTanh(low, high), op.outputs[0], op.inputs[0])


def shrink(r: Reader, op: Operator) -> None:
    size, bias = float(op.get("lambd", 0.5)), float(op.get("bias", 0.0))
    if bias not in (0.0, size):
        raise op.refuse("its bias is neither 0 nor its lambd")
    make = nn.SoftShrink if bias else nn.HardShrink
    r.layer(make(size), op.outputs[0], op.inputs[0])


def prelu(r: Reader, op: Operator) -> None:
    slopes = r.constants[op.inputs[1]].reshape(-1)
    layer = nn.PReLU(0 if slopes.size == 1 else slopes.size)
    layer.weight = tensor(slopes)
    r.layer(layer, op.outputs[0], op.inputs[0])


def softmax(make: Callable[[], Any]) -> Any:
    """nn's work on the first axis of 1 and 3 dimensions, on the second of 2 and 4."""

    def rule(r: Reader, op: Operator) -> None:
        rank = r.rank(op.inputs[0])
        axis = int(op.get("axis", -1)) % rank
        usual = (rank + 1) % 2
        turn = [] if axis == usual else [nn.Transpose([axis + 1, usual + 1])]
        back = [] if axis == usual else [nn.Transpose([axis + 1, usual + 1])]
        r.chain([*turn, make(), *back], op.outputs[0], op.inputs[0])

    return rule


def with_constant(op: Operator, values: NDArray[Any], rank: int) -> list[Any]:
    """The layers of x ∘ c for a constant c."""
    if op.kind in ("Sub", "Div"):
        values = -values if op.kind == "Sub" else 1 / values
    if op.kind == "Pow":
        if values.size != 1:
            raise op.refuse("each element has a power of its own")
        power = float(values.reshape(-1)[0])
        return [nn.Square() if power == 2 else nn.Power(power)]
    adds = op.kind in ("Add", "Sub")
    if values.size == 1:
        make = nn.AddConstant if adds else nn.MulConstant
        return [make(float(values.reshape(-1)[0]))]
    shape = (1,) * (rank - values.ndim) + values.shape
    layer = (nn.CAdd if adds else nn.CMul)(*shape)
    setattr(layer, "bias" if adds else "weight", tensor(values.reshape(shape)))
    return [layer]


TABLES = {"Add": nn.CAddTable, "Sub": nn.CSubTable, "Mul": nn.CMulTable, "Div": nn.CDivTable}


def binary(r: Reader, op: Operator) -> None:
    """With a constant, or between tensors of one shape."""
    (a, b), out = op.inputs, op.outputs[0]
    left, right = r.constant(a), r.constant(b)
    if right is not None and right.dtype.kind in "iu" and op.kind == "Sub":
        r.alias(out, a)  # an index, which counts from 1 in Torch
        return
    for name, values in ((a, right), (b, left)):
        if values is not None and values.size > 1:
            wide = expanded(r, name, [r.shape(name), values.shape])
            op.inputs = [wide if given == name else given for given in op.inputs]
            r.shapes[wide] = (None,) * max(r.rank(name), values.ndim)
    a, b = op.inputs
    if right is not None:
        r.chain(with_constant(op, right, r.rank(a)), out, a)
    elif left is None:
        shapes = [r.shape(a), r.shape(b)]
        names = [expanded(r, name, shapes) for name in (a, b)]
        if op.kind == "Mul" and a == b:
            r.layer(nn.Square(), out, a)
            return
        if op.kind not in TABLES:
            raise op.refuse("between two tensors it has no layer")
        r.layer(TABLES[op.kind](), out, *names)
    elif op.kind in ("Add", "Mul"):
        r.chain(with_constant(op, left, r.rank(b)), out, b)
    elif op.kind == "Sub":
        minus = r.layer(nn.MulConstant(-1), "", b)
        op.kind = "Add"
        r.chain(with_constant(op, left, r.rank(b)), out, minus)
    elif op.kind == "Div":
        inverse = r.layer(nn.Power(-1), "", b)
        op.kind = "Mul"
        r.chain(with_constant(op, left, r.rank(b)), out, inverse)
    else:
        raise op.refuse("a constant to a power has no layer")


def expanded(r: Reader, name: str, shapes: list[tuple[Any, ...]]) -> str:
    """The value, repeated along the axes in which others of the shapes are larger."""
    shape = r.shape(name)
    rank = max(map(len, shapes))
    for _ in range(rank - len(shape)):
        name = r.layer(nn.Replicate(1, 1), "", name)
    shape = (1,) * (rank - len(shape)) + shape
    for axis in range(rank):
        sizes = {s[axis + len(s) - rank] for s in shapes if axis + len(s) >= rank} - {1}
        if shape[axis] == 1 and sizes:
            (size,) = sizes
            if size is None:
                raise r.made[name].refuse("it is repeated over the batch")
            if rank > 1:
                name = r.layer(nn.Select(axis + 1, 1), "", name)
            name = r.layer(nn.Replicate(size, axis + 1), "", name)
            name = r.layer(nn.Contiguous() if rank > 1 else nn.Select(2, 1), "", name)
    return name


def many(make: Callable[[], Any]) -> Any:
    return lambda r, op: r.layer(make(), op.outputs[0], *op.inputs)


def threshold(r: Reader, op: Operator) -> None:
    """Where(x > c, x, v)."""
    above = r.made.get(op.inputs[0])
    value = r.constant(op.inputs[2])
    fits = above is not None and above.kind == "Greater" and above.inputs[0] == op.inputs[1]
    limit = r.constant(above.inputs[1]) if above is not None and fits else None
    if limit is None or value is None or limit.size * value.size != 1:
        raise op.refuse("only Where(x > c, x, v) is a layer, nn.Threshold")
    r.layer(
        nn.Threshold(float(limit.reshape(-1)[0]), float(value.reshape(-1)[0])),
        op.outputs[0],
        op.inputs[1],
    )


def linear_of(weight: NDArray[Any], bias: NDArray[Any] | None) -> Any:
    """nn.Linear with these parameters."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias is not None)
    layer.weight = tensor(weight)
    if bias is not None:
        layer.bias = tensor(bias.reshape(-1))
    return layer


def gemm(r: Reader, op: Operator) -> None:
    weight = r.constant(op.inputs[1])
    bias = r.constant(op.inputs[2]) if len(op.inputs) > 2 else None
    scaled = (op.get("alpha", 1.0), op.get("beta", 1.0)) != (1.0, 1.0)
    if weight is None or op.get("transA", 0) or scaled:
        raise op.refuse("only x·Wᵀ + b with a constant W is a layer, nn.Linear")
    weight = weight if op.get("transB", 0) else weight.T
    r.layer(linear_of(weight, bias), op.outputs[0], op.inputs[0])


def matrix_product(r: Reader, op: Operator) -> None:
    (a, b), out = op.inputs, op.outputs[0]
    left, right = r.constant(a), r.constant(b)
    if left is not None and r.rank(b) == 1:
        r.layer(linear_of(left, None), out, b)
    elif right is not None and right.ndim == 2:
        r.layer(over_last(linear_of(right.T, None), r.rank(a)), out, a)
    elif left is not None and left.ndim == 2:
        rank = r.rank(b)
        turn = nn.Transpose([rank - 1, rank])
        layers = [turn, over_last(linear_of(left, None), rank), nn.Transpose([rank - 1, rank])]
        r.chain(layers, out, b)
    elif left is None and right is None and r.rank(b) == 1:
        r.layer(nn.MV(), out, a, b)
    elif left is None and right is None and r.rank(a) == r.rank(b) in (2, 3):
        r.layer(nn.MM(), out, a, b)
    else:
        raise op.refuse("of tensors of these dimensions it has no layer")


def over_last(layer: Any, rank: int) -> Any:
    """A layer of matrices for the last axis of any tensor."""
    return layer if rank <= 2 else nn.Bottle(layer)


def einsum(r: Reader, op: Operator) -> None:
    equation = op.get("equation", "")
    weight = r.constant(op.inputs[1]) if len(op.inputs) > 1 else None
    if equation in ("ni,kij,nj->nk", "i,kij,j->k") and weight is not None:
        layer = nn.Bilinear(weight.shape[1], weight.shape[2], weight.shape[0], False)
        layer.weight = tensor(weight)
        r.layer(layer, op.outputs[0], op.inputs[0], op.inputs[2])
    elif equation == "nkhw,hwok->nohw" and weight is not None:
        h, w, outputs, cells = weight.shape
        layer = nn.SpatialConvolutionLocal(cells, outputs, w, h, 1, 1)
        layer.weight = tensor(weight.reshape(h, w, outputs, cells, 1, 1))
        layer.bias.zero()
        r.layer(layer, op.outputs[0], op.inputs[0])
    else:
        raise op.refuse(f"{equation} has no layer")


def batch_norm(r: Reader, op: Operator) -> None:
    rank = r.rank(op.inputs[0])
    makes = {2: nn.BatchNormalization, 4: nn.SpatialBatchNormalization}
    make = makes.get(rank, nn.VolumetricBatchNormalization)
    weight, bias, mean, var = (tensor(r.constants[name]) for name in op.inputs[1:5])
    layer = make(mean.size(1), float(op.get("epsilon", 1e-5)))
    layer.weight, layer.bias, layer.running_mean, layer.running_var = weight, bias, mean, var
    r.layer(layer, op.outputs[0], op.inputs[0])


def response_norm(r: Reader, op: Operator) -> None:
    values = (op.get("alpha", 1e-4), op.get("beta", 0.75), op.get("bias", 1.0))
    layer = nn.SpatialCrossMapLRN(int(op.get("size", 1)), *map(float, values))
    r.layer(layer, op.outputs[0], op.inputs[0])


RULES: dict[str, Any] = {
    "Relu": unary(nn.ReLU),
    "Tanh": unary(nn.Tanh),
    "Sigmoid": unary(nn.Sigmoid),
    "Abs": unary(nn.Abs),
    "Exp": unary(nn.Exp),
    "Log": unary(nn.Log),
    "Sqrt": unary(nn.Sqrt),
    "Softsign": unary(nn.SoftSign),
    "Softplus": unary(nn.SoftPlus),
    "Neg": unary(lambda: nn.MulConstant(-1)),
    "Elu": lambda r, op: r.layer(nn.ELU(float(op.get("alpha", 1.0))), op.outputs[0], op.inputs[0]),
    "LeakyRelu": lambda r, op: r.layer(
        nn.LeakyReLU(float(op.get("alpha", 0.01))), op.outputs[0], op.inputs[0]
    ),
    "Clip": clip,
    "Shrink": shrink,
    "PRelu": prelu,
    "Softmax": softmax(nn.SoftMax),
    "LogSoftmax": softmax(nn.LogSoftMax),
    "Add": binary,
    "Sub": binary,
    "Mul": binary,
    "Div": binary,
    "Pow": binary,
    "Reciprocal": unary(lambda: nn.Power(-1)),
    "ThresholdedRelu": lambda r, op: r.layer(
        nn.Threshold(float(op.get("alpha", 1.0)), 0), op.outputs[0], op.inputs[0]
    ),
    "Sum": many(nn.CAddTable),
    "Max": many(nn.CMaxTable),
    "Min": many(nn.CMinTable),
    "Greater": lambda r, op: None,  # read by what uses it
    "Where": threshold,
    "Gemm": gemm,
    "MatMul": matrix_product,
    "Einsum": einsum,
    "BatchNormalization": batch_norm,
    "LRN": response_norm,
}
