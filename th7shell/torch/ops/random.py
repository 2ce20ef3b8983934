"""The random functions: `torch.uniform(a, b)` gives a number, `t:uniform(a, b)` fills a tensor.

Formulas are in `torch/distributions.py`. Upstream: random.md, maths.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import th7shell.torch.distributions as draw
from th7shell.lua import BadArgument, Table, TorchError, lua_type, new_table

from ..generators import default_generator
from ..memory import allocate, resized
from ..mersenne import MersenneTwister
from ..namespace import TORCH, export
from ..tensor import TYPES
from ..types import EXACT
from .arrays import count_mismatch
from .declare import FLOATING, fresh, operation, plain
from .written import Place, Written

GEN = "gen:generator=None"


def stream_of(gen: Any) -> MersenneTwister:
    return (default_generator() if gen is None else gen).stream


def check_stdv(stdv: float) -> None:
    if not stdv > 0:
        raise BadArgument(2, "standard deviation must be strictly positive")


def check_odds(p: float) -> None:
    if not 0 < p < 1:
        raise BadArgument(1, "must be > 0 and < 1")


def check_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise BadArgument(1, "must be >= 0 and <= 1")


def scalar(one, check=None, parameters="p"):
    """The kernel of the form that returns a number."""
    names = [item.split(":")[0] for item in parameters.split(", ")]
    names = ["rate" if name == "lambda" else name for name in names]
    text = (
        f"return one(default_generator().stream if gen is None else gen.stream, {', '.join(names)})"
    )
    if check is not None:
        text = f"check({names[-1]})\n{text}"
    return Written(
        " ".join(["gen", *names]), text, one=one, check=check, default_generator=default_generator
    )


def filling(many, check=None):
    """The kernel of the form that fills a tensor; parameters have the tensor's precision."""

    def kernel(t: Any, gen: Any, *parameters: float) -> None:
        if t.dtype == np.float32:
            parameters = tuple(float(np.float32(p)) for p in parameters)
        if check is not None:
            check(parameters[-1])
        draw.fill(t.nd, many, stream_of(gen), *parameters)

    return kernel


def distribution(name: str, doc: str, parameters: str, one, many, check=None) -> None:
    """Declare a distribution over the real numbers."""
    operation(
        name,
        doc,
        plain(f"{GEN}, {parameters}".replace("real", "double"), scalar(one, check, parameters)),
        plain(f"*t:T, {GEN}, {parameters}", filling(many, check)),
        types=FLOATING,
    )


distribution(
    "uniform",
    """Draw from the uniform distribution on [a, b).

    Without a tensor a number is returned; `t:uniform(a, b)` fills t and returns it. One 32-bit word
    makes one number. Defaults: a = 0, b = 1.

    >>> torch.Tensor(3).uniform(-1, 1)""",
    "a:real=0, b:real=1",
    draw.uniform,
    draw.uniforms,
)
distribution(
    "normal",
    """Draw from the normal distribution with the given mean and standard deviation (Box-Muller).

    Defaults: mean = 0, stdv = 1. Error: stdv must be positive.

    >>> torch.Tensor(3).normal(0, 0.1)""",
    "mean:real=0, stdv:real=1",
    draw.normal,
    draw.normals,
    check_stdv,
)
distribution(
    "cauchy",
    """Draw from the Cauchy distribution with density σ / (π (σ² + (x - median)²)).

    Defaults: median = 0, sigma = 1.""",
    "median:real=0, sigma:real=1",
    draw.cauchy,
    draw.cauchies,
)
distribution(
    "logNormal",
    """Draw from the log-normal distribution: the exponential of a normal number.

    mean and stdv are those of the normal distribution beneath. Defaults: mean = 1, stdv = 2. Error:
    stdv must be positive.""",
    "mean:real=1, stdv:real=2",
    draw.log_normal,
    draw.log_normals,
    check_stdv,
)
distribution(
    "exponential",
    """Draw from the exponential distribution with density lambda · exp(-lambda x).""",
    "lambda:real",
    draw.exponential,
    draw.exponentials,
)

operation(
    "geometric",
    """Draw from the geometric distribution: i = 1, 2, … with probability (1 - p) p^(i-1).

    Error: p must lie strictly between 0 and 1.""",
    plain(f"{GEN}, p:double", scalar(draw.geometric, check_odds)),
    plain(f"*t:T, {GEN}, p:double", filling(draw.geometrics, check_odds)),
)


def bernoulli_tensor(t: Any, gen: Any, p: Any) -> None:
    odds = p.nd.reshape(-1)
    if odds.size != t.nd.size:
        raise TorchError("inconsistent tensor size")
    if odds.size and not (odds.min() >= 0 and odds.max() <= 1):
        raise BadArgument(1, "must be >= 0 and <= 1")
    t.nd[...] = draw.bernoullis(stream_of(gen), odds.size, odds).reshape(t.nd.shape)


