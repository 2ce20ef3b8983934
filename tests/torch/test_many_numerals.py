"""Many numbers in ascii files are spelled and read together: the same to the last digit and bit as
one by one."""

from decimal import Decimal

import numpy as np
import pytest

from th7shell import torch
from th7shell.torch.files import ascii, decimals, digits

RANDOM = np.random.RandomState(5)
N = 3000
VALUES = {
    "between 0 and 1": RANDOM.rand(N),
    "of both signs": RANDOM.randn(N) * 1000,
    "of all sizes": np.exp(RANDOM.randn(N) * 20),
    "whole": RANDOM.randint(-(10**8), 10**8, N).astype(float),
    "large": RANDOM.rand(N) * 2.0 ** RANDOM.randint(40, 60, N),
    "binary fractions": (RANDOM.randint(0, 2**30, N) * 2 + 1) / 2.0 ** RANDOM.randint(0, 70, N),
    "of single precision": RANDOM.rand(N).astype(np.float32).astype(float),
    "special": np.array(
        [0.0, -0.0, 1, 10, 1e16, 1e17, 0.1, 1e-4, 9.9999e-5, 123456789.5, 1234567890.5, 99999999.95]
        + [0.99999999999999989, 2.5, 2**52, 2**53, 5e-324, 1e300, np.inf, -np.inf, np.nan, -np.nan]
        + [999999999.5, 9.9999999995, 4503599627370495.5, 0.000100000000005, 0.25] * 40
    ),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("count", [17, 9])
@pytest.mark.parametrize("space", [b" ", b""])
def test_rows_are_what_c_writes(name, count, space):
    values = VALUES[name]
    rows, done = digits.spelled(values, count, space)
    for row, value in zip(rows[done], values[done]):
        assert bytes(row[row != 0]) == b"%.*g" % (count, value) + space
    plain = (np.abs(values) >= 1.001e-4) & (np.abs(values) < min(0.999 * 10**count, 2**52))
    if name != "special":
        assert done[plain].sum() >= 0.99 * plain.sum()


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("kind", ["Double", "Float"])
def test_a_file_holds_what_single_numbers_are(name, kind):
    values = VALUES[name].astype(np.float32 if kind == "Float" else float)
    text = ascii.spell(values, " ")
    form = "%.9g" if kind == "Float" else "%.17g"
    words = [ascii._with_sign(form, v) for v in values]
    assert text.decode() == " ".join(words)
    file = torch.MemoryFile("rw")
    storage = getattr(torch, f"{kind}Storage")(values.size)
    storage.nd[...] = values
    getattr(file, f"write{kind}")(storage)
    file.seek(1)
    again = getattr(file, f"read{kind}")(values.size).nd
    assert np.array_equal(again, values, equal_nan=True)
    assert np.array_equal(np.signbit(again), np.signbit(values))


def halves():
    """Numerals close to the middle between two doubles."""
    out = []
    for i in range(N):
        low = RANDOM.randint(1, 2**20) + RANDOM.rand()
        middle = (Decimal(low) + Decimal(np.nextafter(low, np.inf))) / 2
        out.append(str(middle)[: 16 + i % 4])
    return out


WORDS = {
    **{
        form: [form % v for v in VALUES["between 0 and 1"]]
        for form in ("%.17g", "%.9g", "%.16f", "%.22f", "%.15g", "%.1f")
    },
    "signed": [f"{v:.12f}" for v in VALUES["of both signs"]],
    "whole": [f"{v:.0f}" for v in VALUES["whole"]],
    "halves": halves(),
    "others between": ["1e5", "inf", "-INF", "+1.5", "-0", "-.5", "5.", ".25", "0.0"]
    + ["99999999.9999999999", "123456789.25", "0.00000000000000000001", "1" * 30, "0" * 9 + ".5"]
    * 9
    + ["1.5"] * N,
}


@pytest.mark.parametrize("name", WORDS)
def test_numerals_are_read_as_by_c(name):
    words = WORDS[name]
    text = "\n ".join(words).encode() + b" "
    values, end = decimals.read(text, len(words))
    assert end == len(text) - 1
    expected = np.array([float(w) for w in words])
    assert np.array_equal(values.view(np.int64), expected.view(np.int64))
    values, end = decimals.read(text, len(words) - 1)
    assert values.size == len(words) - 1 and text[end:].split() == [words[-1].encode()]


def test_most_numerals_with_exponents_are_left_to_python():
    text = b" ".join(b"%.17g" % v for v in VALUES["of all sizes"] * 1e30) + b" "
    assert decimals.read(text, N) is None
    assert decimals.read(b"", 5) is None and decimals.read(b"1.5", 5) is None


@pytest.mark.parametrize("word", ["1.2.3", ".", "-", "1-2", "--1", "x", "1_0", "0x10"])
def test_reading_ends_at_what_is_no_numeral(word):
    read = numbers_in(" ".join(["0.5"] * 400 + [word] + ["0.25"] * 400), 801)
    alone = numbers_in(f"{word} 0.25", 2)
    assert read[:400] == [0.5] * 400
    assert read[400:402] == alone[: len(read) - 400]


def numbers_in(text, most):
    file = torch.MemoryFile(torch.CharStorage().string(text + "\0"), "r")
    file.quiet()
    return file.readDouble(most).nd.tolist()
