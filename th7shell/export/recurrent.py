"""The parameters of cuDNN's recurrent layers by PyTorch's names."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def parameters(layer: Any) -> dict[str, NDArray[Any]]:
    """The parts of the flat weight by PyTorch's names, views of it: `weight_ih_l0` …, those of the
    second direction with `_reverse`."""
    directions = int(layer.numDirections)
    found: dict[str, NDArray[Any]] = {}
    for i, part in enumerate(layer._layout().views(layer.weight.nd)):
        end = f"_l{i // directions}{'_reverse' * (i % directions)}"
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        found |= {name + end: nd for name, nd in zip(names, part)}
    return found