operation(
    "bernoulli",
    """Draw 1 with probability p and 0 otherwise.

    p is a number between 0 and 1 (default 0.5), or a Float or Double tensor with one probability
    for each element of t.

    >>> torch.ByteTensor(5).bernoulli(0.2)""",
    plain(f"{GEN}, p:double=0.5", scalar(draw.bernoulli, check_probability)),
    plain(f"*t:T, {GEN}, p:double=0.5", filling(draw.bernoullis, check_probability)),
    plain(f"*t:T, {GEN}, p:FloatTensor", bernoulli_tensor),
    plain(f"*t:T, {GEN}, p:DoubleTensor", bernoulli_tensor),
)


# what `t:random()` takes its words modulo; Long and Double get the words themselves
RANDOM_MODULUS = {"Byte": 2**8, "Char": 2**7, "Short": 2**15, "Int": 2**31, "Float": 2**24 + 1}


def check_range(a: int, b: int) -> None:
    if b < a:
        raise BadArgument(2, "upper bound must be larger than lower bound")


def check_bound(b: int) -> None:
    if b <= 0:
        raise BadArgument(1, "upper bound must be strictly positive")


def random_between(gen: Any, a: int, b: int) -> int | float:
    check_range(a, b)
    value = stream_of(gen).word() % (b + 1 - a) + a
    return value if -EXACT <= value <= EXACT else float(value)


def random_up_to(gen: Any, b: int) -> int:
    check_bound(b)
    return stream_of(gen).word() % b + 1


def fill_between(t: Any, gen: Any, a: int, b: int) -> None:
    check_range(a, b)
    draw.fill(t.nd, draw.integers, stream_of(gen), b + 1 - a, a)


def fill_up_to(t: Any, gen: Any, b: int) -> None:
    check_bound(b)
    draw.fill(t.nd, draw.integers, stream_of(gen), b, 1)


def fill_random(t: Any, gen: Any) -> None:
    modulus = RANDOM_MODULUS.get(type(t).element_type.name, 0)
    draw.fill(t.nd, draw.integers, stream_of(gen), modulus)


operation(
    "random",
    """Draw whole numbers: from 1 … b, from a … b, or over the whole range of the type.

    `torch.random()` gives 32 random bits, 0 … 2^32 - 1. `t:random()` takes them modulo 2^8 (Byte),
    2^7 (Char), 2^15 (Short), 2^31 (Int), 2^24 + 1 (Float). Error: the upper bound must not lie
    below the lower.""",
    plain(f"{GEN}, a:long, b:long", random_between),
    plain(f"{GEN}, b:long", random_up_to),
    plain(GEN, lambda gen: stream_of(gen).word()),
    plain(f"*t:T, {GEN}, a:long, b:long", fill_between),
    plain(f"*t:T, {GEN}, b:long", fill_up_to),
    plain(f"*t:T, {GEN}", fill_random),
)


def randperm(res: Any, gen: Any, n: int) -> None:

    if n <= 0:
        raise BadArgument(1, "must be strictly positive")
    resized(res, (n,))[...] = draw.permutation(stream_of(gen), n) + 1


operation(
    "randperm",
    """Return a random permutation of the whole numbers 1 … n as a vector.

    `torch.randperm([res,] [gen,] n)`. Error: n must be positive.""",
    fresh(f"{GEN}, n:long", randperm),
)


def shaped(many: Any) -> Written:
    """The kernel of the form that draws a tensor of given sizes."""

    def text(place: Place) -> str:
        stream = "default_generator().stream if gen is None else gen.stream"
        if place.fresh:
            return f"made = drawn(many, {stream}, shape, T.dtype)"
        return f"fill(resized(res, shape), many, {stream})"

    return Written(
        "res gen shape",
        text,
        many=many,
        drawn=drawn,
        fill=draw.fill,
        resized=resized,
        default_generator=default_generator,
    )


