"""All layers that have a PyTorch form: class name → the function that says what they become."""

from __future__ import annotations

from . import convolution, elementwise, linear, pooling, shaping
from .elementwise import Rule

RULES: dict[str, Rule] = {
    **elementwise.RULES,
    **shaping.RULES,
    **linear.RULES,
    **convolution.RULES,
    **pooling.RULES,
}
