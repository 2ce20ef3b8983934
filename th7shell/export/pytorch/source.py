"""A net as PyTorch source: a module with named layers, and its weights."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..graph import Graph, Value, leaves
from ..tracing import trace
from .blocks import with_blocks
from .helper_sources import sources
from .lines import wrapped
from .modules import parts_of, rendered, ties
from .naming import numbered
from .steps import Step, steps_of

HEAD = '''"""{title}

Made by `th7shell convert`; the weights are in the .safetensors file beside it.
"""

{imports}

WEIGHTS = Path(__file__).with_suffix(".safetensors")
'''
LISTED = 6  # tensors of a table whose shapes are told
LOADER = '''def load(path=WEIGHTS):
    """The module with its trained weights, in evaluation mode."""
    model = {name}(){double}
    model.load_state_dict(load_file(path))
    return model.eval()


if __name__ == "__main__":
{example}
'''


def to_torch_source(
    net: Any, input_size: Any, name: str = "Net", title: str = ""
) -> tuple[str, dict[str, NDArray[Any]]]:
    """PyTorch source of a net as a class `name`, and the arrays that its weights file holds.

    input_size as for `to_onnx`. The source needs torch and safetensors alone; layers without a
    twin in PyTorch come with it as small modules. Errors: ExportError, which names a layer without
    an equivalent and its place.
    """
    graph = trace(net, input_size)
    graph, classes = with_blocks(graph, name)
    steps = steps_of(graph)
    double = graph.kind == "torch.DoubleTensor"
    chain = len(steps) == 1 and steps[0].plain and steps[0].inputs == [graph.input]
    chain = chain and steps[0].output is graph.output
    if chain:
        lines, state = sequential(steps[0], name, graph)
    else:
        parts = parts_of(graph, steps)
        lines, state = rendered(name, docstring(graph), parts), parts.state
    helpers = [h for step in steps for piece in step.pieces for h in piece.helpers]
    tried = wrapped(f"print(load()({', '.join(examples(graph, double))}))", 4)
    loader = LOADER.format(name=name, double=".double()" * double, example="\n".join(tried))
    known = sources()
    sections = [known[h] for h in known if h in helpers]
    sections += [*classes, "\n".join(lines), loader.rstrip("\n")]
    text = "\n\n\n".join(sections)
    head = HEAD.format(title=title or f"{name}, a PyTorch module.", imports=imports(text))
    return f"{head}\n\n{text}\n", state


def imports(text: str) -> str:
    """The import statements that a source needs."""
    first = ["from pathlib import Path"]
    if "OrderedDict(" in text:
        first.insert(0, "from collections import OrderedDict")
    then = ["import torch"] if "torch." in text else []
    then += ["from safetensors.torch import load_file", "from torch import nn"]
    if "F." in text.replace("nn.F.", ""):
        then.append("from torch.nn import functional as F")
    return "\n".join(first) + "\n\n" + "\n".join(then)


def sequential(step: Step, name: str, graph: Graph) -> tuple[list[str], dict[str, Any]]:
    """A chain of layers as an nn.Sequential with names."""
    names = numbered([piece.stem for piece in step.pieces])
    lines = [f"class {name}(nn.Sequential):", *docstring(graph), "", "    def __init__(self):"]
    lines += ["        super().__init__(", "            OrderedDict("]
    for attribute, piece in zip(names, step.pieces):
        lines += wrapped(f"{attribute}={piece.text},", 16)
    lines += ["            )", "        )"]
    state: dict[str, Any] = {}
    for attribute, piece in zip(names, step.pieces):
        state.update({f"{attribute}.{key}": values for key, values in piece.state.items()})
    return lines + [" " * 8 + text for text in ties(state, lambda path: "self." + path)], state


def docstring(graph: Graph) -> list[str]:
    """What goes in and comes out."""
    values = list(leaves(graph.input))
    names = [f"x{i}" if len(values) > 1 else "x" for i, v in enumerate(values, 1) if v.integer]
    note = f" {' and '.join(names)}: numbers from 1." if names else ""
    text = f'"""{shape_text(graph.input)} -> {shape_text(graph.output)}.{note}"""'
    if len(text) <= 84:
        return [f"    {text}"]
    return [
        f'    """{shape_text(graph.input)}',
        f"    -> {shape_text(graph.output)}.{note}",
        '    """',
    ]


def shape_text(tree: Any) -> str:
    """`(batch, 3, 32, 32)`; tables as lists, long ones cut short."""
    if isinstance(tree, list) and len(tree) > LISTED:
        return f"{shape_text(tree[:2])} … {len(tree)} in all"
    if isinstance(tree, list):
        return ", ".join(
            f"[{shape_text(part)}]" if isinstance(part, list) else shape_text(part) for part in tree
        )
    return "(" + ", ".join(size_text(tree, axis) for axis in range(tree.rank)) + ")"


def size_text(value: Value, axis: int) -> str:
    """A size, or `batch` where it follows the batch."""
    if axis not in value.free:
        return str(value.shape[axis])
    grows = value.larger[axis] - value.shape[axis]
    return "batch" if grows == 1 else f"{grows} * batch"


def examples(graph: Graph, double: bool) -> list[str]:
    """Inputs to try the module with."""
    texts = []
    for value in leaves(graph.input):
        kind = ", dtype=torch.long" if value.integer else ", dtype=torch.double" * double
        function = "ones" if value.integer else "rand"
        texts.append(f"torch.{function}({', '.join(map(str, value.shape))}{kind})")
    return texts
