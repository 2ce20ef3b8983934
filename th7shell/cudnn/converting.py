"""cudnn.convert: the layers of a net as those of the other package."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, first, items, rawset, send
from th7shell.lua.stdlib import streams
from th7shell.torch.classes import class_named, typename
from th7shell.torch.namespace import export

LAYERS = frozenset(
    "BatchNormalization SpatialBatchNormalization SpatialConvolution SpatialCrossMapLRN"
    " SpatialFullConvolution SpatialMaxPooling SpatialAveragePooling ReLU Tanh Sigmoid SoftMax"
    " LogSoftMax VolumetricBatchNormalization VolumetricConvolution VolumetricFullConvolution"
    " VolumetricMaxPooling VolumetricAveragePooling".split()
)
ALIASES = {
    "nn.SpatialConvolutionMM": "SpatialConvolution",
    "inn.SpatialCrossResponseNormalization": "SpatialCrossMapLRN",
}
WARNING = "Warning: cudnn.convert does not work with nngraph yet. Ignoring nn.gModule"


@export(package="cudnn")
def convert(net: Any = None, dst: Any = None, exclusion_fn: Any = None, *_: Any) -> Any:
    """Replace the layers of a net that both packages have by those of `dst`, which is cudnn or nn:
    `net = cudnn.convert(net, cudnn)`. Layers for which `exclusion_fn(layer)` is true stay.
    Parameters are shared with the old layers.
    """
    relu = dst["ReLU"] if isinstance(dst, Table) else None
    name = getattr(relu, "__typename", None)
    if name not in ("nn.ReLU", "cudnn.ReLU"):
        raise TorchError("cudnn.convert: the second argument must be cudnn or nn")
    to_nn = name == "nn.ReLU"
    source, target = ("cudnn", "nn") if to_nn else ("nn", "cudnn")

    def replaced(layer: Any) -> Any:
        name = typename(layer) or ""
        if name == "nn.gModule":
            streams.write(WARNING, "stderr")
            return layer
        if callable(exclusion_fn):
            excluded = first(exclusion_fn(layer))
            if excluded is not None and excluded is not False:
                return layer
        package, _dot, short = name.rpartition(".")
        if name in ALIASES:
            short = ALIASES[name]
        elif package != source or short not in LAYERS:
            return layer
        return converted(layer, class_named(f"{target}.{short}"), to_nn)

    return send(net, "replace", replaced)


def converted(layer: Any, cls: Any, to_nn: bool) -> Any:
    """An object of a class with the fields of a layer of the other package."""
    made = cls() if cls.__name__ == "ReLU" else cls.__new__(cls)
    for key, value in items(layer):
        rawset(made, key, value)
    if to_nn and cls.__name__ == "SpatialAveragePooling":
        made.divide = made.count_include_pad = True
    if to_nn and cls.__name__ == "SpatialConvolution" and layer.groups not in (None, 1):
        return layer
    return made
