"""`:prof`: a network's layers with the time each takes, forward and backward."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from th7shell import lua
from th7shell.lua import TorchError, send
from th7shell.nn.tools.summary import Row, children, own_parameters, summarize, title

from .layers import Layer, LayerTable


def profile(net: Any, input: Any, runs: int = 10) -> LayerTable:
    """The table of `:prof net, input`: milliseconds of each layer, forward and backward."""
    rows = _leaf_rows(net, input)
    timed = leaf_times(net, input, runs)
    names = [(r.place, r.name, r.parameters, r.macs) for r in rows]
    if len(names) != len(timed):
        names = [(str(i + 1), title(m), own_parameters(m), 0) for i, (m, _) in enumerate(timed)]
    total = sum(sum(t) for _, t in timed) or 1.0
    body = []
    for (place, name, parameters, cost), (_, (forward, backward)) in zip(names, timed):
        spent = forward + backward
        cells = (forward, backward, f"{100 * spent / total:5.1f}%", parameters, cost)
        body.append(Layer(place, 0, name, cells, spent))
    whole = tuple(sum(t[i] for _, t in timed) for i in (0, 1))
    foot = [f"{whole[0]:.3f} ms forward, {whole[1]:.3f} ms backward a pass (median of {runs})"]
    heads = (
        ("forward ms", "fwd ms", False),
        ("backward ms", "bwd ms", False),
        ("share", "share", False),
        ("parameters", "params", True),
        ("multiply-adds", "mult-adds", True),
    )
    return LayerTable(heads, body, foot)


def _leaf_rows(net: Any, input: Any) -> list[Row]:
    try:
        return [r for r in summarize(net, (input,)).rows if r.leaf]
    except TorchError:
        return []


def leaf_times(net: Any, input: Any, runs: int) -> list[tuple[Any, list[float]]]:
    """(layer, [forward, backward] milliseconds a pass) of every layer, measured inside whole
    passes: the median, which a busy machine disturbs least."""
    order: list[Any] = []
    spent: dict[int, list[float]] = {}
    passes: list[dict[int, list[float]]] = []

    def timed(module: Any, name: str, slot: int) -> Any:
        original = getattr(type(module), name)

        def call(self: Any, *args: Any) -> Any:
            started = time.perf_counter()
            try:
                return original(self, *args)
            finally:
                spent[id(module)][slot] += 1000 * (time.perf_counter() - started)

        return call

    methods = (("updateOutput", 0), ("updateGradInput", 1), ("accGradParameters", 1))
    for module in _leaves(net):
        if id(module) in spent:
            continue
        spent[id(module)] = [0.0, 0.0]
        order.append(module)
        for name, slot in methods:
            module[name] = timed(module, name, slot)
    try:
        for _ in range(runs + 1):
            for key in spent:
                spent[key] = [0.0, 0.0]
            output = lua.first(send(net, "forward", input))
            send(net, "backward", input, output)
            passes.append(dict(spent))
    finally:
        for module in order:
            for name, _ in methods:
                module[name] = None
        send(net, "zeroGradParameters")
    counted = passes[1:]  # the first made buffers and plans
    return [
        (m, [statistics.median(times[id(m)][slot] for times in counted) for slot in (0, 1)])
        for m in order
    ]


def _leaves(module: Any) -> Iterator[Any]:
    inside = children(module)
    if not inside:
        yield module
    for child in inside:
        yield from _leaves(child)