def drawn(many: Any, stream: MersenneTwister, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """A new array of random numbers."""
    if len(shape) == 1 and dtype.char == "d" and 0 < shape[0] < draw.FEW:
        return many(stream, shape[0])
    out = allocate(shape, dtype)
    draw.fill(out, many, stream)
    return out


operation(
    "rand",
    """Make a tensor of numbers that are uniform on [0, 1): `torch.rand([res,] [gen,] m [, n
    …])`.""",
    fresh(f"{GEN}, size:sizes", shaped(draw.uniforms)),
    types=FLOATING,
)
operation(
    "randn",
    """Make a tensor of standard normal numbers: `torch.randn([res,] [gen,] m [, n …])`.""",
    fresh(f"{GEN}, size:sizes", shaped(draw.normals)),
    types=FLOATING,
)


def multinomial(res: Any, gen: Any, p: Any, n: int, replacement: bool) -> None:

    weights = np.atleast_2d(np.asarray(p.nd, np.float64))
    categories = weights.shape[1]
    if n <= 0:
        raise BadArgument(2, "cannot sample n_sample < 0 samples")
    if not replacement and n > categories:
        raise BadArgument(
            2, "cannot sample n_sample > prob_dist:size(1) samples without replacement"
        )
    if not (weights.sum(1) > 0).all():
        raise BadArgument(2, "invalid multinomial distribution (sum of probabilities <= 0)")
    rows = draw.multinomial(stream_of(gen), weights, n, replacement) + 1
    shape = (n,) if p.nd.ndim == 1 else rows.shape
    resized(res, shape)[...] = rows.reshape(shape)


operation(
    "multinomial",
    """Draw n category numbers from the distribution in p, or from each row of p.

    p: k weights, or (m, k); not negative, with a positive sum, which need not be 1. Returns a
    LongTensor of n, or (m, n), numbers 1 … k. Without replacement (the default) a number appears
    once in a row, and n must not exceed k.

    >>> torch.multinomial(torch.Tensor([1, 1, 2]), 10, True)""",
    plain(f"*res:LongTensor?, {GEN}, p:T, n:int, replacement:boolean=false", multinomial),
    types=FLOATING,
)


def alias_setup(probs: Any, alias: Any, q: Any) -> None:

    n = probs.nd.size
    if not n:
        raise BadArgument(1, "empty tensor")
    cut = probs.dtype.type  # every stored probability has the tensor's precision
    share = [float(cut(n * float(v))) for v in probs.nd.reshape(-1).tolist()]
    other = [0] * n
    small = [i for i, v in enumerate(share) if v < 1]
    large = [i for i, v in enumerate(share) if not v < 1]
    while small and large:
        giver, taker = large[-1], small.pop()
        other[taker] = giver
        share[giver] = float(cut(share[giver] - (1 - share[taker])))
        if share[giver] < 1:
            small.append(large.pop())
    if not min(share) > 0:
        raise BadArgument(2, "q_min is less than 0")
    most = max(share)
    if most > 1:
        share = [float(cut(v / most)) for v in share]
    resized(alias, (n,))[...] = np.array(other) + 1
    # a place that has no alias keeps all its mass
    resized(q, (n,))[...] = [v if o > 0 else 1 for v, o in zip(share, other)]


def alias_draw(res: Any, gen: Any, alias: Any, q: Any) -> None:
    n = res.nd.size
    others, kept = alias.nd.reshape(-1), q.nd.reshape(-1)
    if others.size != kept.size or not kept.size:
        raise count_mismatch(("J", alias.nd), ("q", q.nd))
    u = draw.uniforms(stream_of(gen), 2 * n)
    place = (u[0::2] * kept.size).astype(np.int64)
    keep = u[1::2] <= kept[place]
    res.nd[...] = np.where(keep, place + 1, others[place]).reshape(res.nd.shape)


operation(
    "multinomialAliasSetup_",
    """Build the alias table of a distribution: for each place its other category J, and the share q
    it keeps.""",
    plain("probs:T, *J:LongTensor?, *q:T?", alias_setup),
    types=FLOATING,
)
operation(
    "multinomialAlias_",
    """Fill a LongTensor with categories drawn by an alias table; two words a draw.""",
    plain(f"*res:LongTensor, {GEN}, J:LongTensor, q:T", alias_draw),
    types=FLOATING,
)


@export
def multinomialAliasSetup(probs: Any = None, state: Any = None, *_: Any) -> Any:
    """Prepare many draws from one multinomial distribution, with replacement, by the alias method.

    probs: k probabilities with sum 1, a Float or Double tensor. Returns the table {J, q} for
    `torch.multinomialAlias`; a table given as `state` is filled again.
    """
    setup = TORCH.multinomialAliasSetup_
    if type(state) is Table:
        state[1], state[2] = setup(probs, state[1], state[2])
        return state
    return new_table(setup(probs))


@export
def multinomialAlias(output: Any = None, state: Any = None, *_: Any) -> Any:
    """Fill the LongTensor `output` with categories 1 … k drawn by the table of
    `torch.multinomialAliasSetup`.

    Unlike the original, which counts the categories that an alias stands for one too low and
    changes the table at each call, this follows the documentation: categories come with the
    probabilities given.
    """
    if not isinstance(state, Table):
        raise TorchError(f"attempt to index local 'state' (a {lua_type(state)} value)")
    double, single = (TYPES[f"torch.{name}Tensor"] for name in ("Double", "Float"))
    draws = single if type(state[2]) is single else double
    draws.multinomialAlias_(output, state[1], state[2])
    return output
