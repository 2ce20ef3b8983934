"""An ONNX model as a Torch net: an nn.Sequential where it is a chain, else an nngraph net.

Each operator becomes a layer of nn (or a few) on batches of known rank; constants become weights
or arguments. What cannot be said in nn is refused with the operator's name and place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..options import ExportError, Options
from .needed import onnx_package
from .operators import RULES
from .reader import Reader


def read(path: str, options: Options) -> Any:
    """The net of an `.onnx` file, in single precision and evaluation mode."""
    return _net(lambda onnx: onnx.load(path), path)


def from_onnx(model: Any) -> Any:
    """The Torch net of an ONNX model, an `onnx.ModelProto` or the bytes of a file, in single
    precision and evaluation mode. Errors: ExportError with the operator."""
    if isinstance(model, bytes):
        return _net(lambda onnx: onnx.load_model_from_string(model), "these bytes")
    return _net(lambda onnx: model, "this object")


def _net(load: Callable[[Any], Any], what: str) -> Any:
    onnx = onnx_package()
    try:
        model = load(onnx)
        onnx.checker.check_model(model)
    except OSError:
        raise
    except Exception as error:  # protobuf's and the checker's own kinds
        line = str(error).strip().splitlines() or ["it cannot be parsed"]
        raise ExportError(f"{what}: no ONNX model: {line[0]}") from error
    reader = Reader(onnx, model)
    for operator in reader.operators:
        rule = RULES.get(operator.kind)
        if rule is None:
            raise operator.refuse("it has no layer of nn")
        try:
            rule(reader, operator)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise operator.refuse("its inputs or attributes do not fit each other") from error
    net = reader.net()
    net.float()
    net.evaluate()
    return net
