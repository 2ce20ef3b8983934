"""The scripts of examples/models train: each prints a loss that falls, and says what it learned."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from .program import ROOT, run

# script → the nets that it trains ("" where it is one), and what the last loss is below
LAST_LOSS = {
    "inception": {"": 0.5},
    "char_lstm": {"": 1.6},
    "sparse_text": {"SparseLinear": 0.3, "IndexLinear": 0.3, "LookupTable": 0.8},
}
LEARNED = {
    "inception": r"\n(\d+) of 96 shapes named",
    "char_lstm": r"\nit writes: (S.+)\n",
    "sparse_text": r"\nIndexLinear   (18) of 18 sentences right\n",
}


def test_every_script_is_run():
    scripts = {path.stem for path in (ROOT / "examples" / "models").glob("*.lua")}
    assert scripts == set(LAST_LOSS) == set(LEARNED)


@pytest.mark.parametrize("name", LAST_LOSS)
def test_the_loss_falls(name):
    printed = run(str(ROOT / "examples" / "models" / f"{name}.lua"))
    losses = defaultdict(list)
    for net, loss in re.findall(r"^(\w*?) *(?:step|pass) +\d+  loss ([\d.]+)$", printed, re.M):
        losses[net].append(float(loss))
    assert set(losses) == set(LAST_LOSS[name])
    for net, last in LAST_LOSS[name].items():
        assert len(losses[net]) >= 4
        assert losses[net][-1] < last < losses[net][0]
    assert re.search(LEARNED[name], printed)
