"""Compare a gradient with central differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from .settings import evaluate, like


def checkgrad(opfunc: Any = None, x: Any = None, eps: float = 1e-7, *_: Any) -> Any:
    """Check an objective's gradient numerically.

    `optim.checkgrad(opfunc, x, eps)` → ‖dC − est‖ / ‖dC + est‖, dC, est

    opfunc: function of x that returns loss and gradient; x: 1-D tensor (restored afterwards); eps:
    1e-7.
    A ratio near 1e-7 or below speaks for the gradient.
    """
    exact = evaluate(opfunc, x)[1]
    exact = exact.clone()
    estimate = like(x)
    flat = x.nd.reshape(-1) if x.nd.flags.c_contiguous else x.nd
    for i in range(len(flat)):
        kept = flat[i]
        flat[i] = kept + eps
        above = evaluate(opfunc, x)[0]
        flat[i] = kept - eps
        below = evaluate(opfunc, x)[0]
        flat[i] = kept
        estimate.nd.reshape(-1)[i] = (above - below) / (2 * eps)
    a, b = exact.nd.reshape(-1), estimate.nd.reshape(-1)
    return float(np.linalg.norm(a - b) / np.linalg.norm(a + b)), exact, estimate
