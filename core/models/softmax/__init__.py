"""The softmax head, for raw low-dimensional data: certified optimum, rounded Hessian, one-Newton leave-one-out.

The specification is PoA-1, section 14 (core/attribution/SPEC.md); names here are its names.
"""

from core.models.softmax.head import Head, fits, train

__all__ = ["Head", "fits", "train"]
