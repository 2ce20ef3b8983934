"""The usage texts of argument checkers: what they take, and what they got."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from th7shell.lua import items, lua_type, tostring

from .graph import Graph
from .rules import Rule, Rules

_MOST_FIELDS = 20


def usage(rules: Rules) -> str:
    """The text of some rules: their documentation, with `@ARGT` and `@ARGP` filled in, or the list
    of arguments."""
    if rules.text is None:
        return "\n*Arguments:*\n" + listing(rules)
    return rules.text.replace("@ARGP", parameters(rules)).replace("@ARGT", listing(rules))


def parameters(rules: Rules) -> str:
    """The arguments in a line: `a[, b]`."""
    parts = []
    for i, rule in enumerate(rules.rules):
        name = f"{', ' if i else ''}{tostring(rule.name)}"
        is_optional = rule.opt or rule.default is not None or rule.defaultf is not None
        parts.append(f"[{name}]" if is_optional else name)
    return "".join(parts)


def listing(rules: Rules) -> str:
    """The arguments one a line, with types, help and defaults."""
    width = max((len(tostring(rule.name)) for rule in rules.rules), default=0)
    heads = [_head(rule, width) for rule in rules.rules]
    widest = max(map(len, heads), default=0)
    begin = f"{'' if rules.noordered else '('}{'' if rules.nonamed else '{'}"
    end = f"{'' if rules.nonamed else '}'}{'' if rules.noordered else ')'}"
    lines = [
        f"  {head} {' ' * (widest - len(head))} -- {rule.help}{_default(rule)}"
        for head, rule in zip(heads, rules.rules, strict=True)
    ]
    return "\n".join(["```", begin, *lines, end, "```"])


def _head(rule: Rule, width: int) -> str:
    text = tostring(rule.name).ljust(width) + (f" = {rule.type}" if rule.type else "")
    return f"[{text}]" if rule.may_miss else f" {text}"


def _default(rule: Rule) -> str:
    if rule.defaulta:
        return f" [defaulta={rule.defaulta}]"
    if rule.defaultf is not None:
        return " [has default]"
    if rule.default is None:
        return ""
    if lua_type(rule.default) in ("string", "number", "boolean"):
        return f" [default={tostring(rule.default)}]"
    return " [has default value]"


def complaint(graph: Graph, arguments: tuple[Any, ...], env: Any) -> str:
    """The usage of all rules of a graph, and what a call gave."""
    seen: dict[Rules, None] = {}
    for node in graph.root.all():
        if node.rules is not None:
            seen[node.rules] = None
    return "\n\nor\n\n".join(map(usage, seen)) + f"\n{got(graph, arguments, env)}\n"


def got(graph: Graph, arguments: tuple[Any, ...], env: Any) -> str:
    """The types of a call's arguments, of the fields too where they may be named."""
    type_of: Callable[..., str] = env.type
    types = [f"**{type_of(value)}**" for value in arguments]
    where = -1
    if "N" in graph.root.kinds:
        where = 0 if len(arguments) == 1 else -1
    elif "M" in graph.root.kinds:
        where = 1 if len(arguments) == 2 else -1
    if where >= 0 and env.istype(arguments[where], "table"):
        types[where] = f"**table**={{ {', '.join(_fields(items(arguments[where]), type_of))} }}"
    return f"*Got:* {', '.join(types)}"


def _fields(pairs: Iterable[tuple[Any, Any]], type_of: Callable[..., str]) -> Iterable[str]:
    for count, (key, value) in enumerate(pairs, 1):
        if count > _MOST_FIELDS:
            yield "..."
            return
        if key.__class__ is str:
            yield f"**{key}={type_of(value)}**"
        else:
            yield f"**[{type_of(key)}]**=?"
