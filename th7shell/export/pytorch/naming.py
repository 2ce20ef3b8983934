"""Names for the parts of a PyTorch module, as a person would choose them."""

from __future__ import annotations

import keyword
import re
from collections import Counter

from .pieces import Layer
from .steps import Step

RESERVED = {"self", "torch", "nn", "F", "load", "forward", "train", "eval", "type", "training"}
ADDED, JOINED = ("nn.CAddTable",), ("nn.JoinTable", "nn.Concat")


def stem_of(step: Step) -> str:
    """What a module is called, before it is numbered."""
    label = re.sub(r"\W+", "_", step.label).strip("_")
    if label.isidentifier() and not keyword.iskeyword(label) and label not in RESERVED:
        return label
    if len(step.pieces) == 1:
        return step.piece.stem
    stems = {piece.stem for piece in step.pieces if isinstance(piece, Layer)}
    readers = {reader.kind for reader in step.readers}
    if readers & set(JOINED) and not readers - set(JOINED):
        return "branch"
    if readers and not readers - set(ADDED):
        return "block" if len(step.pieces) > 2 else "shortcut"
    if stems & {"block", "inception"}:
        return "layers"
    if stems & {"conv", "up"}:
        return "features"
    return "classifier" if "fc" in stems and not step.readers else "layers"


def give_names(steps: list[Step]) -> None:
    """Name all modules, with numbers where stems repeat; those with the same arrays are one."""
    shared: dict[object, Step] = {}
    modules = []
    for step in steps:
        if not step.is_module:
            continue
        key = identity(step)
        if key is not None and key in shared:
            step.name = ""  # takes that of the other, below
            step.label = step.label or shared[key].label
            modules.append((step, shared[key]))
            continue
        if key is not None:
            shared[key] = step
        modules.append((step, step))
    own = [step for step, first in modules if step is first]
    names = numbered([stem_of(step) for step in own])
    for step, name in zip(own, names):
        step.name = name
    for step, first in modules:
        step.name = first.name


def numbered(stems: list[str]) -> list[str]:
    """Stems with a number where there are several."""
    counts, seen, names = Counter(stems), Counter[str](), []
    for stem in stems:
        seen[stem] += 1
        names.append(f"{stem}{seen[stem]}" if counts[stem] > 1 else stem)
    return names


def identity(step: Step) -> object:
    """What two uses of one module have in common: text and memory; None without memory."""
    arrays = [values for piece in step.pieces for values in piece.state.values()]
    if not arrays:
        return None
    places = tuple(
        (values.__array_interface__["data"][0], values.shape, values.strides) for values in arrays
    )
    return tuple(piece.text for piece in step.pieces), places


def class_name(stem: str) -> str:
    """A class's name from a file's: `my-net` gives MyNet."""
    parts = re.findall(r"[A-Za-z0-9]+", stem)
    name = "".join(part[0].upper() + part[1:] for part in parts)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"Net{name}"
