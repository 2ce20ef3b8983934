"""Habits from Python, C, JavaScript, MATLAB and R that do not compile as Lua: what is written
instead. Looked for in the failing line; the first that is found is told."""

from __future__ import annotations

import re

from .row import Row, rows
from .scene import Scene

OPERATOR = r"(?:\+|-|\*|/|%|\^|\.\.)"
PLACE = r"[A-Za-z_][\w.]*(?:\[[^\]]*\])*"
BLOCKS = {
    "if": "if … then … end",
    "elif": "elseif … then",
    "else": "else … end",
    "while": "while … do … end",
    "for": "for i = 1, 10 do … end",
    "def": "function f(x) … end",
    "class": "torch.class('Name', 'nn.Module')",
    "with": "local f = io.open('name') … f:close()",
    "try": "pcall(function() … end)",
    "except": "pcall(function() … end)",
}


def _block(scene: Scene, found: re.Match[str]) -> str:
    return f"a block has no colon in Lua: {BLOCKS[found[1]]}"


def _package(scene: Scene, found: re.Match[str]) -> str:
    name = {"numpy": "torch", "np": "torch"}.get(found[1], found[1])
    tail = "; here it is loaded when you name it" if scene.typed else ""
    return f"a package is loaded by require '{name}'{tail}"


def _slice(scene: Scene, found: re.Match[str]) -> str:
    return f"a slice is {found[1]}[{{{{first, last}}}}], counted from 1; {{}} is all of a dimension"


