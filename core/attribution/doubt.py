"""Which labels to look at again: the answer each record would get from the model made without it.

Not part of PoA-1 and of no consequence for pay; a curator's order of reading, so floats will do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from core.models.ridge.exact import Floats
from core.models.ridge.head import Head
from core.models.ridge.statistics import Features, check_records


def doubt(head: Head, X: Features, labels: ArrayLike, weights: ArrayLike) -> Floats:
    """For records of the head: the best other label's leave-one-out score less the given one's, float64 [n].

    Above 0: without the record, the model would have given another label. Raises BadInput.
    """
    y, w = check_records(len(X), labels, head.K, weights)
    own = np.arange(len(X))
    left = np.ldexp(head.residuals(X, y).astype(np.float64), -head.t)
    left /= (1.0 - w * np.ldexp(head.leverage(X).astype(np.float64), -head.s))[:, None]
    scores = -left
    given = 1.0 - left[own, y]
    scores[own, y] = -np.inf
    best: Floats = scores.max(axis=1)
    return best - given
