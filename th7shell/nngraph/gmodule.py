"""nn.gModule: a container whose modules are the nodes of a graph."""

from __future__ import annotations

from typing import Any

from th7shell.graph.graphs import in_order
from th7shell.lua import Table, TorchError, array, contents, items, new_table, send
from th7shell.lua.callers import nothing
from th7shell.nn.container import Container
from th7shell.nn.helpers.utils import convert, is_plain
from th7shell.nn.module import call
from th7shell.torch.classes import torch_type, typename
from th7shell.torch.serialization.fields import read_fields
from th7shell.torch.tensor import Tensor

from .calls import nodes_of
from .node import Node
from .running import run_backward, run_forward, run_parameters


class gModule(Container, name="nn.gModule"):
    """A network as a graph without cycles: gModule({inputs}, {outputs}), tables of nodes.

    With one input, `forward` takes it as it is, with several their table; so with outputs. A node
    that feeds several gets the sum of their gradients. All inputs must be used, all nodes made of
    nodes in the graph must lead to an output, and all outputs of a `split` must be used.

    Fields: forwardnodes and backwardnodes (the nodes in the order they run), fg and bg (the
    graphs), innode and outnode, nInputs, verbose (print each node as it runs). The state of a node
    is in its `data`, see nngraph.Node.

    Source: torch/nngraph, README.md.

    >>> x = nn.Identity()()
    >>> y = nn.CAddTable()([nn.Tanh()(x), nn.Linear(3, 3)(x)])
    >>> net = nn.gModule([x], [y])
    >>> net.forward(torch.randn(3))
    """

    forwardnodes: Any = None
    backwardnodes: Any = None
    nInputs: Any = None
    name: Any = None
    innode: Any = None
    outnode: Any = None
    verbose: Any = None

    def __init__(self, inputs: Any = None, outputs: Any = None, *_: Any) -> None:
        super().__init__()
        outnode = Node(new_table(fields={"input": new_table()}))
        for node in nodes_of(outputs, "outputs"):
            outnode.add(node, True)
        sources = nodes_of(inputs, "inputs")
        if not sources:
            raise TorchError("no inputs are not supported")
        innode = Node(new_table(fields={"input": new_table()}))
        if len(sources) == 1:
            sources[0].add(innode, True)
        else:
            if any(len(node.children) for node in sources):
                raise TorchError("an input should have no inputs")
            for node, part in zip(sources, send(innode, "split", len(sources))):
                node.add(part, True)
        self.bg = outnode.graph()
        self.fg = self.bg.reverse()[0]
        self.innode = root_of(self.fg, innode.data)
        self.outnode = outnode
        self.verbose = False
        self.nInputs = len(sources)
        self.forwardnodes = new_table(in_order(self.fg))
        self.backwardnodes = new_table(in_order(self.bg))
        for node in connected(array(self.forwardnodes)):
            self.add(node.data.module)
        several = len(outnode.children) > 1
        self.output = outnode.data.input if several else None
        self.gradInput = None

    # -- running

    def runForwardFunction(self, func: Any = None, input: Any = None, *_: Any) -> Any:
        """Run all nodes: `func` is the name of the method to call on each module with its input,
        or a function(module, input).
        """
        count = len(self.innode.children) if self.nInputs is None else self.nInputs
        if count <= 1:
            given = [] if input is None else [input]
        elif not isinstance(input, Table):
            raise TorchError(f"expecting table of {count} inputs")
        else:
            given = array(input)
        if len(given) != count:
            raise TorchError(f"Got {len(given)} inputs instead of {count}")
        self.output = run_forward(self, func, given)
        return self.output

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        """Run the input through the graph."""
        return call(self, "runForwardFunction", "updateOutput", input)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        """Run the gradient through the graph, from the outputs to the inputs."""
        self._check_outputs(gradOutput)
        self.gradInput = run_backward(self, gradOutput)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = 1, *_: Any
    ) -> Any:
        """Accumulate the parameters' gradients of all modules."""
        self._check_outputs(gradOutput)
        run_parameters(self, scale)
        return nothing()

    def _check_outputs(self, gradOutput: Any) -> None:
        count = len(self.outnode.children)
        if count > 1 and (given := len(gradOutput)) != count:
            raise TorchError(f"Got {given} gradOutputs instead of {count}")

    # -- the whole graph

    def replace(self, callback: Any = None, *_: Any) -> Any:
        """Put `callback(module)` in the place of every module in the graph; return that of this
        one.
        """
        out = callback(self)
        places = {id(module): i for i, module in enumerate(array(self.modules), 1)}
        for node in array(self.forwardnodes):
            module = node.data["module"]
            if module is not None:
                node.data.module = self.modules[places[id(module)]] = call(
                    module, "replace", callback
                )
        return out

    def map(self, gm: Any = None, func: Any = None, *_: Any) -> Any:
        """Call `func(module, other)` for the modules of this graph and of another that is built
        alike.
        """
        others = array(gm.forwardnodes)
        for i, node in enumerate(array(self.forwardnodes)):
            module = node.data["module"]
            other = others[i].data["module"] if i < len(others) else None
            if i >= len(others) or (module is not None and other is None):
                raise TorchError("trying to map another gModule with a different structure")
            if module is not None:
                func(module, other)
        return nothing()

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert every tensor of the modules and of the nodes to `type`; without it, tell it."""
        if type is None:
            return self._type
        cache = new_table() if tensorCache is None else tensorCache
        for module in array(self.modules):
            send(module, "type", type, cache)
        for node in array(self.forwardnodes):
            convert_fields(node.data, type, cache)
        convert_fields(self, type, cache)
        self._type = type
        return self

    def clearState(self, *_: Any) -> Any:
        """Drop the buffers of all modules and nodes; return self."""
        super().clearState()
        for node in array(self.forwardnodes):
            for field in ("input", "gradOutput", "gradOutputBuffer"):
                node.data[field] = None
        return self

    def read(self, file: Any, *_: Any) -> None:
        """Read the fields from a file; one of old has its modules in the nodes alone."""
        read_fields(self, file)
        if self.modules is None:
            modules = (node.data["module"] for node in array(self.forwardnodes))
            self.modules = new_table(module for module in modules if module is not None)

    def __str__(self) -> str:
        return self.name or torch_type(self)


def root_of(graph: Any, data: Any) -> Any:
    """The node of a forward graph that stands for the inputs; beside it, only nodes of parameters
    may be without inputs.
    """
    roots = array(graph.roots())
    found = None
    for root in roots:
        if root.data is data:
            found = root
        elif len(roots) > 1:
            module = root.data["module"]
            if module is None:
                raise TorchError("Expected nnop.Parameters node, module not found in node")
            if typename(module) != "nnop.Parameters":
                raise TorchError(f"Expected nnop.Parameters node, found : {typename(module)}")
    if found is None:
        raise TorchError(
            "input node not found among roots"
            if len(roots) > 1
            else "expecting the forward innode"
            if roots
            else "expecting only one start"
        )
    return found


def connected(nodes: list[Any]) -> list[Any]:
    """Number the nodes, see that nothing dangles, and return those with a module."""
    places = {id(node.data): i for i, node in enumerate(nodes)}
    for i, node in enumerate(nodes):
        data = node.data
        splits = data["nSplitOutputs"]
        if splits is not None and splits != len(node.children):
            raise TorchError(
                f"{splits - len(node.children)} of split({splits}) outputs from the node "
                f"declared at {data.annotations._debugLabel} are unused"
            )
        fed = data.reverseMap
        if any(places.get(id(node.data), -1) <= i for node in contents(fed)):
            lost = (node for node, _ in items(fed) if places.get(id(node.data), -1) <= i)
            label = next(lost).data.annotations._debugLabel
            raise TorchError(f"node declared on {label} does not connect to gmodule output")
        data.forwardNodeId = node.id
    return [node for node in nodes if node.data["module"] is not None]


def convert_fields(table: Any, type: str, cache: Any) -> None:
    """Convert the tensors among the fields of a table, and in lists there."""
    for key, value in list(items(table)):
        table[key] = converted(value, type, cache)


def converted(value: Any, type: str, cache: Any) -> Any:
    """A tensor as `type`; a list with its tensors converted; anything else as it is."""
    if isinstance(value, Tensor):
        return convert(value, type, cache)
    if is_plain(value):
        for i, entry in enumerate(array(value), 1):
            value[i] = converted(entry, type, cache)
    return value
