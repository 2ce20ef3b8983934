"""Printed numbers round as in Torch's LuaJIT: exact halves away from zero (newer ones round to even)."""

from __future__ import annotations

import decimal
import random

import pytest

from tests.lua.harness import value
from th7shell.lua.rounding import formatted
from th7shell.lua.stdlib.string_format import format as run_format

CASES = [
    ("('%.4f'):format(0.03125)", "0.0313"),
    ("('%.0f'):format(0.5)", "1"),
    ("('%.0f'):format(2.5)", "3"),
    ("('%.2f'):format(-0.125)", "-0.13"),
    ("('%.2f'):format(0.375)", "0.38"),
    ("('%.1f'):format(0.05)", "0.1"),
    ("('%.2f'):format(1.005)", "1.00"),
    ("('%.1e'):format(1.25)", "1.3e+00"),
    ("('%.0e'):format(25)", "3e+01"),
    ("('%.2g'):format(12.5)", "13"),
    ("('%.3g'):format(1225)", "1.23e+03"),
    ("('%g'):format(1000000.5)", "1e+06"),
    ("('%g'):format(100000.5)", "100001"),
    ("('%.0a'):format(1.5)", "0x2p+0"),
    ("('%.0a'):format(2.5)", "0x1p+1"),
    ("2^-21", "4.7683715820313e-07"),
    ("12345678901234.5", "12345678901235"),
    ("100000000000005", "1.0000000000001e+14"),
    ("0.5 .. ''", "0.5"),
    ("-12345678901234.5 .. ''", "-12345678901235"),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_ties(source, expected):
    assert value(source) == expected


def test_formatted():
    assert formatted("%.4f", 0.03125) == "0.0313"
    assert formatted("%f", 2.0**-7) == "0.007813"
    assert formatted("%.3f", float("inf")) == "inf"
    assert formatted("%5.1f", 3) == "  3.0"


@pytest.mark.parametrize("seed", range(2))
def test_all_conversions_round_halves_away_from_zero(seed):
    """Python's decimal arithmetic, told to round so, is the judge."""
    draw = random.Random(seed)
    for _ in range(3000):
        exact = (draw.getrandbits(draw.randint(1, 53)) | 1) * 2.0 ** draw.randint(-60, 12)
        digits = draw.randint(0, 17)
        with decimal.localcontext(prec=200, rounding=decimal.ROUND_HALF_UP):
            fixed = format(decimal.Decimal(exact), f".{digits}f")
            scientific = format(decimal.Decimal(exact), f".{digits}e")
        assert run_format(f"%.{digits}f", exact) == fixed
        assert decimal.Decimal(run_format(f"%.{digits}e", exact)) == decimal.Decimal(scientific)
        general = run_format(f"%.{digits + 1}g", exact)
        assert decimal.Decimal(general) == decimal.Decimal(scientific)
