"""nn.THNN: the functions of the original's C library, for layers written outside that call them.

`input.THNN.Square_updateOutput(input:cdata(), output:cdata())`: each takes the C structs of tensors
(nil for those that may be left out) and numbers, in the order of THNN.h. Here they are the layers'
own methods, over an object whose fields are the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import LuaError, Table, TorchError, new_table, tostring
from th7shell.torch.namespace import namespace
from th7shell.torch.pointers import CStruct
from th7shell.torch.tensor import TYPES, Tensor

from ..criterion import Criterion

NN = namespace("nn")
_WINDOW = "kW kH dW dH padW padH"
_VOLUME = "kT kW kH dT dW dH padT padW padH"
_CRITERION = {"updateOutput": "input target output", "updateGradInput": "input target gradInput"}

# class: the arguments of a layer after input and output, or input, gradOutput and gradInput
LAYERS = {
    "Abs": "",
    "ELU": "alpha inplace",
    "HardShrink": "lambda",
    "HardTanh": "min_val max_val inplace",
    "LeakyReLU": "negval inplace",
    "LogSigmoid": "buffer",
    "LogSoftMax": "",
    "Sigmoid": "",
    "SoftMax": "",
    "SoftPlus": "beta threshold",
    "SoftShrink": "lambda",
    "Sqrt": "eps",
    "Square": "",
    "Tanh": "",
    "Threshold": "threshold val inplace",
    "TemporalMaxPooling": "indices kW dW",
    "SpatialMaxPooling": f"indices {_WINDOW} ceil_mode",
    "SpatialAveragePooling": f"{_WINDOW} ceil_mode count_include_pad",
    "SpatialUpSamplingNearest": "scale_factor",
    "SpatialReflectionPadding": "pad_l pad_r pad_t pad_b",
    "SpatialReplicationPadding": "pad_l pad_r pad_t pad_b",
    "SpatialDilatedMaxPooling": f"indices {_WINDOW} dilationW dilationH ceil_mode",
    "SpatialAdaptiveMaxPooling": "indices W H",
    "SpatialAdaptiveAveragePooling": "W H",
    "VolumetricMaxPooling": f"indices {_VOLUME} ceil_mode",
    "VolumetricDilatedMaxPooling": f"indices {_VOLUME} dilationT dilationW dilationH ceil_mode",
    "VolumetricAveragePooling": f"{_VOLUME} ceil_mode count_include_pad",
    "VolumetricReplicationPadding": "pleft pright ptop pbottom pfront pback",
    "GatedLinear": "dim",
}
# class: what it takes backward, where that is not the same
_BACKWARD = {
    "Sqrt": "",
    "SpatialAdaptiveMaxPooling": "indices",
    "SpatialAdaptiveAveragePooling": "",
}
_CLASSES = {"GatedLinear": "GatedLinearUnit"}  # where the functions have another name
_PASSED = ("input", "target", "gradOutput", "scale", "total_weight")
_SEES_OUTPUT = ("ELU", "LogSoftMax", "Sigmoid", "SoftMax", "SoftPlus", "Sqrt", "Tanh")

# class: the arguments of a criterion after these
CRITERIONS = {
    "AbsCriterion": "sizeAverage",
    "BCECriterion": "sizeAverage weights",
    "ClassNLLCriterion": "sizeAverage weights total_weight ignoreIndex",
    "DistKLDivCriterion": "sizeAverage",
    "MSECriterion": "sizeAverage",
    "MarginCriterion": "sizeAverage margin",
    "MultiLabelMarginCriterion": "isTarget sizeAverage",
    "MultiMarginCriterion": "sizeAverage p weights margin",
    "SmoothL1Criterion": "sizeAverage",
    "SoftMarginCriterion": "sizeAverage",
    "SpatialClassNLLCriterion": "sizeAverage weights total_weight",
}

# class: all arguments of layers with weights
WEIGHTED = {
    "SpatialConvolutionMM": {
        "updateOutput": f"input output weight bias finput fgradInput {_WINDOW}",
        "updateGradInput": f"input gradOutput gradInput weight finput fgradInput {_WINDOW}",
        "accGradParameters": "input gradOutput gradWeight gradBias finput fgradInput "
        f"{_WINDOW} scale",
    },
    "Linear": {
        "updateOutput": "input output weight bias addBuffer",
        "updateGradInput": "input gradOutput gradInput weight",
        "accGradParameters": "input gradOutput gradInput weight bias gradWeight gradBias addBuffer "
        "scale",
    },
    "SpatialSubSampling": {
        "updateOutput": "input output weight bias kW kH dW dH",
        "updateGradInput": "input gradOutput gradInput weight kW kH dW dH",
        "accGradParameters": "input gradOutput gradWeight gradBias kW kH dW dH scale",
    },
    "TemporalConvolution": {
        "updateOutput": "input output weight bias kW dW inputFrameSize outputFrameSize",
        "updateGradInput": "input gradOutput gradInput weight kW dW",
        "accGradParameters": "input gradOutput gradWeight gradBias kW dW scale",
    },
    "PReLU": {
        "updateOutput": "input output weight nOutputPlane",
        "updateGradInput": "input gradOutput gradInput weight nOutputPlane",
        "accGradParameters": "input gradOutput gradInput weight gradWeight gradWeightBuf "
        "gradWeightBuf2 nOutputPlane scale",
    },
}


def signatures() -> dict[str, tuple[str, str, list[str]]]:
    """`Square_updateOutput` → class, method and the names of the arguments."""
    found: dict[str, tuple[str, str, list[str]]] = {}
    for name, rest in LAYERS.items():
        backward = "input gradOutput gradInput"
        if name in _SEES_OUTPUT:
            backward += " output"
        passed = _BACKWARD.get(name, rest)
        forms = {
            "updateOutput": f"input output {rest}",
            "updateGradInput": f"{backward} {passed}",
        }
        found |= _named(name, forms)
    for name, rest in CRITERIONS.items():
        found |= _named(name, {method: f"{a} {rest}" for method, a in _CRITERION.items()})
    for name, forms in WEIGHTED.items():
        found |= _named(name, forms)
    return found


def _named(name: str, forms: dict[str, str]) -> dict[str, tuple[str, str, list[str]]]:
    cls = _CLASSES.get(name, name)
    return {f"{name}_{method}": (cls, method, form.split()) for method, form in forms.items()}


def kernel(name: str, cls: str, method: str, fields: list[str]) -> Callable[..., Any]:
    """A function of the library."""

    def run(*given: Any) -> tuple[()]:
        values = {f: _value(name, i, v) for i, (f, v) in enumerate(zip(fields, given), 1)}
        module = _made(cls, values)
        for field, value in values.items():
            if value is not None and field not in _PASSED:
                setattr(module, field, value)
        result = _call(module, method, values)
        kept = "output" if method == "updateOutput" else "gradInput"
        if method != "accGradParameters":
            _deliver(values[kept], result)
        return ()

    run.__name__ = name
    run.__doc__ = f"THNN's {name}({', '.join(fields)})."
    return run


def _made(cls: str, values: dict[str, Any]) -> Any:
    """An object of a layer's class, with what the function does not name."""
    if cls == "SpatialUpSamplingNearest":
        return NN[cls](values["scale_factor"])
    if cls in ("ClassNLLCriterion", "SpatialClassNLLCriterion"):
        made = NN[cls](values.get("weights"), values.get("sizeAverage"), values.get("ignoreIndex"))
        made.type(values["input"].type())
        if values.get("total_weight") is not None:
            made.total_weight_tensor = values["total_weight"]
        return made
    module = NN[cls].__new__(NN[cls])
    if cls in ("SpatialSubSampling", "TemporalConvolution") and "gradWeight" in values:
        module.weight, module.bias = values["gradWeight"], values["gradBias"]
    if cls == "SpatialAveragePooling":
        module.divide = True
    if cls == "SpatialConvolutionMM":
        module.weight, module.bias = values.get("gradWeight"), values.get("gradBias")
        weight = module.weight if module.weight is not None else values["weight"]
        module.nOutputPlane = weight.nd.shape[0]
        module.nInputPlane = weight.nd.size // (weight.nd.shape[0] * values["kW"] * values["kH"])
    return module


