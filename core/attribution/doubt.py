"""Which labels to look at again: the answer each record would get from the model made without it.

Not part of PoA-1 and of no consequence for pay; a curator's order of reading, so floats will do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from core.models.ridge.base import Head
from core.models.ridge.exact import Floats
from core.models.ridge.statistics import check_records
from core.models.rows import Many, blocks


def doubt(head: Head, X: Many, labels: ArrayLike, weights: ArrayLike) -> Floats:
    """For records of the head: the best other label's leave-one-out score less the given one's, float64 [n].

    Above 0: without the record, the model would have given another label. Raises BadInput.
    """
    y, w = check_records(len(X), labels, head.K, weights)
    found = np.empty(len(X))
    for start, rows in blocks(X):
        part, own = slice(start, start + len(rows)), np.arange(len(rows))
        scores = head.left_out(rows, y[part], w[part])
        given = scores[own, y[part]]
        scores[own, y[part]] = -np.inf
        found[part] = scores.max(axis=1) - given
    return found
