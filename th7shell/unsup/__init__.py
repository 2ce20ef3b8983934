"""unsup: unsupervised learning: autoencoders, sparse coding, k-means, PCA and whitening. Upstream:
koraykv/unsup.

`autoencoders`, `sparse` and `psd` are modules that compute a cost of their input, `statistics` has
the functions on data, `trainer` the loop. The original's Lua files, where the path has them, find
`libunsup` here.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need

from . import shrinking

_FILES = """Diag UnsupModule AutoEncoder SparseAutoEncoder FistaL1 LinearFistaL1 SpatialConvFistaL1
psd LinearPsd ConvPsd UnsupTrainer pca kmeans whitening"""

#: the original's files
FILES: dict[str, Any] = dict.fromkeys(_FILES.split())


def luaopen(globals: Any) -> Any:
    """Put `unsup` (with torch, nn and optim) into Lua's globals; nn gets `nn.Diag`."""
    need(globals, "torch", "nn", "optim")
    from . import autoencoders, diag, psd, sparse, statistics, trainer

    shrinking.install()
    table = namespace("unsup")
    for part in (autoencoders, sparse, psd, trainer):
        for cls in part.CLASSES:
            setattr(table, cls.__name__, cls)
    for name, function in statistics.FUNCTIONS.items():
        setattr(table, name, function)
    diag.install()
    globals.unsup = table
    return True
