"""The ridge head in exact integers: sums, the certified solve and the choice of lambda (PoA-1, sections 2 and 3).

The specification stands in core/attribution/SPEC.md; names here are its names.
"""

from core.models.ridge.head import Head, fit, train
from core.models.ridge.statistics import Statistics

__all__ = ["Head", "Statistics", "fit", "train"]
