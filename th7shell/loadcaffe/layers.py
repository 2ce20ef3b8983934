"""A net of Caffe's layers as an nn.Sequential: convolutions, pooling, inner products, transfer
functions, normalisation, dropout and softmax, with the weights of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell.lua import TorchError, lua_type, send, state
from th7shell.lua.stdlib.texts import from_text, to_system
from th7shell.torch.namespace import namespace

from .wire import Malformed, Message, binary

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_OLD_TYPES = {
    4: "Convolution",
    6: "Dropout",
    14: "InnerProduct",
    15: "LRN",
    17: "Pooling",
    18: "ReLU",
    19: "Sigmoid",
    20: "Softmax",
    21: "SoftmaxWithLoss",
    23: "TanH",
}
_BACKENDS = ("nn", "cudnn")
_IN_PLACE = {"ReLU": "ReLU", "Sigmoid": "Sigmoid", "TanH": "Tanh"}


def load(prototxt: Any = None, caffemodel: Any = None, backend: Any = None, *_: Any) -> Any:
    """A net of a .caffemodel file: `loadcaffe.load(prototxt, caffemodel [, backend = 'nn'])`.

    backend: 'nn' or 'cudnn', whose layers are taken where it has them. As in the original the
    layers are those of the .caffemodel; the prototxt is not needed. Each layer has Caffe's `name`.
    Layers of other kinds are left out with a warning. Errors: the file is none of Caffe's.
    """
    backend = "nn" if backend is None else backend
    if backend not in _BACKENDS:
        raise TorchError(f"loadcaffe: backend 'nn' or 'cudnn' expected, got {backend}")
    if not isinstance(caffemodel, str):
        what = lua_type(caffemodel)
        raise TorchError(f"loadcaffe.load: the path of a .caffemodel expected, got {what}")
    message = _read(caffemodel)
    if message is None:
        console.show(f"Couldn't load {caffemodel}")
        return ()
    console.show(f"Successfully loaded {caffemodel}")
    return Builder(message, backend).net()


def _read(path: str) -> Message | None:
    try:
        with open(to_system(path), "rb") as file:
            data = file.read()
    except OSError:
        return None
    try:
        return binary(memoryview(data))
    except Malformed as error:
        raise TorchError(f"loadcaffe: {path} is no .caffemodel: {from_text(str(error))}") from None


def number(message: Message, name: str, default: Any = 0) -> Any:
    """The last value of a field, as protobuf has it."""
    values = message.get(name)
    return values[-1] if values else default


def pair(message: Message, name: str, whole: str, default: int) -> tuple[int, int]:
    """Width and height of a setting that has a field for each, or one for both."""
    w, h = number(message, f"{name}_w"), number(message, f"{name}_h")
    if w == 0 or h == 0:
        w = h = number(message, whole, default)
    return w, h


def blob(layer: Message, index: int) -> tuple[Any, list[int]]:
    """The numbers of a blob and its sizes. Errors: it is not there, or of another size."""
    blobs = layer.get("blobs", [])
    name = number(layer, "name", "?")
    if index >= len(blobs):
        raise TorchError(f"loadcaffe: layer {name} has no weights in the file")
    parts = blobs[index].get("data") or blobs[index].get("double_data") or [np.zeros(0)]
    data = np.concatenate(parts)
    shape = number(blobs[index], "shape", None)
    if shape is not None:
        sizes = shape.get("dim", [])
    else:
        sizes = [number(blobs[index], n) for n in ("num", "channels", "height", "width")]
    if prod(sizes) != data.size:
        raise TorchError(f"loadcaffe: layer {name} has {data.size} numbers for sizes {sizes}")
    return data, sizes


class Builder:
    """The net of a message."""

    def __init__(self, message: Message, backend: str) -> None:
        self.old = bool(message.get("layers"))
        self.layers: list[Message] = message.get("layers") or message.get("layer") or []
        self.nn = namespace("nn")
        self.package = self.nn
        if backend == "cudnn":
            self.package = state.globals.require("cudnn")
        self.cuda = backend == "cudnn"
        dims = message.get("input_dim", [])
        self.planes = len(dims) if self.old else 4 * len(message.get("input_shape", []))

    def net(self) -> Any:
        """All layers, in their order."""
        net = self.nn.Sequential()
        for layer in self.layers:
            for name, module in self.modules(layer):
                module.name = name
                net.add(module)
        return send(net, "cuda") if self.cuda else net

    def modules(self, layer: Message) -> Iterator[tuple[str, Any]]:
        """The modules of one layer, with their names."""
        name = number(layer, "name", "")
        kind = number(layer, "type", "")
        kind = _OLD_TYPES.get(kind, "") if self.old else kind
        make: Callable[[Message], Any] | None = getattr(self, f"make_{kind}", None)
        if kind in _IN_PLACE:
            of_package = self.cuda or kind == "ReLU"
            constructor = getattr(self.package, _IN_PLACE[kind])
            yield name, constructor(True) if of_package else constructor()
        elif kind in ("Softmax", "SoftmaxWithLoss"):
            yield name, self.package.SoftMax()
        elif make is None:
            if self.old:
                console.show(f"MODULE {name} UNDEFINED")
            shown = number(layer, "type", "")
            console.show(f"warning: module '{name} [type {shown}]' not found")
        elif kind == "InnerProduct":
            module, size = make(layer)
            if self.planes != size:
                yield "torch_view", self.nn.View(-1).setNumInputDims(3)
            self.planes = int(module.weight.nd.shape[0])
            yield name, module
        else:
            yield name, make(layer)

    def _fill(self, module: Any, layer: Message, weight: Any, sizes: str) -> Any:
        """Put the numbers of a layer's blobs into its module."""
        console.show(f"{number(layer, 'name', '')}: {sizes}")
        module.weight.nd[...] = weight.reshape(module.weight.nd.shape)
        module.bias.nd[...] = blob(layer, 1)[0] if len(layer["blobs"]) > 1 else 0
        return module

    def make_Convolution(self, layer: Message) -> Any:
        settings = number(layer, "convolution_param", {})
        groups = number(settings, "group", 1) or 1
        weight, sizes = blob(layer, 0)
        if len(sizes) != 4:
            raise TorchError(f"loadcaffe: a convolution with weights of sizes {sizes}")
        nOut, nIn, h, w = sizes
        self.planes = nOut
        numbers = [nIn * groups, nOut, *pair(settings, "kernel", "kernel_size", w)]
        numbers += [*pair(settings, "stride", "stride", 1), *pair(settings, "pad", "pad", 0)]
        if groups != 1 and not self.cuda:
            name = number(layer, "name", "")
            raise TorchError(f"loadcaffe: {name} has groups, which only the backend cudnn has")
        more = [groups] if self.cuda else []
        module = self.package.SpatialConvolution(*numbers, *more)
        return self._fill(module, layer, weight, f"{nOut} {nIn} {w} {h}")

    def make_InnerProduct(self, layer: Message) -> tuple[Any, int]:
        weight, sizes = blob(layer, 0)
        nOut, nIn = sizes[-2:]
        module = self.nn.Linear(nIn, nOut)
        return self._fill(module, layer, weight, f"1 1 {nIn} {nOut}"), nIn

    def make_Pooling(self, layer: Message) -> Any:
        settings = number(layer, "pooling_param", {})
        if number(settings, "global_pooling"):
            name = number(layer, "name", "")
            raise TorchError(f"loadcaffe: {name} pools all of its input, which is not supported")
        kinds = ("SpatialMaxPooling", "SpatialAveragePooling")
        kind = number(settings, "pool")
        if kind > 1:
            raise TorchError("loadcaffe: stochastic pooling is not supported")
        numbers = [*pair(settings, "kernel", "kernel_size", 0)]
        numbers += [*pair(settings, "stride", "stride", 1)]
        pad = number(settings, "pad_w"), number(settings, "pad_h")
        numbers += pad if any(pad) else [number(settings, "pad")] * 2
        return getattr(self.package, kinds[kind])(*numbers).ceil()

    def make_LRN(self, layer: Message) -> Any:
        settings = number(layer, "lrn_param", {})
        numbers = number(settings, "local_size", 5), number(settings, "alpha", 1.0)
        rest = number(settings, "beta", 0.75), number(settings, "k", 1.0)
        return self.package.SpatialCrossMapLRN(*numbers, *rest)

    def make_Dropout(self, layer: Message) -> Any:
        settings = number(layer, "dropout_param", {})
        return self.nn.Dropout(number(settings, "dropout_ratio", 0.5))
