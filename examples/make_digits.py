"""Write examples/digits.t7 from the handwritten digits that scikit-learn carries.

Run once; needs scikit-learn. The pictures are the test half of "Optical Recognition of Handwritten
Digits" (E. Alpaydin, C. Kaynak; UCI Machine Learning Repository, CC BY 4.0), made from NIST forms:
1,797 pictures of 8x8 cells, each a count 0…16 of inked points.
File: a table {data = ByteTensor 1797x8x8, labels = ByteTensor 1797 (digit 0…9), source = text}.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from th7shell import torch
from th7shell.lua import new_table
from th7shell.torch.tensor import wrap

SOURCE = (
    "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning "
    "Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; the copy that scikit-learn carries"
)


def main() -> None:
    digits = load_digits()
    table = new_table(
        fields={
            "data": wrap(digits.images.astype(np.uint8)),
            "labels": wrap(digits.target.astype(np.uint8)),
            "source": SOURCE,
        }
    )
    torch.save(str(Path(__file__).with_name("digits.t7")), table)


if __name__ == "__main__":
    main()
