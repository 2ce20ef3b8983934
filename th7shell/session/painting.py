"""What a token of Lua code is, for its colour: the names that Pygments gives, so that its styles
apply, with Torch's names as builtins."""

from __future__ import annotations

from collections.abc import Iterator

from .scan import Token, tokens

PACKAGES = frozenset("torch nn optim image paths sys xlua gnuplot itorch nngraph".split())
LIBRARY = frozenset(
    "assert collectgarbage coroutine debug dofile error getmetatable io ipairs load loadstring "
    "math next os package pairs pcall print rawequal rawget rawset require select setmetatable "
    "string table tonumber tostring type unpack xpcall".split()
)
CONSTANTS = frozenset({"nil", "true", "false"})
KINDS = {
    "comment": "Comment",
    "string": "Literal.String",
    "number": "Literal.Number",
    "keyword": "Keyword",
    "op": "Operator",
}


def kind_of(word: Token, follows: str) -> str:
    """The kind of a token; follows: the text of the next one."""
    if word.kind == "open":
        return KINDS["comment" if word.text.startswith("--") else "string"]
    if word.kind != "name":
        return "Keyword.Constant" if word.text in CONSTANTS else KINDS[word.kind]
    if word.text in PACKAGES or word.text in LIBRARY:
        return "Name.Builtin"
    called = follows[:1] in ("(", "{", '"', "'") and follows
    return "Name.Function" if called else "Name"


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each piece of code; kind is '' between tokens."""
    at = 0
    words = tokens(text)
    for i, word in enumerate(words):
        if text[at : word.start]:
            yield "", text[at : word.start]
        yield kind_of(word, words[i + 1].text if i + 1 < len(words) else ""), word.text
        at = word.end
    if text[at:]:
        yield "", text[at:]
