"""Every example of every help page runs, as it is written (Python) and as the shell shows it
(Lua)."""

from __future__ import annotations

import ast
import re
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import th7shell
from th7shell.session.core import Session
from th7shell.session.inspect import EXAMPLE, markdown
from th7shell.session.spelling import in_lua

FOLDER = Path(th7shell.__file__).parent
PACKAGES = ("torch", "nn", "nngraph", "graph", "optim", "image", "nnx", "cunn", "cudnn", "export")
INLINE = re.compile(r"Example: `([^`]*)`")


def texts():
    """(where, text) of every docstring, and of the declarations of operations."""
    for path in sorted(FOLDER.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if ">>> " in node.value or "Example: `" in node.value:
                    place = path.relative_to(FOLDER).with_suffix("")
                    yield f"{place}:{node.lineno}", node.value


def is_example(text):
    lines = [line.strip() for line in text.splitlines()]
    return any(line.startswith(">>> ") for line in lines)


TEXTS = [(where, text) for where, text in texts() if "session/" not in where]
EXAMPLES = [pytest.param(text, id=where) for where, text in TEXTS if is_example(text)]
INLINES = [
    pytest.param(" ".join(found.split()), id=where)
    for where, text in TEXTS
    for found in INLINE.findall(text)
]


def code_of(text):
    found = (EXAMPLE.match(line) for line in text.splitlines())
    return "\n".join(m[1] or "" for m in found if m)


@pytest.fixture(scope="module")
def shell():
    session = Session()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in PACKAGES:
            assert session.evaluate(f"require '{name}'").failure is None
    return session


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Examples write files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")


def test_there_are_many():
    assert len(EXAMPLES) > 230 and len(INLINES) > 4


@pytest.mark.parametrize("text", EXAMPLES)
def test_it_runs_in_lua(text, shell):
    outcome = shell.evaluate(in_lua(code_of(text)))
    assert outcome.failure is None, outcome.failure.message


@pytest.mark.parametrize("text", INLINES)
def test_what_is_only_lua_runs(text, shell):
    outcome = shell.evaluate(text)
    assert outcome.failure is None, outcome.failure.message


@pytest.mark.parametrize("text", EXAMPLES)
def test_it_runs_in_python(text, shell):
    names = {
        name: getattr(th7shell, name, None) or import_module(f"th7shell.{name}")
        for name in PACKAGES
    }
    exec(code_of(text), names)


SPELT = [  # Python, Lua
    ("nn.Linear(10, 5).forward(torch.randn(10))", "nn.Linear(10, 5):forward(torch.randn(10))"),
    ("x = [1, 'a', None, True]", "x = {1, 'a', nil, true}"),
    ("f({'a': 1, 'b c': 2, 3: 4})", "f({a = 1, ['b c'] = 2, [3] = 4})"),
    ("t[1] - (a + b) * -2", "t[1] - ((a + b) * (-2))"),
    ("x != 2 and not len(x) >= y ** 2", "(x ~= 2) and (not (#x >= (y ^ 2)))"),
    ("a, b = net.parameters()", "a, b = net:parameters()"),
    ("a, b = 1, [2]", "a, b = 1, {2}"),
    ("nn.tables.full(3, 4)", "nn.tables.full(3, 4)"),
    ("net.modules[1].weight.fill(0)", "net.modules[1].weight:fill(0)"),
    ("f = lambda x: (x * 2, 1)", "f = function(x) return x * 2, 1 end"),
    ("for i in range(1, 4):\n    print(i)", "for i = 1, 3 do\n   print(i)\nend"),
    ("'it\\'s'.upper()", "('it\\'s'):upper()"),
    ("x = nn.Identity()()", "x = nn.Identity()()"),
    (
        "export.save('a.t7', x, float=True, longs=4)",
        "export.save('a.t7', x, {float = true, longs = 4})",
    ),
]


@pytest.mark.parametrize(("python", "lua"), SPELT)
def test_spelling(python, lua):
    assert in_lua(python) == lua


@pytest.mark.parametrize(
    "code", ["class A: pass", "x[1:2]", "f(a=1)", "import os", "f(**d)", "{1, 2}"]
)
def test_what_lua_cannot_say_is_refused(code):
    with pytest.raises(SyntaxError):
        in_lua(code)


def test_a_page_shows_lua():
    page = markdown("Do it.\n\n>>> x = nn.Tanh()\n>>> x.forward(y)\n\nMore.")
    assert page == "Do it.\n\n```lua\nx = nn.Tanh()\nx:forward(y)\n```\n\nMore."
