"""How a layer was made: the Lua expression whose value is such a layer.

The arguments are read from the layer's fields, by the names of the constructor's parameters or by a
rule; the expression counts only if a layer made so has the fields of the one there is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from th7shell.lua import LuaError, Table, array, new_table, rawitems, send, tostring
from th7shell.nn.helpers.utils import is_plain
from th7shell.torch.classes import typename
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

from .walk import shape_of

PARAMETERS = ("weight", "bias", "running_mean", "running_var")
OWN = frozenset(("output", "gradInput", "modules", "train"))  # no part of how it was made
SCRATCH = ("inputSize", "outputSize")  # of the last input
LARGE = 1 << 22  # elements of a weight for which no trial layer is made

PLAIN = (str, int, float, bool)

Arguments = list[Any]


def _sizes(storage: Any) -> Arguments:
    return [int(n) for n in storage.nd] if isinstance(storage, Storage) else array(storage)


def _weight(*order: int) -> Callable[[Any], Arguments]:
    """A rule: sizes of the weight, in this order."""
    return lambda m: [m.weight.nd.shape[i] for i in order]


def _normalization(m: Any) -> Arguments:
    return [m.running_mean.nd.shape[0], m.eps, m.momentum, m.weight is not None]


def _lookup(m: Any) -> Arguments:
    return [*m.weight.nd.shape, m.paddingValue, m.maxNorm, m.normType]


def _linear(m: Any) -> Arguments:
    return [*reversed(m.weight.nd.shape), m.bias is not None]


def _enlarged(m: Any) -> Arguments:
    """A factor, or sizes by name."""
    if m.scale_factor is not None:
        return [m.scale_factor]
    sizes = {name: m[name] for name in ("odepth", "oheight", "owidth") if m[name] is not None}
    return [new_table((), sizes)]


#: class → its constructor's arguments, where they do not have the names of fields
RULES: dict[str, Callable[[Any], Arguments]] = {
    "nn.Linear": _linear,
    "nn.LookupTable": _lookup,
    "nn.BatchNormalization": _normalization,
    "nn.SpatialBatchNormalization": _normalization,
    "nn.VolumetricBatchNormalization": _normalization,
    "nn.View": lambda m: _sizes(m.size),
    "nn.Reshape": lambda m: [*_sizes(m.size), m.batchMode],
    "nn.CMul": lambda m: _sizes(m.size),
    "nn.CAdd": lambda m: _sizes(m.size),
    "nn.Add": lambda m: [m.bias.nd.shape[0]],
    "nn.Euclidean": _weight(0, 1),
    "nn.WeightedEuclidean": _weight(0, 1),
    "nn.Cosine": _weight(1, 0),
    "nn.Bilinear": lambda m: [*_weight(1, 2, 0)(m), m.bias is not None],
    "nn.Transpose": lambda m: array(m.permutations),
    "nn.AddConstant": lambda m: [m.constant_scalar, m.inplace],
    "nn.MulConstant": lambda m: [m.constant_scalar, m.inplace],
    "nn.Narrow": lambda m: [m.dimension, m.index, m.length],
    "nn.ReLU": lambda m: [m.inplace],
    "nn.ReLU6": lambda m: [m.inplace],
    "nn.LeakyReLU": lambda m: [m.negval, m.inplace],
    "nn.ELU": lambda m: [m.alpha, m.inplace],
    "nn.Dropout": lambda m: [m.p, not m.v2, m.inplace, m.stochasticInference],
    "nn.Replicate": lambda m: [m.nfeatures, m.dim, m.ndim],
    "nn.Threshold": lambda m: [m.threshold, m.val, m.inplace],
    "nn.HardTanh": lambda m: [m.min_val, m.max_val, m.inplace],
    "nn.Clamp": lambda m: [m.min_val, m.max_val],
    "nn.Power": lambda m: [m.pow],
    "nn.RReLU": lambda m: [m.lower, m.upper, m.inplace],
    "nn.PairwiseDistance": lambda m: [m.norm],
    "nn.SpatialUpSamplingNearest": lambda m: [m.scale_factor],
    "nn.SpatialUpSamplingBilinear": _enlarged,
    "nn.UpSampling": lambda m: [*_enlarged(m), m.mode],
    "nn.SoftShrink": lambda m: [m["lambda"]],
    "nn.HardShrink": lambda m: [m["lambda"]],
}
UNTOLD = frozenset(("nn.Copy", "nn.NaN"))  # what their fields say is not all
#: field and value → the method that sets it after the construction, and its arguments
METHODS: dict[str, Callable[[Any], tuple[str, Arguments] | None]] = {
    "bias": lambda value: ("noBias", []) if value is None else None,
    "ceil_mode": lambda value: ("ceil", []) if value else ("floor", []),
    "count_include_pad": lambda value: None if value else ("setCountExcludePad", []),
    "numInputDims": lambda value: ("setNumInputDims", [value]),
}


class Made:
    """An expression for a layer. layer: the trial that it made, None for a large one."""

    def __init__(self, text: str, layer: Any) -> None:
        self.text = text
        self.layer = layer


def construction(layer: Any) -> Made | None:
    """The expression that makes such a layer, None if there is none that surely does."""
    cls, name = type(layer), typename(layer) or ""
    rule = RULES.get(name)
    if name in UNTOLD:
        return None
    try:
        arguments = rule(layer) if rule is not None else _by_names(layer)
        if rule is not None and _weight_size(layer) > LARGE:
            return Made(f"{name}({', '.join(map(literal, _trimmed(arguments)))})", None)
        if _weight_size(layer) > LARGE:
            return None
        for means in (NO_MEANS, CALLS, CALLS | SETS):
            for count in range(len(arguments) + 1):  # no more arguments than it takes
                made = _trial(cls, name, layer, arguments[:count], means)
                if made is not None:
                    return made
    except (LuaError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None
    return None


def _by_names(layer: Any) -> Arguments:
    """The fields that have the names of the constructor's parameters, whatever their case."""
    fields = {_folded(key): value for key, value in rawitems(layer) if key.__class__ is str}
    return [fields.get(_folded(name)) for name in _parameters(type(layer))]


