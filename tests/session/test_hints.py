"""The hints below errors: slips that were typed, and the sentence for each; every row has its
case."""

from __future__ import annotations

import re

import pytest

from tests.session.slips import CASES, SETUP
from th7shell.lua import items, new_table, rawget
from th7shell.session import hints
from th7shell.session.core import Session
from th7shell.session.hints import words
from th7shell.session.members import Instance, members
from th7shell.session.suggest import near

first_said = hints.first_said


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A session, and the rows that have spoken."""
    said: set[int] = set()

    def listen(table, scene):
        for row in table:
            sentence = row.hint(scene)
            if sentence:
                said.add(id(row))
                return sentence
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hints, "first_said", listen)
        patch.chdir(tmp_path_factory.mktemp("empty"))
        session = Session()
        session.emit = lambda value: None
        yield session, said


@pytest.mark.parametrize(("entry", "hint"), CASES)
def test_slips(shell, entry, hint):
    session, _ = shell
    for line in SETUP:
        assert session.evaluate(line).failure is None
    outcome = session.evaluate(entry)
    said = outcome.failure.hint if outcome.failure else outcome.hint
    assert unmarked(said) == unmarked(hint)
    assert outcome.failure is None or "Traceback" not in outcome.failure.message


def test_cuda_s_names_come_with_cutorch():
    world = new_table((), {"torch": new_table()})  # other tests may have loaded cutorch
    scene = hints.Scene("attempt to call method 'cuda' (a nil value)", "net:cuda()", world)
    assert hints.hint(scene).startswith("require 'cutorch' first")
    assert hints.nil_hint(hints.Scene("", "x", world)) is None


def unmarked(hint):
    """A hint without the marks of optional arguments: those are the signatures' matter."""
    return re.sub(r"[\[\]]", "", hint) if hint and hint.startswith("it is called") else hint


def test_every_row_has_its_case(shell):
    _, said = shell
    if len(said) < 50:
        pytest.skip("the cases were not run")
    test_cuda_s_names_come_with_cutorch()
    tables = (*hints.UNCOMPILED, *hints.FAILED, *hints.NIL, *hints.UNNOTICED)
    assert [row.pattern.pattern for row in tables if id(row) not in said] == []


def test_a_row_that_fails_hides_nothing():
    def broken(scene, found):
        raise ValueError

    row = hints.Row("message", re.compile(""), broken)
    assert first_said([row], hints.Scene("attempt to call global 'x' (a nil value)")) is None


NO_HINT = [
    "zzzzqq()",
    "net.modules.x()",
    "nosuch.field",
    "error('mine')",
    "unles()",
    "whlie(1)",
    "assert(false)",
]


@pytest.mark.parametrize("entry", NO_HINT)
def test_none_is_better_than_a_far_one(shell, entry):
    session, _ = shell
    session.evaluate("net = nn.Sequential()")
    failure = session.evaluate(entry).failure
    assert failure is not None and failure.hint is None


def test_a_global_that_is_close_to_a_short_name_is_not_meant():
    assert near("net", ["next", "nn"]) is None
    assert near("len", ["rawlen"]) is None and near("range", ["rawget"]) is None
    assert near("retrun", ["rerun"]) is None  # a word of the language
    assert near("Linaer", ["Linear", "Bilinear"]) == "Linear"


def test_names_in_the_tables_are_free_and_what_they_advise_is_there(shell):
    session, _ = shell
    for line in SETUP:
        session.evaluate(line)
    held = members(session.globals)
    assert not set(words.WORDS) & (set(held) - {"class"}) and not set(words.VALUES) & set(held)
    for package, table in words.PACKAGES.items():
        lua = members(rawget(session.globals, package))
        assert not set(table) & (
            set(lua) - {"gModule", "split", "insert", "remove", "concat", "sort", "unpack"}
        )
    tables = [
        words.WORDS,
        words.VALUES,
        words.TABLE,
        words.STRING,
        words.TENSOR,
        words.MODULE,
        *words.PACKAGES.values(),
    ]
    sentences = " ".join(" ".join(t.values()) for t in tables)
    for package, name in re.findall(
        r"\b(torch|nn|optim|image|string|table|math|os|io|gnuplot|cjson|csvigo|sys|tablex|stringx|bit)\.(\w+)",
        sentences,
    ):
        held = session.evaluate(f"{package}.{name}").values
        assert held[0] is not None, f"{package}.{name}"
    methods = set(re.findall(r"\bx:(\w+)", sentences)) - {"cuda"}
    assert methods <= set(members(rawget(session.globals, "x"))), methods
    methods = set(re.findall(r"\bnet:(\w+)", sentences))
    assert methods <= set(members(Instance(type(rawget(session.globals, "net"))))), methods


def test_a_script_is_told_to_require():
    session = Session()
    scene = hints.Scene(
        "a.lua:1: attempt to index global 'nn' (a nil value)", "nn.x", session.globals, False
    )
    assert hints.hint(scene) == "nn is a package: require 'nn'"
    assert dict(items(session.globals)).get("nn") is None
