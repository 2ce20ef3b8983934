"""An nngraph net as lines of a Lua program: a variable for each node, in the order they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from th7shell.lua import LuaError, array

if TYPE_CHECKING:
    from .lua_source import Program

MOST_VARIABLES = 120  # LuaJIT has 200 to a function; beyond, nodes are fields of a table


def graph(program: Program, net: Any, access: str) -> str | None:
    """Put the nodes of a graph into the program; the expression that makes the gModule of them.
    None if its parts are not those of a graph."""
    before = list(program.lines), set(program.names)
    try:
        return _graph(program, net, access)
    except (LuaError, LookupError, TypeError, ValueError, AttributeError):
        program.lines, program.names = before
        return None


def _graph(program: Program, net: Any, access: str) -> str:
    nodes = [node.data for node in array(net.forwardnodes)]
    table = ""
    if len(nodes) > MOST_VARIABLES:
        table = program.name(None, "node")
        program.lines.append(f"local {table} = {{}}")
    variables: dict[int, str] = {}  # id(data of a node) → its variable
    inputs: list[tuple[int, str]] = []
    innode, outnode = net.innode.data, net.outnode.data
    sources = {id(innode): 0}
    for data in nodes:
        if data["selectindex"] is not None and id(array(data["mapindex"])[0]) in sources:
            sources[id(data)] = int(data["selectindex"])
        elif data["nSplitOutputs"] is not None and id(array(data["mapindex"])[0]) in sources:
            sources[id(data)] = 0

    def variable(data: Any, module: Any, other: str | None = None) -> str:
        wanted = data["annotations"]["name"]
        name = program.name(module, wanted if wanted is not None else other)
        return f"{table}.{name}" if table else name

    for data in nodes:
        if data is outnode or id(data) in sources or id(data) in variables:
            continue
        above = array(data["mapindex"])
        if data["nSplitOutputs"] is not None:
            parts = sorted(
                (
                    d
                    for d in nodes
                    if d["selectindex"] is not None and array(d["mapindex"])[0] is data
                ),
                key=lambda d: d["selectindex"],
            )
            if [p["selectindex"] for p in parts] != list(range(1, int(data["nSplitOutputs"]) + 1)):
                raise ValueError("a split of which parts are missing")
            for part in parts:
                variables[id(part)] = variable(part, None, "part")
            names = ", ".join(variables[id(part)] for part in parts)
            local = "" if table else "local "
            program.lines.append(f"{local}{names} = {variables[id(above[0])]}:split({len(parts)})")
            continue
        module = data["module"]
        fed = [d for d in above if id(d) not in sources]
        name = variables[id(data)] = variable(data, module, None if fed else "input")
        given = ", ".join(variables[id(d)] for d in fed)
        if len(fed) != len(above):
            inputs.append((sources[id(above[0])], name))
        part = name.replace(".", "_")
        text = program.expression(module, part, "", 0, f"{name}.data.module")
        if program.learned[part] is not None:
            text = f"learned('{part}', {text})"
        if "\n" in text or " --[[" in text:
            text = f"({text})"
        arguments = f"{{{given}}}" if len(fed) > 1 else given
        local = "" if table else "local "
        program.lines.append(f"{local}{name} = {text}({arguments})")
    outputs = [variables[id(d)] for d in array(outnode.mapindex)]
    first = ", ".join(name for _, name in sorted(inputs))
    return f"nn.gModule({{{first}}}, {{{', '.join(outputs)}}})"