HABITS: list[Row] = [
    *rows(
        "code",
        [
            # Loading, and declaring
            (r"^\s*from\s+(\w+)[\w.]*\s+import\b", _package),
            (r"^\s*(?:import|using|library|include)\s*\(?\s*(\w+)", _package),
            (r"\brequire\s*\(?([\"']\w+[\"'])\)?\s+as\s+(\w+)", "local {2} = require {1}"),
            (r"\brequire\s+([A-Za-z_]\w*)", "require takes a name in quotes: require '{1}'"),
            (r"\blambda\b\s*([\w, ]*):\s*(.+)", "a function is function({1}) return {2} end"),
            (r"[{,]\s*[\w\"']+\s*=>", "keys are written {name = 1} or {['name'] = 1}"),
            (r"\(?([\w, ]*)\)?\s*=>\s*", "a function is function({1}) return … end"),
            (
                r"^\s*(let|var|const|auto|int|float|double|bool|string|char)\s+(\w+)\s*=\s*(.*)$",
                "Lua has no {1}: local {2} = {3}",
            ),
            (
                r"^\s*(?:int|float|double|bool|void|char)\s+(\w+)\s*\(",
                "a function is function {1}(…) … end",
            ),
            (r"^\s*(?:int|float|double|bool|char)\s+(\w+)\s*;?\s*$", "a variable is local {1}"),
            (r"^\s*local\s+(?:int|float|double|bool|boolean|string|number|auto|var|let)\s+(\w+)", "a variable has no type: local {1}"),
            (r"^\s*local\s+\w+\.", "local is for plain names: leave local out"),
            (r"^\s*(?:global|nonlocal)\s+(\w+)", "every name is global unless it is made local: {1} = …"),
            (r"^\s*del\s+(.+)$", "there is no del: {1} = nil"),
            (r"\bnew\s+([A-Za-z][\w.]*)", "an object is made without new: {1}(…)"),
            # Functions and classes
            (r"@\(([\w, ]*)\)", "a function is function({1}) return … end"),
            (r"^\s*function\s+\w+\s*=\s*(\w+)\s*\(", "a function is function {1}(x) … return y end"),
            (r"^\s*def\s+(\w+)\s*(\([^)]*\))", "a function is function {1}{2} … end"),
            (r"^\s*(?:func|fn|fun|sub|proc)\s+(\w+)", "a function is function {1}(…) … end"),
            (r"\bfunction\s*(\w*\s*\([^)]*\))\s*\{", "a function is function {1} … end, without braces"),
            (r"^\s*(\w+)\s*(?:=|<-)\s*function\s*(\([^)]*\))(?!.*\bend\b)", "a function ends with end: {1} = function{2} … end"),
            (r"\bfunction\b[^()]*\([^)]*\b(\w+)\s*=\s*([^,)]+)", "an argument has no default; inside: {1} = {1} or {2}"),
            (r"\bfunction\b[^()]*\([^)]*(?:\w+\s*:|\w+ \w+)", "arguments have no types: function f(a, b) … end"),
            (r"\bfunction\b[^()]*\([^)]*\)\s*:", "a function has no colon: function f(x) … end"),
            (r"^\s*(?:class|struct|interface)\s+(\w+)", "a class is torch.class('{1}', 'nn.Module')"),
            (r"^\s*@\w+", "Lua has no decorators: f = decorate(f)"),
            (r"\*\*?(?:kw)?args\b", "further arguments are ..., a table of them {...}"),
            # Control
            (r"\bfor\s*\(\s*(?:int |let |var )?\s*(\w+)\s*=\s*(\w+)\s*;", "a loop is for {1} = {2}, 10 do … end"),
            (r"\bfor\s*\(?\s*(\w+)\s*=\s*(\w+)\s*(?::|to\b|\.\.)\s*([\w.]+)", "a loop is for {1} = {2}, {3} do … end"),
            (r"\bfor\s*\(?\s*(\w+)\s+in\s+(\d+)\s*(?::|\.\.)[.<]?\s*([\w.]+)", "a loop is for {1} = {2}, {3} do … end"),
            (r"\b(?:for|foreach)\b.*\bin\s+range\((\w+)\)\s*:", "a loop is for i = 1, {1} do … end"),
            (r"\b(?:for|foreach)\s+\(?(?:each |const |let |var |auto )?(\w+)\s+(?:in|of)\s+([\w.]+)\s*\)?\s*(?:(?:[:{]|do\b).*)?$", "a loop over a table is for i, {1} in ipairs({2}) do … end"),
            (r"\bswitch\b|\bcase\b.*:|\bmatch\b.*\{", "Lua has no switch: if … then … elseif … then … end"),
            (r"^\s*(?:try|catch|except|finally)\b", "errors are caught by ok, message = pcall(function() … end)"),
            (r"^\s*(?:raise|throw)\b", "an error is raised by error('message')"),
            (r"\b(?:async|await|yield)\s+\w", "coroutines are coroutine.wrap(function() coroutine.yield(x) end)"),
            (r"\belse\s+if\b", "else if opens a second block: write elseif"),
            (r"\b(?:elif|elsif|elsewhen)\b", "else if is one word: elseif … then"),
            (r"\b(?:endif|endfor|endwhile|endfunction|fi|done)\b", "every block ends with end"),
            (r"^\s*continue\b|\bcontinue\s+end\b", "there is no continue: goto next, and ::next:: before the end"),
            (r"^\s*(?:}\s*)?(?:if|while)\b.*\)\s*\{|\)\s*\{\s*$|^\s*\}", "Lua has no braces: if … then … end, while … do … end"),
            (r"\buntil\s+\(?(" + PLACE + r")\s*=\s*([^=].*)$", "to compare write ==: until {1} == {2}"),
            (r"^\s*(?:if|while|for)\b(?!.*\b(?:then|do)\b).*\{", "Lua has no braces: if … then … end, while … do … end"),
            (r"^\s*unless\b\s*(.*?)\s*\bthen\b", "unless is if not: if not ({1}) then … end"),
            (r"=\s*if\b(.+?)\bthen\b(.+?)\belse\b(.+?)(?:\bend\b|$)", "a choice is {1} and {2} or {3}"),
            (r"\breturn\s+if\b", "an if stands before return: if … then return x end"),
            (r"\b(?:if|elseif|while|until)\b\s*\(?\s*(" + PLACE + r")\s*=\s*([^=\s][^=]*?)\)?\s*\b(then|do)\b", "to compare write ==: if {1} == {2} {3}"),
            (r"^\s*(if|elif|else|while|for|def|class|with|try|except)\b.*?(?<=[\w)\]\s\"']):(?:\s|$)", _block),
            (r"^\s*do\b.*\bwhile\b|^\s*do\s*\{|\}\s*while\b", "a loop that runs once at least is repeat … until x"),
            # Assignments and operators
            (r"^\s*(?:local\s+)?([A-Za-z_]\w*)-([A-Za-z_]\w*)\s*=[^=]", "a name has letters, digits and _: {1}_{2}"),
            (r"^\s*(?:local\s+)?(" + PLACE + r")\s*=\s*(" + PLACE + r")\s*=\s*([^=].*)$", "one assignment at a time: {2} = {3}; {1} = {2}"),
            (r"^\s*(?:local\s+)?(" + PLACE + r")\s*=\s*([^,={}()]+),\s*(" + PLACE + r")\s*=\s*([^=].*)$", "one assignment after the other: {1} = {2}; {3} = {4}"),
            (r"^\s*([\w.:]+)\([^()]*\)\s*=[^=]", "a call cannot be assigned to; a position is {1}[i] = …"),
            (r"(\S+)\s*!==?\s*(\S+)", "not equal is ~= in Lua: {1} ~= {2}"),
            (r"(\S+)\s*(?:===)\s*(\S+)", "equal is == in Lua: {1} == {2}"),
            (r"(\S+)\s*<>\s*(\S+)", "not equal is ~= in Lua: {1} ~= {2}"),
            (r"&&", "write and in Lua: a and b"),
            (r"\|\|", "write or in Lua: a or b"),
            (r"!\s*([\w(])", "write not in Lua: not {1}…"),
            (r"(" + PLACE + r")\s*(" + OPERATOR + r")=\s*(.+)$", "Lua has no {2}=: {1} = {1} {2} {3}"),
            (r"(" + PLACE + r")\s*\+\+|\+\+\s*(" + PLACE + r")", "Lua has no ++: {1}{2} = {1}{2} + 1"),
            (r"(\S+?)\s*\*\*\s*(\S+)", "a power is ^ in Lua: {1} ^ {2}"),
            (r"^\s*//|^[^/]*[;)\w]\s+//\s+[A-Za-z]+\s+[A-Za-z]", "a comment begins with --"),
            (r"/\*", "a comment is --[[ … ]], to the end of a line -- …"),
            (r"(\S+)\s*//\s*(\S+)", "whole division is math.floor({1} / {2})"),
            (r"\?.*:", "Lua has no ?: … write condition and a or b"),
            (r"(\S+)\s*:=\s*(.+)$", "an assignment is {1} = {2}"),
            (r"\bcout\s*<<", "print(x)"),
            (r"(?<!\w)([\"'][^\"']*[\"'])\s*&|&\s*[\"']", "texts are joined with two dots: 'a' .. 'b'"),
            (r"\s[&|]\s", "write and, or; of bits bit.band(x, y), bit.bor(x, y)"),
            (r"<<|>>", "bits are shifted by bit.lshift(x, n) and bit.rshift(x, n)"),
            (r"(\w+)\s*%(?:in|o|x|\*)%\s*(\w+)", "R's operators are functions here: torch.mm({1}, {2}) multiplies matrices"),
            (r"(\w+)\s*\.([*/^])\s*(\w+)", "element by element is torch.cmul(x, y), torch.cdiv(x, y), torch.pow(x, n)"),
            (r"(\w+)\s*@\s*(\w+)", "matrices are multiplied by {1} * {2}"),
            (r"(\w+)\s+(?:equals|eq)\s+(\w+)", "equal is == in Lua: {1} == {2}"),
            (r"(\w+)\s+mod\s+(\w+)", "the rest of a division is {1} % {2}"),
            (r"(\w+)\s+div\s+(\w+)", "whole division is math.floor({1} / {2})"),
            (r"(\S+)\s+is\s+not\s+(\S+)", "compare with ~=: {1} ~= {2}"),
            (r"(\S+)\s+is\s+(\S+)", "compare with ==: {1} == {2}"),
            (r"(\S+)\s+(?:not )?in\s+(\w+)\s+then\b", "Lua has no in: {2}[{1}] ~= nil asks for a key"),
            (r"(?:^.*?=\s*)?(\S.*?)\s+if\s+(.+?)\s+else\s+(.+)$", "a choice is {2} and {1} or {3}"),
            (r"(" + PLACE + r")\s*(?:->|::)\s*(\w+)\s*\(", "call methods with a colon: {1}:{2}(…)"),
            (r"(" + PLACE + r")\s*(?:->|::)\s*(\w+)", "a field is {1}.{2}, a method {1}:{2}(…)"),
            (r"&\s*(\w+)", "Lua has no pointers: {1} is a reference already"),
            # Values
            (r"^\s*([\"'][^\"']*[\"'])\s*[:.]\s*(\w+)", "a text in parentheses has methods: ({1}):{2}()"),
            (r"(?<!\w)([\"'][^\"']*[\"'])\s*\[", "a part of a text is ({1}):sub(1, 1)"),
            (r"[\"']\s+\.\s*[\w\"']", "texts are joined with two dots: 'a' .. 'b'"),
            (r"\}\s*\[", "a table has a name before it is indexed: t = {…}, then t[1]"),
            (r"[{,]\s*(?:\w+|[\"'][^\"']*[\"'])\s*:(?:\s|\d|[\"'])", "keys are written {name = 1} or {['name'] = 1}"),
            (r"[{,]\s*[\"'][^\"']*[\"']\s*=[^=]", "keys are written {name = 1} or {['name'] = 1}"),
            (r"(?<!function )\b(?!if\b|while\b|for\b|until\b|and\b|or\b|not\b)(\w+)\(\s*(?:[^()=]*,\s*)?([A-Za-z_]\w*)\s*=\s*[^=]", "named arguments are a table: {1}{{2} = …}"),
            (r"[\[{]\s*(\w+)\s+for\s+\w+\s+in\b", "there are no comprehensions: fill a table in a for loop"),
            (r"(" + PLACE + r"|\))\[[^\]\[{}]*:[^\]]*\]", _slice),
            (r"(" + PLACE + r")\([^()]*:\s*[,)]", "a row is {1}[i], a column {1}[{{}, i}], a part {1}[{{first, last}}]"),
            (r"\)\[(\w+)\s*,\s*(\w+)\]", "two positions are x[{1}][{2}] or x[{{1}, {2}}]"),
            (r"(" + PLACE + r")\[(\w+)\s*,\s*(\w+)\]", "two positions are {1}[{2}][{3}] or {1}[{{2}, {3}}]"),
            (r"(" + PLACE + r")\[\s*\w*\s*,\s*\w*\s*\]", "a column is {1}[{{}, n}], a row {1}[n]"),
            (r"\(\s*\[|(?<!\[)=\s*\[(?![=\[])|^\s*\[(?![=\[])|[,{]\s*\[[^\]=]*\](?!\s*=)", "a list is {1, 2, 3}, a tensor torch.Tensor{1, 2, 3}"),
            (r"([A-Za-z_][\w.:]*)\(\((\s*\w+(?:\s*,\s*\w+)+\s*)\)", "sizes are separate arguments: {1}({2})"),
            (r"\(\s*\w+(?:\s*,\s*\w+)+\s*,?\s*\)\s*$|=\s*\(.*,", "Lua has no tuples: {1, 2} is a table, a, b = 1, 2 sets both"),
            (r"\b\d[\d_]*(?:\.\d+)?[fFuU]\b|\b\d+_\d+|\b0b[01]+", "a number is 1000, 0.5, 1e-3 or 0xff"),
            (r"\b(\d+)\.\.(\d+)", "a loop is for i = {1}, {2} do; texts are joined with blanks: 1 .. 2"),
            (r"`", "texts stand in quotes: 'a' .. x joins them"),
            (r"^[^'\"]*(\w)'\s*(?:[*+;)]|$)", "a matrix is turned by {1}:t()"),
            (r"^\s*((?:cd|pwd|cat|mkdir|rm|mv|cp|man|which|git|pip|sudo|vim|nano|make)\b.*)$", "a command of the system begins with $: $ {1}"),
            (r"^\s*%\s|[;)]\s+%\s+\w+\s+\w|^\s*#\s*\w|\s#\s*\w+(?:\s+\w+)+\s*$|\d\s+#\s*\w", "a comment begins with --"),
        ],
    ),
    *rows("text", [(r"\"\"\"|'''", "a text of several lines is [[ … ]]")]),
]  # fmt: skip

# Habits that compile and fail when they run, and those that even run.
AT_RUN: list[Row] = list(
    rows(
        "code",
        [
            (r"^\s*try\b", "errors are caught by ok, message = pcall(function() … end)"),
            (r"=\s*new\s+([A-Za-z][\w.]*)", "an object is made without new: {1}(…)"),
        ],
    )
)
UNNOTICED: list[Row] = list(
    rows(
        "text",
        [
            (r"=\s*new\s+([A-Za-z][\w.]*)", "an object is made without new: {1}(…)"),
            (r"\A\s*([A-Za-z_]\w*)--\s*\Z", "-- begins a comment: {1} = {1} - 1"),
        ],
    )
)
