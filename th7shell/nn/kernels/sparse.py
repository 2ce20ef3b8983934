"""Sparse inputs: lists of places that may repeat, of rows or columns of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from .lookup import add_rows

Array = np.ndarray


def rounds(rows: Array) -> list[Any]:
    """The places of `rows`, in groups that name no row twice: all first mentions, all second …"""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    start = np.flatnonzero(np.diff(ordered, prepend=-1))
    if len(start) == len(rows):
        return [slice(None)]
    counts = np.diff(start, append=len(rows))
    mention = np.empty(len(rows), np.intp, like=rows)
    mention[order] = np.arange(len(rows), like=rows) - np.repeat(start, counts)
    by_mention = np.argsort(mention, kind="stable")
    return np.split(by_mention, np.cumsum(np.bincount(mention))[:-1])


def samples_of(sizes: Array) -> Array:
    """Which sample each entry belongs to, for samples of these numbers of entries."""
    return np.repeat(np.arange(len(sizes), like=sizes), sizes)


def ends_of(sizes: Array) -> Array:
    """Where the entries of each sample end in one list of all."""
    return np.cumsum(sizes)


def per_entry(g: Array, sizes: Array) -> Array:
    """Each sample's row of g, once for each of its entries."""
    return np.repeat(g, sizes, 0)


def add_columns(table: Array, columns: Array, values: Array) -> None:
    """table[:, columns[i]] += values[i] for every i; columns may repeat."""
    found, place = np.unique(columns, return_inverse=True)
    total = np.zeros((len(found), len(table)), table.dtype, like=table)
    add_rows(total, place.reshape(-1), values)
    table[:, found] += total.T


def mentioned(columns: Array) -> Array:
    """Each column once."""
    return np.unique(columns)


def times_mentioned(rows: Array) -> Array:
    """For each mention of a row, how often that row is mentioned."""
    return np.bincount(rows, minlength=1)[rows]


def with_sample(pairs: Array, sample: int) -> Array:
    """(nnz, 2) pairs as (nnz, 3): the sample's number before each."""
    return np.column_stack([np.full(len(pairs), sample, pairs.dtype, like=pairs), pairs])
