"""Colours for what stands in the pages as it was seen at a prompt: `th> ` and `$ ` begin what was
typed, the rest is what was answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.lexers import BashLexer, LuaLexer
from pygments.token import Generic, _TokenType

PROMPTS = {"th> ": LuaLexer(), "..> ": LuaLexer(), "$ ": BashLexer()}
LINE = re.compile(f"({'|'.join(map(re.escape, PROMPTS))})(.*\n)")


class Transcript(Lexer):
    """The lexer of blocks that name no language."""

    name = "th7shell transcript"
    aliases = ["th"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Positions, kinds and texts."""
        at = 0
        for line in text.splitlines(keepends=True):
            typed = LINE.fullmatch(line)
            if typed:
                prompt, code = typed.groups()
                yield at, Generic.Prompt, prompt
                for place, kind, word in PROMPTS[prompt].get_tokens_unprocessed(code):
                    yield at + len(prompt) + place, kind, word
            else:
                yield at, Generic.Output, line
            at += len(line)
