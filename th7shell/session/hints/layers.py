"""An error inside a net: which layer, by its own text, and what it expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from th7shell.lua import LuaObject, Table, array, tostring
from th7shell.lua.stdlib.texts import to_text

from ..members import is_tensor
from ..members import type_name as typename
from .row import Row, rows
from .scene import Scene, steps
from .tensors import flat, sizes, tensor_kind

TABLES = frozenset(  # layers that take a table of tensors
    "JoinTable CAddTable CSubTable CMulTable CDivTable CMaxTable CMinTable ParallelTable DotProduct "
    "MixtureTable SelectTable NarrowTable FlattenTable CosineDistance PairwiseDistance MM MV "
    "Bilinear Index MaskedSelect PartialLinear NaN Pack CAddTensorTable CrossProduct".split()
) - {"NaN", "PartialLinear", "Pack"}
BACKWARD = frozenset(("updateGradInput", "accGradParameters", "backward"))
PASSES = BACKWARD | {"updateOutput", "forward"}
LONGEST = 60


def text_of(module: Any) -> str:
    """A layer as it shows itself, on one line."""
    try:
        text = to_text(tostring(module))
    except Exception:  # of a layer whose fields were damaged
        text = typename(module) or "a layer"
    return text if "\n" not in text and len(text) <= LONGEST else str(typename(module))


def is_layer(value: Any) -> bool:
    """Whether a value is a module or a criterion."""
    if not isinstance(value, Table):
        return False
    return any(c.__name__ in ("Module", "Criterion") for c in type(value).__mro__)


@dataclass
class Place:
    """Where in a net an error came up. way: the containers, with the number of the child in each;
    function: the method of the layer that failed; given, gradient: its input and gradOutput."""

    way: list[tuple[Any, int]]
    layer: Any = None
    function: str = ""
    given: Any = None
    gradient: Any = None


def place_of(error: BaseException | None) -> Place:
    """The layer that failed, and the way to it."""
    found = Place([])
    for tb in steps(error):
        held, code = tb.tb_frame.f_locals, tb.tb_frame.f_code
        module = held.get("self")
        if not is_layer(module):
            continue
        if code.co_name == "__init__":
            return Place([])
        if module is not found.layer:
            number = child_number(found.layer, module) if found.layer is not None else 0
            if number:
                found.way.append((found.layer, number))
            elif code.co_name not in PASSES:
                continue  # a part of a layer, or a criterion inside another
            found = Place(found.way, module)
        if code.co_name in PASSES:
            found.function = code.co_name
            found.given = held.get("input", found.given)
            found.gradient = held.get("gradOutput", found.gradient)
    return found


def child_number(container: Any, module: Any) -> int:
    """The number of a child in its container, 0 of what is none."""
    children = container["modules"]
    if not isinstance(children, Table):
        return 0
    return next((i for i, m in enumerate(array(children), 1) if m is module), 0)


def _layer(scene: Scene, found: re.Match[str]) -> str | None:
    place = place_of(scene.error)
    if place.layer is None or not place.function:
        return None
    expected = expectation(place)
    if expected is not None and expected.startswith("the net is"):
        return expected
    places = [f"module {number} of {typename(c)}" for c, number in place.way]
    if expected is None and (typename(place.layer) or "").endswith("Criterion"):
        return None
    where = f"in {', '.join(places)}, " if places else ""
    expected = expected or f"got {shown(place.given)}"
    return f"{where}{text_of(place.layer)}: {expected}"


def shown(value: Any) -> str:
    """What a layer was given."""
    if is_tensor(value):
        return f"a {tensor_kind(value)} tensor of size {sizes(value)}"
    if isinstance(value, Table) and typename(value) is None:
        return "a table of " + ", ".join(shown(v) for v in array(value)[:4])
    if isinstance(value, str):
        return "a text"
    if value is None:
        return "nothing"
    return typename(value) or f"a {type(value).__name__}".replace("int", "number").replace(
        "float", "number"
    )


def expectation(place: Place) -> str | None:
    """What a layer wants and what it was given instead, None where that is not known."""
    layer, given = place.layer, place.given
    name = (typename(layer) or "").rpartition(".")[2]
    if name.endswith("Criterion"):
        return None
    if place.function in BACKWARD:
        return _gradient(layer, place.gradient)
    if name in TABLES:
        if not isinstance(given, Table) or typename(given) is not None:
            return f"expected a table of tensors, got {shown(given) if not is_tensor(given) else 'a tensor'}"
        return None
    if not is_tensor(given):
        plain = isinstance(given, Table) and typename(given) is None
        leaf = layer["modules"] is None
        if leaf and (plain or not isinstance(given, LuaObject)):
            return f"expected a tensor, got {'a table' if plain else shown(given)}"
        return None
    kind = types_differ(layer, given)
    if kind is not None:
        return kind
    for cls in type(layer).__mro__:
        check = EXPECTED.get(cls.__name__)
        if check is not None:
            return check(layer, given)
    return None


def _gradient(layer: Any, gradient: Any) -> str | None:
    """What is wrong with the gradient that a layer was given."""
    if gradient is None:
        return "backward takes the input and the gradient of the output: net:backward(x, dy)"
    output = layer["output"]
    if is_tensor(output) and not is_tensor(gradient):
        return f"the gradient is {shown(gradient)}; crit:backward(y, target) gives one"
    if not is_tensor(output):
        return None
    if tensor_kind(output) != tensor_kind(gradient):
        return f"its output is {tensor_kind(output)}, the gradient {tensor_kind(gradient)}"
    if output.nd.shape == (0,):
        return "forward comes before backward: net:forward(x)"
    if output.nd.shape != gradient.nd.shape:
        return f"its output has size {sizes(output)}, the gradient {sizes(gradient)}"
    return None


def types_differ(layer: Any, given: Any) -> str | None:
    """A layer of one kind of numbers and an input of another."""
    weight = layer["weight"] if is_tensor(layer["weight"]) else layer["output"]
    if not is_tensor(weight) or typename(layer) == "nn.LookupTable":
        return None
    mine, its = tensor_kind(weight), tensor_kind(given)
    if mine == its:
        return None
    return f"the net is {mine}, its input {its}: net:{its.lower()}() or x:{mine.lower()}()"


def _linear(layer: Any, x: Any) -> str | None:
    wanted = layer.weight.nd.shape[1]
    if x.nd.ndim > 2:
        return f"expected inputs of {wanted} (or a batch of them), got size {sizes(x)}: nn.View flattens"
    got = x.nd.shape[-1] if x.nd.shape != (0,) else 0
    return None if got == wanted else f"expected inputs of {wanted}, got {got}"


def _planes(name: str, dims: int, what: str) -> Callable[[Any, Any], str | None]:
    def check(layer: Any, x: Any) -> str | None:
        wanted = layer[name]
        shape = x.nd.shape
        if x.nd.ndim not in (dims, dims + 1):
            return f"expected {what} ({dims}D, or {dims + 1}D for a batch), got size {sizes(x)}"
        got = shape[-dims]
        if isinstance(wanted, int) and got != wanted:
            return f"expected {wanted} planes, got {got} (size {sizes(x)})"
        return f"got size {sizes(x)}, too small for its kernel"

    return check


def _frames(layer: Any, x: Any) -> str | None:
    wanted = layer.inputFrameSize
    if x.nd.ndim not in (2, 3):
        return f"expected frames x {wanted} (2D, or 3D for a batch), got size {sizes(x)}"
    got = x.nd.shape[-1]
    return (
        f"expected frames of {wanted}, got {got}"
        if got != wanted
        else f"got only {x.nd.shape[-2]} frames"
    )


def _image(layer: Any, x: Any) -> str | None:
    if x.nd.ndim not in (3, 4):
        return f"expected planes x height x width (3D, or 4D for a batch), got size {sizes(x)}"
    return f"got size {sizes(x)}"


def _features(layer: Any, x: Any) -> str | None:
    wanted = layer.running_mean.nd.shape[0]
    dims = layer.nDim
    if isinstance(dims, int) and x.nd.ndim != dims:
        return f"expected a batch ({dims}D) with {wanted} features, got size {sizes(x)}"
    got = x.nd.shape[1] if x.nd.ndim > 1 else x.nd.shape[0]
    return f"expected {wanted} features, got {got}"


def _lookup(layer: Any, x: Any) -> str | None:
    count = layer.weight.nd.shape[0]
    wrong = [v for v in flat(x) if not 1 <= v <= count or v != int(v)]
    return f"expected indices 1 to {count}, got {wrong[0]:g}" if wrong else None


def _view(layer: Any, x: Any) -> str | None:
    wanted = layer["numElements"] or layer["nelement"]
    if not isinstance(wanted, int):
        return None
    return f"expected {wanted} elements, got {x.nd.size} (size {sizes(x)})"


EXPECTED: dict[str, Callable[[Any, Any], str | None]] = {
    "Linear": _linear,
    "LinearWeightNorm": _linear,
    "SpatialConvolution": _planes("nInputPlane", 3, "planes x height x width"),
    "SpatialFullConvolution": _planes("nInputPlane", 3, "planes x height x width"),
    "SpatialDilatedConvolution": _planes("nInputPlane", 3, "planes x height x width"),
    "SpatialConvolutionLocal": _planes("nInputPlane", 3, "planes x height x width"),
    "VolumetricConvolution": _planes("nInputPlane", 4, "planes x time x height x width"),
    "VolumetricFullConvolution": _planes("nInputPlane", 4, "planes x time x height x width"),
    "TemporalConvolution": _frames,
    "SpatialMaxPooling": _image,
    "SpatialAveragePooling": _image,
    "SpatialUpSamplingNearest": _image,
    "SpatialZeroPadding": _image,
    "BatchNormalization": _features,
    "LookupTable": _lookup,
    "View": _view,
    "Reshape": _view,
}


def _criterion(scene: Scene, found: re.Match[str]) -> str | None:
    """A criterion that was given an input and a target that do not belong together."""
    for tb in reversed(steps(scene.error)):
        held = tb.tb_frame.f_locals
        criterion = held.get("self")
        if not is_layer(criterion) or not (typename(criterion) or "").endswith("Criterion"):
            continue
        x, target = held.get("input"), held.get("target")
        name = typename(criterion)
        if target is None and "target" in held:
            return f"{name} takes an input and a target: crit:forward(x, target)"
        if is_tensor(x) and is_tensor(target) and tensor_kind(x) != tensor_kind(target):
            told = f"the input is {tensor_kind(x)}, the target {tensor_kind(target)}"
            return f"{told}: target:{tensor_kind(x).lower()}()"
        if target is None or (is_tensor(x) and is_tensor(target) and x.nd.shape == target.nd.shape):
            continue
        if is_tensor(x) and is_tensor(target):
            return f"{name}: the input has size {sizes(x)}, the target {sizes(target)}"
        return f"{name}: the input is {shown(x)}, the target {shown(target)}"
    return None


LAYERS: list[Row] = list(rows("message", [(r"\A", _layer), (r"\A", _criterion)]))