def _call(module: Any, method: str, values: dict[str, Any]) -> Any:
    """Call a layer's method with what it takes."""
    given = [values["input"]]
    if isinstance(module, Criterion):
        given.append(values["target"])
    elif method != "updateOutput":
        given.append(values["gradOutput"])
    if method == "accGradParameters":
        given.append(1 if values.get("scale") is None else values["scale"])
    return getattr(module, method)(*given)


def _deliver(destination: Any, result: Any) -> None:
    """Leave a result in the tensor that was given for it."""
    if isinstance(result, tuple):
        result = result[0]
    if not isinstance(result, Tensor):
        destination.resize(1).fill(result)
    elif result is not destination:
        destination.resizeAs(result).copy(result)


def _value(name: str, position: int, value: Any) -> Any:
    """An argument: the tensor of a C struct, or what it is."""
    if isinstance(value, CStruct):
        return object.__getattribute__(value, "owner")
    if isinstance(value, Tensor):
        raise TorchError(f"bad argument #{position} to '{name}' (cdata expected, got userdata)")
    return value


def optionalTensor(tensor: Any = None, *_: Any) -> Any:
    """The C struct of a tensor, nil for nil."""
    return tensor.cdata() if tensor is not None and tensor is not False else None


def getState(*_: Any) -> None:
    """The library's state: there is none."""


def runKernel(function: Any = None, type: Any = None, *arguments: Any) -> Any:
    """Call a function of the library by name, for tensors of a type."""
    kernels = THNN.kernels[type]
    if kernels is None:
        raise LuaError(f"Unsupported tensor type: {tostring(type)}", 1)
    run = kernels[function]
    if run is None:
        raise LuaError(
            f"Function '{tostring(function)}' not found for tensor type '{tostring(type)}'.", 1
        )
    return run(*arguments)


def _kernels() -> Table:
    return new_table((), {name: kernel(name, *rest) for name, rest in signatures().items()})


THNN = new_table((), {f.__name__: f for f in (optionalTensor, getState, runKernel)})
THNN.kernels = new_table()


def offer(*classes: Any) -> None:
    """Give tensor classes of real numbers the functions of the library."""
    for cls in classes:
        if cls.element_type.real:
            THNN.kernels[getattr(cls, "__typename")] = cls.THNN = _kernels()


offer(TYPES["torch.FloatTensor"], TYPES["torch.DoubleTensor"])
