"""Random streams: values of the original, the shared stream of single and array draws, states,
limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch import distributions as draw
from th7shell.torch import exact
from th7shell.torch.generators import default_generator
from th7shell.torch.mersenne import BLOB_SIZE, MersenneTwister

# after torch.manualSeed(123), in a DoubleTensor (recorded from the original, 17 digits)
DOUBLES = [
    ("uniform", (), [0.69646918727084994, 0.71295532141812146, 0.28613933874294162]),
    ("uniform", (-2, 3), [1.4823459363542497, 1.5647766070906073, -0.56930330628529191]),
    ("normal", (), [-0.52144306271244167, -1.4914194159815409, -0.23812953316813365]),
    ("random", (10,), [3, 10, 3]),
]


def reference_words(seed: int, n: int) -> list[int]:
    """MT19937 written out from its definition."""
    state = [seed & 0xFFFFFFFF]
    for i in range(1, 624):
        state.append((1812433253 * (state[-1] ^ state[-1] >> 30) + i) & 0xFFFFFFFF)
    words = []
    while len(words) < n:
        for i in range(624):
            y = state[i] & 0x80000000 | state[(i + 1) % 624] & 0x7FFFFFFF
            state[i] = state[(i + 397) % 624] ^ y >> 1 ^ (0x9908B0DF if y & 1 else 0)
        for y in state:
            y ^= y >> 11
            y ^= y << 7 & 0x9D2C5680
            y ^= y << 15 & 0xEFC60000
            words.append((y ^ y >> 18) & 0xFFFFFFFF)
    return words[:n]


@pytest.mark.parametrize("seed", [0, 1, 123, 2**32 - 1, 2**40 + 5, -1])
def test_words_are_the_mersenne_twister(seed: int) -> None:
    assert MersenneTwister(seed).words(1500).tolist() == reference_words(seed, 1500)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-5, 1400), max_size=12))
@example([-1, 0, -1])
def test_single_and_array_draws_share_one_stream(plan: list[int]) -> None:
    """Negative: that many single words; else an array of so many. A saved state continues at any
    place."""
    stream, words = MersenneTwister(7), []
    for n in plan:
        words += [stream.word() for _ in range(-n)] if n < 0 else stream.words(n).tolist()
        state = stream.state()
        other = MersenneTwister(0)
        assert len(state) == BLOB_SIZE and other.set_state(state) and other.state() == state
    assert words == reference_words(7, len(words))


FORMULAS = [
    ("uniform", draw.uniform, draw.uniforms, (-1.5, 2.25)),
    ("normal", draw.normal, draw.normals, (0.5, 3.0)),
    ("logNormal", draw.log_normal, draw.log_normals, (0.1, 0.7)),
    ("exponential", draw.exponential, draw.exponentials, (2.0,)),
    ("cauchy", draw.cauchy, draw.cauchies, (1.0, 2.0)),
    ("geometric", draw.geometric, draw.geometrics, (0.3,)),
    ("bernoulli", draw.bernoulli, draw.bernoullis, (0.2,)),
]


@pytest.mark.parametrize("name, one, many, parameters", FORMULAS)
@pytest.mark.parametrize("n", [1, 3, 23, 24, 25, 1001])
def test_arrays_are_the_single_draws(name, one, many, parameters, n) -> None:
    a, b = MersenneTwister(n), MersenneTwister(n)
    singles = [one(a, *parameters) for _ in range(n)]
    assert many(b, n, *parameters).tolist() == singles
    assert a.state() == b.state() or name in ("normal", "logNormal")
    assert one(a, *parameters) == one(b, *parameters)


def test_large_fills_are_small_fills_one_after_the_other() -> None:
    a, b = MersenneTwister(3), MersenneTwister(3)
    large = np.empty((300, 400))
    draw.fill(large.T, draw.normals, a)  # not contiguous
    parts = np.concatenate([draw.normals(b, n) for n in (7, 50_001, 69_992)])
    assert np.array_equal(large.T.reshape(-1), parts)


def test_the_c_library_is_met_in_both_ways(monkeypatch) -> None:
    x = np.random.default_rng(0).random(3000) + 1e-9
    loop = exact.log(x)
    monkeypatch.setattr(exact, "_BY_ELEMENT", 10)
    assert np.array_equal(exact.log(x), loop)
    assert np.allclose(exact.tan(x), np.tan(x), rtol=1e-15)


@pytest.mark.parametrize("n", [2, 3, 64, 9_999, 10_000, 40_000])
def test_permutations_swap_as_the_original(n: int) -> None:
    stream = MersenneTwister(n)
    expected = list(range(n))
    for i, w in enumerate(reference_words(n, n - 1)):
        j = i + w % (n - i)
        expected[i], expected[j] = expected[j], expected[i]
    assert draw.permutation(stream, n).tolist() == expected


@pytest.mark.parametrize("method, arguments, start", DOUBLES)
@pytest.mark.parametrize("cls", ["DoubleTensor", "FloatTensor"])
def test_streams_of_the_original(method, arguments, start, cls) -> None:
    torch.manualSeed(123)
    t = getattr(getattr(torch, cls)(3), method)(*arguments)
    assert t.nd.tolist() == pytest.approx(start, rel=2e-7)


def test_numbers_and_tensors_of_one_seed() -> None:
    torch.manualSeed(123)
    assert torch.uniform() == 0.69646918727084994
    torch.manualSeed(123)
    assert torch.random() == 2991312382
    torch.manualSeed(5)
    a = [torch.normal(1, 2) for _ in range(5)]
    torch.manualSeed(5)
    assert torch.Tensor(5).normal(1, 2).nd.tolist() == a


def test_generators_are_independent() -> None:
    gen = torch.Generator()
    torch.manualSeed(gen, 1)
    torch.manualSeed(1)
    first = torch.uniform(gen)
    assert torch.initialSeed(gen) == 1 and first == torch.uniform()
    torch.uniform()
    assert torch.rand(gen, 2).nd.tolist() != torch.rand(2).nd.tolist()
    torch.manualSeed(gen, 1)
    assert torch.Tensor(1).uniform(gen)[1] == first


def test_seed_returns_what_initialSeed_tells() -> None:
    assert torch.seed() == torch.initialSeed()
    assert torch.seed() != torch.seed()


def test_states_are_byte_tensors() -> None:
    torch.manualSeed(9)
    torch.randn(3)
    state = torch.getRNGState()
    assert state.nd.shape == (5048,) and state.type() == "torch.ByteTensor"
    numbers = torch.randn(4).nd.tolist()
    assert torch.setRNGState(state) is state
    assert torch.randn(4).nd.tolist() == numbers


MODULI = [
    ("Byte", 2**8),
    ("Char", 2**7),
    ("Short", 2**15),
    ("Int", 2**31),
    ("Long", 2**63),
    ("Float", 2**24 + 1),
    ("Double", 2**53 + 1),
]


@pytest.mark.parametrize("kind, modulus", MODULI)
def test_random_covers_its_type(kind: str, modulus: int) -> None:
    torch.manualSeed(2)
    t = getattr(torch, f"{kind}Tensor")(50).random()
    words = reference_words(2, 50)
    assert t.nd.tolist() == [w % modulus for w in words]


def test_ranges_are_inclusive() -> None:
    t = torch.LongTensor(2000).random(-3, 2)
    assert set(t.nd.tolist()) == set(range(-3, 3))
    assert set(torch.Tensor(500).random(3).nd.tolist()) == {1, 2, 3}
    assert {torch.random(2) for _ in range(60)} == {1, 2}
    assert sorted(torch.randperm(6).nd.tolist()) == [1, 2, 3, 4, 5, 6]


def test_bernoulli_takes_a_probability_for_each_element() -> None:
    p = torch.DoubleTensor([0, 1, 1, 0])
    assert torch.ByteTensor(2, 2).bernoulli(p).nd.tolist() == [[0, 1], [1, 0]]


def test_multinomial() -> None:
    torch.manualSeed(0)
    p = torch.Tensor([[1, 0, 3], [0, 2, 0]])
    rows = torch.multinomial(p, 4000, True)
    assert rows.type() == "torch.LongTensor" and rows.nd.shape == (2, 4000)
    counts = np.bincount(rows.nd[0], minlength=4)
    assert counts[2] == 0 and abs(counts[3] / 4000 - 0.75) < 0.03 and set(rows.nd[1]) == {2}
    assert sorted(torch.multinomial(torch.ones(5), 5).nd.tolist()) == [1, 2, 3, 4, 5]
    result = torch.LongTensor()
    assert type(p).multinomial(result, p, 2, True) is result and result.nd.shape == (2, 2)


def test_alias_tables_give_the_distribution() -> None:
    torch.manualSeed(0)
    probs = torch.Tensor([0.1, 0.2, 0.3, 0.4])
    state = torch.multinomialAliasSetup(probs)
    out = torch.LongTensor(20_000)
    assert torch.multinomialAlias(out, state) is out
    shares = np.bincount(out.nd, minlength=5)[1:] / 20_000
    assert np.abs(shares - probs.nd).max() < 0.02
    before = state[1].nd.tolist()
    torch.multinomialAlias(out, state)
    assert state[1].nd.tolist() == before
    assert torch.multinomialAliasSetup(probs, state) is state


BAD = [
    (lambda: torch.random(0), "upper bound must be strictly positive"),
    (lambda: torch.random(3, 2), "upper bound must be larger than lower bound"),
    (lambda: torch.Tensor(2).normal(0, 0), "standard deviation must be strictly positive"),
    (lambda: torch.geometric(1), "must be > 0 and < 1"),
    (lambda: torch.bernoulli(1.5), "must be >= 0 and <= 1"),
    (lambda: torch.Tensor(2).bernoulli(torch.Tensor([0.5, 2])), "must be >= 0 and <= 1"),
    (lambda: torch.randperm(0), "must be strictly positive"),
    (lambda: torch.multinomial(torch.ones(2), 3), "without replacement"),
    (lambda: torch.multinomial(torch.zeros(2), 1), "sum of probabilities <= 0"),
    (lambda: torch.setRNGState(torch.ByteTensor(3)), "RNG state is wrong size"),
    (lambda: torch.setRNGState(torch.ByteTensor(5048).zero()), "Invalid RNG state"),
    (lambda: torch.manualSeed("x"), "expected arguments: [Generator] long"),
    (
        lambda: torch.Tensor(2).exponential(),
        "[Generator] double | *DoubleTensor* [Generator] double",
    ),
]


@pytest.mark.parametrize("call, message", BAD)
def test_bad_parameters_leave_the_stream_alone(call, message) -> None:
    torch.manualSeed(1)
    state = torch.getRNGState().nd.tolist()
    with pytest.raises(LuaError) as error:
        call()
    assert message in str(error.value)
    assert torch.getRNGState().nd.tolist() == state


def test_an_odd_number_of_normals_leaves_the_stream_in_step():
    torch.manualSeed(321)
    parts = [v for n in (3, 2, 4) for v in torch.randn(n).nd.tolist()]
    torch.manualSeed(321)
    assert parts == torch.randn(9).nd.tolist()


def test_many_draws_from_many_categories_are_those_of_a_search_each() -> None:
    rng = np.random.default_rng(5)
    weights = rng.random(60_000) * (rng.random(60_000) < 0.5)
    steps, values = np.cumsum(weights) / weights.sum(), rng.random(2000)
    values[:3] = 0, steps[7], steps[-2]
    np.testing.assert_array_equal(draw.searched(steps, values), np.searchsorted(steps, values))


def test_a_state_that_is_set_back_and_not_used():
    torch.manualSeed(5)
    torch.uniform()
    state = torch.getRNGState()
    drawn = [torch.uniform() for _ in range(700)]
    for _ in range(3):
        torch.setRNGState(state)
    assert np.array_equal(torch.getRNGState().nd, state.nd)
    torch.setRNGState(state)
    assert [torch.uniform() for _ in range(700)] == drawn
    torch.setRNGState(state)
    default_generator().stream.leave_out(3)
    assert torch.uniform() == drawn[3]
    torch.setRNGState(state)
    torch.manualSeed(5)
    torch.uniform()
    assert torch.uniform() == drawn[0]
