"""Convolutions along a table of connections between planes."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray


def fan_in(outputs: Array, planes: int) -> Array:
    """How many filters lead to each output plane."""
    return np.bincount(outputs, minlength=planes)


def add_filters(dense: Array, place: tuple[Any, Any], filters: Array) -> None:
    """dense[place] += filters; a connection that stands in the table twice counts twice."""
    np.add.at(dense, place, filters)
