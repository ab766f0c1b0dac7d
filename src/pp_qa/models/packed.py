"""Weights of products that keep four bits each in a file, and are multiplied as integers of eight.

A weight is q·k·s: `q` in [-7, 7] for itself, `k` in [1, 16] for GROUP weights of a column that follow
each other, `s` for a column. Here q·k is made, of eight bits; the graph multiplies by s.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP = 32
ZERO = 8
"""What stands for 0 where q is kept without a sign, two to a byte: the first half of each group in
the lower bits."""


def unpacked(content: bytes) -> Iterator[tuple[str, NDArray[np.int8]]]:
    """Of an .npz with `NAME.q`, uint8, shape (groups, GROUP / 2, columns), and `NAME.k`, int8, shape
    (groups, 1, columns): each name with its q·k, int8, shape (groups · GROUP, columns)."""
    kept = np.load(io.BytesIO(content), allow_pickle=False)
    for name in (n.removesuffix(".q") for n in kept.files if n.endswith(".q")):
        pairs = kept[f"{name}.q"]
        weights = np.concatenate([pairs & 15, pairs >> 4], axis=1).view(np.int8)
        weights -= ZERO
        weights *= kept[f"{name}.k"]
        yield name, weights.reshape(-1, pairs.shape[2])
