"""Which family of head suits these records, by a stated rule (PoA-1, section 14), and training either.

Ridge is linear in its answers, so everything about it is exact; softmax is better on raw low-dimensional data, and its
credit is one Newton step. Both are compared by what they get wrong on records left out of them; no record that measures
the model later is looked at.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from core.errors import BadInput, Uncertified
from core.jobs import Progress, silent
from core.models import ridge, softmax
from core.models.ridge import choose as ridge_choice
from core.models.ridge.base import Head
from core.models.ridge.exact import Ints
from core.models.rows import Many
from core.models.softmax import choose as softmax_choice
from core.models.softmax.head import MAX_TOTAL, problem_of

AUTO, RIDGE, SOFTMAX = "auto", ridge.Head.family, softmax.Head.family
FAMILIES = (RIDGE, SOFTMAX)
WAYS = (AUTO, *FAMILIES)
TRIED_UP_TO = 128  # features: above, ridge loses nothing worth the trial, and credit stays exact
MOST_WORK = 1 << 32  # n (d K)^2 of a trial: about a minute
GAIN = 100  # softmax must err less by more than one 100th of the weight

_KINDS: dict[str, type[Head]] = {RIDGE: ridge.Head, SOFTMAX: softmax.Head}


@dataclass(frozen=True)
class Compared:
    """The weight of the records answered wrongly without them by either family, of the whole weight."""

    ridge: int
    softmax: int
    weight: int

    @property
    def family(self) -> str:
        return SOFTMAX if GAIN * (self.ridge - self.softmax) > self.weight else RIDGE

    def canonical(self) -> dict[str, object]:
        """For the manifest's `choice`."""
        return {RIDGE: self.ridge, SOFTMAX: self.softmax, "weighed": self.weight}


def kind(family: str) -> type[Head]:
    """The class of a family's heads. Raises BadInput."""
    if family not in _KINDS:
        raise BadInput(field="family", reason="unknown", value=family[:100])
    return _KINDS[family]


def blocks(family: str, K: int) -> int:
    """How many labels share a row of V and a leaf of sums (PoA-1, sections 9 and 14)."""
    return K if family == SOFTMAX else 1


def fits(d: int, K: int) -> bool:
    """Whether a softmax head of that size can be had at all."""
    return softmax.fits(d, K)


def worth_trying(d: int, K: int, w: Ints) -> bool:
    """Whether the rule looks at softmax for records of these weights."""
    small = d <= TRIED_UP_TO and fits(d, K) and int(w.sum()) <= MAX_TOTAL
    return small and int((w > 0).sum()) * (d * K) ** 2 <= MOST_WORK


def train(
    X: Many,
    y: Ints,
    K: int,
    w: Ints,
    *,
    family: str = AUTO,
    j: int | None = None,
    norm_class: int = 2,
    progress: Progress | None = None,
) -> tuple[Head, Compared | None, ridge.Statistics | None]:
    """The head of these records, the comparison where both families were tried, and the sums of a ridge head.

    `family` names one, or "auto": by the rule, which looks at lambda too; so where j is pinned, "auto" is ridge.
    Raises BadInput, TooFewRecords, Uncertified, AttributionError, Cancelled.
    """
    progress = progress or silent()
    if family not in WAYS:
        raise BadInput(field="family", reason="unknown", value=family[:100])
    compared = None
    if family == AUTO:
        family = RIDGE
        if j is None and worth_trying(X.shape[1], K, w):
            with suppress(Uncertified):  # a trial that does not settle is no reason not to train
                compared, j = _compare(X, y, K, w, norm_class, progress)
                family = compared.family
    if family == SOFTMAX:
        return softmax.train(X, y, K, w, j=j, norm_class=norm_class, progress=progress), compared, None
    head, statistics = ridge.train(X, y, K, w, j=j, norm_class=norm_class, progress=progress)
    return head, compared, statistics


def _compare(X: Many, y: Ints, K: int, w: Ints, norm_class: int, progress: Progress) -> tuple[Compared, int]:
    """The comparison, and the exponent of lambda that its winner chose."""
    problem = problem_of(X, y, K, w, norm_class)  # refuses what neither can be trained on
    statistics = ridge.Statistics.of(X, y, K, w, norm_class=norm_class, progress=progress)
    own = ridge_choice.choose(ridge_choice.errors(statistics, X, y, w, progress=progress))
    other = softmax_choice.choose(problem, progress=progress)
    found = Compared(ridge_choice.wrong(statistics, X, y, w, own), int(w.sum()) - other.right, int(w.sum()))
    return found, other.j if found.family == SOFTMAX else own
