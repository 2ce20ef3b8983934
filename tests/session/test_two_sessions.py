"""Two sessions in one process, alternately and in two threads, do not see each other."""

from __future__ import annotations

import contextlib
import io
import threading

import pytest

from th7shell.lua import state
from th7shell.session.core import Session


def texts(session: Session, *entries: str) -> str:
    """What a session prints for entries."""
    out = io.StringIO()
    session.emit = out.write
    with contextlib.redirect_stdout(out):
        for entry in entries:
            session.run_entry(entry)
    return out.getvalue()


def values(session: Session, text: str) -> list:
    outcome = session.evaluate(text)
    assert outcome.failure is None, outcome.failure
    return list(outcome.values)


@pytest.fixture
def two() -> list[Session]:
    return [Session(), Session()]


HISTORIES = {
    "a global": ("x = MINE", "x"),
    "a name in torch": ("torch.mine = MINE", "torch.mine"),
    "a name in nn": ("require 'nn'; nn.mine = MINE", "nn.mine"),
    "a class": (
        "do local A = torch.class('Thing'); function A:f() return MINE end end",
        "Thing():f()",
    ),
    "a class in nn": (
        "require 'nn'; do local A = torch.class('nn.Mine', 'nn.Module');"
        " function A:updateOutput(x) return MINE end end",
        "nn.Mine():forward(torch.ones(1))",
    ),
    "the default type": (
        "torch.setdefaulttensortype(({'torch.FloatTensor', 'torch.LongTensor'})[MINE])",
        "({['torch.FloatTensor'] = 1, ['torch.LongTensor'] = 2})[torch.type(torch.Tensor(1))]",
    ),
    "the registry": ("debug.getregistry()[true] = MINE", "debug.getregistry()[true]"),
    "an entry with require": ("package.loaded.mine = MINE", "require 'mine'"),
    "the last result": ("MINE", "_"),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_alternately(two, name) -> None:
    before, after = HISTORIES[name]
    for number, session in enumerate(two, 1):
        assert session.evaluate(before.replace("MINE", str(number))).failure is None
    for number, session in enumerate((*two, *two), 1):
        assert values(session, after) == [(number - 1) % 2 + 1], name
    assert state.current.world is state.MAIN


def test_the_random_stream_is_a_sessions_own(two) -> None:
    first, second = two
    for session in two:
        session.evaluate("torch.manualSeed(1)")
    drawn = [values(s, "torch.uniform()")[0] for s in (first, second, first, second)]
    assert drawn[0] == drawn[1] and drawn[2] == drawn[3] and drawn[0] != drawn[2]


def test_settings_of_printing_are_a_sessions_own(two) -> None:
    first, second = two
    first.run_entry(":set precision=8")
    assert "0.50000000" in texts(first, "torch.Tensor{0.5, 0.25}")
    assert "0.50000000" not in texts(second, "torch.Tensor{0.5, 0.25}")


def test_what_is_shown_goes_to_the_session_that_runs(two) -> None:
    shown: dict[int, list[str]] = {0: [], 1: []}
    for number, session in enumerate(two):
        session.shower = lambda kind, value, number=number, **_: shown[number].append(kind)
        session.evaluate("require 'image'")
    two[0].evaluate("image.display(torch.rand(3, 4, 4))")
    assert (len(shown[0]), len(shown[1])) == (1, 0)
    two[1].evaluate("image.display(torch.rand(3, 4, 4))")
    assert (len(shown[0]), len(shown[1])) == (1, 1)


def test_a_second_session_leaves_the_first_whole() -> None:
    first = Session()
    first.evaluate("require 'nn'; net = nn.Linear(2, 3); function helper() return net end")
    before = texts(first, "net", "torch.type(helper())")
    second = Session()
    second.evaluate("net = 5; torch = nil; string.format = nil; nn = nil")
    assert texts(first, "net", "torch.type(helper())") == before
    names = {c.text for c in first.complete("torch.ma")}
    assert "torch.manualSeed" in names or "manualSeed" in names


def test_in_two_threads() -> None:
    found: dict[int, list] = {}

    def work(number: int) -> None:
        session = Session()
        session.evaluate(f"torch.manualSeed({number}); x = torch.ones(3):mul({number}); total = 0")
        for _ in range(50):
            session.evaluate("total = total + x:sum(); y = loadstring('return total')()")
        found[number] = values(session, "y, torch.initialSeed()")

    threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: [150 * n, n] for n in (1, 2)}
