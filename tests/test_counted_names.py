"""Every name that programs were counted to use is here: counted_names.txt is walked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from th7shell.lua import state
from th7shell.session.environment import Environment

HERE = Path(__file__).parent
LINES = [
    line
    for line in (HERE / "counted_names.txt").read_text().splitlines()
    if not line.startswith("#")
]
NAMES = {
    kind: words.split() for kind, _, words in (e.partition(": ") for e in re.split(r"\n(?! )", "\n".join(LINES)))
}  # fmt: skip
COUNTS = HERE.parents[1] / "shared" / "reference" / "API.md"

PLACES = {  # a line of the list: the tables that have its names
    "nn": "nn",
    "nnx": "nn",
    "unsup": "unsup",
    "torch": "torch",
    "torchx": "torch",
    "cutorch": "torch",
    "tensor": "torch.DoubleTensor",
    "file": "torch.DiskFile",
    "timer": "torch.Timer",
    "cmdline": "torch.CmdLine",
    "tester": "torch.Tester",
    **{
        name: name
        for name in "image optim paths sys xlua gnuplot nngraph graph itorch cudnn".split()
    },
}
SETUP = """
for _, name in ipairs{'nngraph', 'image', 'optim', 'gnuplot', 'itorch', 'nnx', 'unsup', 'torchx', 'cudnn', 'cunn'} do
   require(name)
end
return function(place, name)
   local table = _G
   for part in place:gmatch('%w+') do table = table[part] end
   return table[name] ~= nil
end"""


@pytest.fixture(scope="module")
def environment(module_quiet):
    found = Environment()
    with state.inside(found.world):
        yield found


@pytest.fixture(scope="module")
def module_quiet():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TH7SHELL_CUDA", "quiet")
        yield


@pytest.fixture(scope="module")
def has(environment):
    return environment.load(SETUP, "=test")()


def test_the_list_is_whole():
    assert set(NAMES) == {*PLACES, "require", "extra", "advised", "global", "elsewhere"}
    assert len(NAMES["nn"]) > 180 and len(NAMES["torch"]) > 200 and len(NAMES["require"]) > 100


@pytest.mark.parametrize("kind", PLACES)
def test_names_exist(has, kind):
    assert [name for name in NAMES[kind] if not has(PLACES[kind], name)] == []


def test_packages_answer_require(module_quiet):
    environment = Environment()  # of its own: pl.strict, the last, forbids new globals
    with state.inside(environment.world):
        failures = environment.load(
            "local bad = {} for i, name in ipairs{...} do local ok, why = pcall(require, name)"
            " if not ok then bad[#bad + 1] = name .. ': ' .. why end end return table.concat(bad, '\\n')",
            "=test",
        )(*NAMES["require"])
    assert failures == ""


def test_what_cannot_be_here_says_what_to_use(environment):
    tell = environment.load("local ok, why = pcall(require, ...) return not ok and why", "=test")
    for name in NAMES["advised"]:
        why = tell(name)
        assert re.fullmatch(rf"module '{name}' not found: th7shell does not provide it; .+", why), (
            why
        )


def test_extras_answer_or_say_what_to_install(environment):
    for name in NAMES["extra"]:
        why = environment.load("local ok, why = pcall(require, ...) return ok or why", "=test")(
            name
        )
        assert why is True or re.fullmatch(rf"{name} needs .*: pip install 'th7shell\[\w+\]'", why)


def test_globals_of_th(environment):
    missing = environment.load(
        "local bad = {} for _, name in ipairs{...} do if _G[name] == nil then bad[#bad + 1] = name end end"
        " return table.concat(bad, ' ')",
        "=test",
    )(*NAMES["global"])
    assert missing == ""


@pytest.mark.skipif(not COUNTS.is_file(), reason="the counts are not at hand")
def test_the_list_holds_what_was_counted():
    text = COUNTS.read_text(encoding="utf-8")
    parts = [text.index(f"\n## {i}. ") for i in (1, 2, 3)]
    classes = re.findall(r"^\| ([A-Z]\w*)(?: †)? \|", text[parts[0] : parts[1]], re.M)
    functions = re.findall(r"^\| (\w+) \| ", text[parts[1] : parts[2]], re.M)
    others = re.findall(r"^\| ([a-z]+)\.(\w+)", text[parts[2] :], re.M)
    assert len(classes) > 150 and len(functions) > 200 and len(others) > 130
    elsewhere = NAMES["elsewhere"]
    kinds = ("torch", "tensor", "file", "timer", "cmdline", "tester")
    known = {name for kind in kinds for name in NAMES[kind]} | {
        e.partition(".")[2] for e in elsewhere
    }
    assert [name for name in classes if name not in NAMES["nn"]] == []
    assert [name for name in functions if name not in known | {"name", "operators"}] == []
    missing = [f"{a}.{b}" for a, b in others if b not in NAMES[a] and f"{a}.{b}" not in elsewhere]
    assert missing == []
    required = re.search(r"^`require \"X\"` occurrences/repos: (.*)$", text, re.M)
    packages = re.findall(r"([\w.]+) \d+/\d+", required[1])
    listed = {*NAMES["require"], *NAMES["extra"], *NAMES["advised"]}
    own = {"initenv", "data", "train"}  # files of the programs themselves
    assert [name for name in packages if name not in listed | own] == []