def _folded(name: str) -> str:
    name = name.replace("_", "").lower()
    return {"dim": "dimension", "p": "p"}.get(name, name)


def _parameters(cls: Any) -> list[str]:
    parameters = list(inspect.signature(cls).parameters.values())
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


def _trimmed(arguments: Arguments) -> Arguments:
    """Without the last ones that say nothing."""
    while arguments and arguments[-1] in (None, True):
        arguments = arguments[:-1]
    return arguments


def _weight_size(layer: Any) -> int:
    weight = layer["weight"]
    count = 1
    for n in shape_of(weight) if isinstance(weight, Tensor) else (0,):
        count *= n
    return count


NO_MEANS, CALLS, SETS = frozenset[str](), frozenset({"calls"}), frozenset({"sets"})


def _trial(
    cls: Any, name: str, layer: Any, arguments: Arguments, means: frozenset[str]
) -> Made | None:
    """The expression with these arguments, if the layer that it makes has the fields of `layer`, or
    gets them by calls of its methods, or by values that are set afterwards."""
    try:
        made = cls(*arguments)
        text = f"{name}({', '.join(map(literal, arguments))})"
        for key in differences(layer, made):
            method = METHODS[key](layer[key]) if means & CALLS and key in METHODS else None
            if method is not None:
                send(made, method[0], *method[1])
                text += f":{method[0]}({', '.join(map(literal, method[1]))})"
            elif not (means & SETS and made[key] is None and layer[key].__class__ in PLAIN):
                return None
    except (LuaError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None
    left = differences(layer, made)
    if any(made[key] is not None or layer[key].__class__ not in PLAIN for key in left):
        return None
    return Made(text, made)


def differences(layer: Any, made: Any) -> list[str]:
    """The fields in which a layer differs from another, numbers in tensors not counted."""
    keys = {key for t in (layer, made) for key, _ in rawitems(t)}
    arguments = set(map(_folded, _parameters(type(layer))))

    def same(key: Any) -> bool:
        a, b = layer[key], made[key]
        if isinstance(a, Tensor) and str(key) not in PARAMETERS and _folded(str(key)) in arguments:
            return isinstance(b, Tensor)  # it was given one
        return _alike(key, a, b)

    return [
        key
        for key in sorted(keys, key=str)
        if key not in OWN and str(key)[:1] != "_" and not same(key)
    ]


def _alike(key: Any, a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        if key not in PARAMETERS:  # a buffer, which the first run makes
            return not (isinstance(a, Tensor) and b is not None and not isinstance(b, Tensor))
        return isinstance(a, Tensor) and isinstance(b, Tensor) and shape_of(a) == shape_of(b)
    if isinstance(a, Storage) and isinstance(b, Storage):
        return key in SCRATCH or a.nd.tolist() == b.nd.tolist()
    if is_plain(a) and is_plain(b):
        keys = {k for t in (a, b) for k, _ in rawitems(t)}
        return all(_alike(None, a[k], b[k]) for k in keys)
    if a is None and (b is None or b is False or b == 0):
        return True  # older files lack fields
    return a.__class__ in PLAIN and a == b


def literal(value: Any) -> str:
    """A value as Lua writes it. Errors: TypeError for what has no such form."""
    if value is None:
        return "nil"
    if value.__class__ is bool:
        return "true" if value else "false"
    if value.__class__ in (int, float):
        return _number(value)
    if value.__class__ is str:
        return _quoted(value)
    if is_plain(value):
        items = list(map(literal, array(value)))
        named = [(k, v) for k, v in rawitems(value) if k.__class__ is str and k.isidentifier()]
        return "{" + ", ".join([*items, *(f"{k} = {literal(v)}" for k, v in named)]) + "}"
    raise TypeError(f"no literal for a {typename(value)}")


def _number(value: float) -> str:
    if value != value:
        return "0/0"
    if abs(value) == float("inf"):
        return "math.huge" if value > 0 else "-math.huge"
    short = tostring(value)
    return short if float(short) == value else f"{value:.17g}"


def _quoted(text: str) -> str:
    """A string between quotes; bytes beyond ASCII by their numbers."""
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r"}
    return "'" + "".join(
        escapes.get(c) or (c if " " <= c <= "~" else f"\\{ord(c):03d}") for c in text
    ) + "'"  # fmt: skip


def kept(layer: Any, made: Any) -> Table:
    """The tensors of a layer that its construction does not give, what it has learned, and plain
    values that it was given."""
    fields: dict[str, Any] = {}
    if made is not None:
        fields = {key: layer[key] for key in differences(layer, made) if key.__class__ is str}
    for key, value in rawitems(layer):
        if not isinstance(value, Tensor) or key.__class__ is not str:
            continue
        there = made[key] if made is not None else value
        if key in PARAMETERS or _given(key, value, there):
            fields[key] = value
    return new_table((), fields)


def _given(key: str, value: Any, there: Any) -> bool:
    """Whether another tensor than a parameter is part of what a layer is: of the size that the
    construction gives it, with other numbers."""
    if key in OWN or key.startswith(("grad", "_")) or not isinstance(there, Tensor):
        return False
    shape = shape_of(value)
    return bool(shape) and shape == shape_of(there) and bool((value.nd != there.nd).any())
