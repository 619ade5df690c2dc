"""Which encoder suits these records: each is tried, by how far its model misses records left out of it.

The miss is the squared error of section 3 of PoA-1, in closed form: no record that measures a model later is looked at,
and no second training is needed. The rule: the cheapest encoder whose miss stands within a TIE-th of the least. Cheaper
means earlier in `encoders.NAMES`. A count of wrong answers is kept beside it, for people: on a few hundred records it
is too coarse to choose by. The choice and every figure it rests on go into the manifest; nothing later chooses again.

`auto` leaves out encoders that run a language model where that would take more than about half a minute (BEARABLE);
`thorough` tries everything. Of a table's one encoder the same rule says whether products of its numbers are features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, TooFewRecords
from core.jobs import Progress
from core.models import encoders, features
from core.models.encoders.base import Encoder, Features
from core.models.encoders.columns import Columns
from core.models.manifest import MISS
from core.models.ridge import Statistics, choose
from core.models.ridge.statistics import LIMIT
from core.models.rows import Many, taken

AUTO, THOROUGH = "auto", "thorough"
WAYS = (AUTO, THOROUGH)
TIE = 50  # one 50th of the least miss: 2 %
MILLION = 1_000_000
_MOST = 2**31  # what a manifest holds; a miss above 1 is worse than no answer at all
OF_COLUMNS = (Columns.name, f"{Columns.name}+products")  # as the manifest names the two
BEARABLE = 60_000  # tokens to encode by a language model, and _PER_TEXT for each text: half a millisecond each
_PER_TEXT = 16

Ints = NDArray[np.int64]
Encode = Callable[[str], features.EncodeChunk | None]  # by an encoder's name; None: in this process


@dataclass(frozen=True)
class Tried:
    """Of one encoder, its records left out one at a time, at the best lambda `j` for them.

    `errors` is the weight of the records answered wrongly, `miss` the squared error in millionths of the whole weight.
    """

    encoder: str
    errors: int
    miss: int
    j: int


@dataclass(frozen=True)
class Choice:
    """`weight` is the whole weight of the records; `skipped` would have taken too long."""

    encoder: str
    way: str
    weight: int
    tried: tuple[Tried, ...]
    skipped: tuple[str, ...]

    def canonical(self) -> dict[str, object]:
        """For the manifest: errors and miss by encoder, errors null where it was not tried."""
        found: dict[str, object] = {"of": self.weight, "way": self.way}
        for one in self.tried:
            found |= {one.encoder: one.errors, one.encoder + MISS: one.miss}
        return found | dict.fromkeys(self.skipped)


def best(
    texts: Sequence[str],
    labels: Ints,
    weights: Ints,
    K: int,
    progress: Progress,
    *,
    way: str = AUTO,
    shelf: features.Shelf | None = None,
    encode: Encode | None = None,
) -> Choice:
    """Labels [n] in 0..K-1, weights [n] in 0..64. Rows computed on the way are left on `shelf`.

    Raises BadInput (an unknown way), TooFewRecords (fewer than two labels with weight), ModelError, Cancelled.
    """
    if way not in WAYS:
        raise BadInput(field="encoder", reason="unknown way", value=way)
    present = len(set(labels[weights > 0].tolist()))
    if present < 2:
        raise TooFewRecords(label="", found=present, needed=2)
    shelf = shelf or features.Shelf()
    names = [name for name in encoders.NAMES if way == THOROUGH or bearable(encoders.get(name), texts)]
    tried = []
    for place, name in enumerate(names):
        progress.step("choose", place, len(names))
        kind = encoders.get(name)
        x = shelf.rows(kind, texts, progress, None if encode is None else encode(name))
        tried.append(_try(kind, x, labels, weights, K))
    total = int(weights.sum())
    chosen = pick(tried)
    return Choice(chosen.encoder, way, total, tuple(tried), tuple(n for n in encoders.NAMES if n not in names))


def of_columns(
    fitted: Columns,
    texts: Sequence[str],
    labels: Ints,
    weights: Ints,
    K: int,
    progress: Progress,
    *,
    shelf: features.Shelf | None = None,
) -> tuple[Columns, Choice | None]:
    """Of a table's encoder, the one without products of numbers or `fitted` with them, by the same rule.

    None where there is nothing to choose: no products, or too few labels for any model. Raises BadInput, Cancelled.
    """
    if not fitted.scaling.products or len(set(labels[weights > 0].tolist())) < 2:
        return fitted, None
    found = dict(zip(OF_COLUMNS, (Columns(replace(fitted.scaling, multiplied=False)), fitted), strict=True))
    shelf, tried = shelf or features.Shelf(), []
    for place, (name, kind) in enumerate(found.items()):
        progress.step("choose", place, len(found))
        tried.append(replace(_try(kind, shelf.rows(kind, texts, progress), labels, weights, K), encoder=name))
    chosen = pick(tried).encoder
    return found[chosen], Choice(chosen, AUTO, int(weights.sum()), tuple(tried), ())


def pick(tried: Sequence[Tried]) -> Tried:
    """The first, which is the cheapest, whose miss stands within a 50th of the least."""
    least = min(one.miss for one in tried)
    return next(one for one in tried if (one.miss - least) * TIE <= least)


def bearable(kind: Encoder, texts: Sequence[str]) -> bool:
    """Whether `auto` tries this encoder on these texts."""
    return kind.exact or sum(len(kind.tokens(text)) + _PER_TEXT for text in texts) <= BEARABLE


def _try(kind: Encoder, x: Many, labels: Ints, weights: Ints, K: int) -> Tried:
    kept = weights > 0
    x, labels, weights = taken(x, kept), labels[kept], weights[kept]
    if len(x) < kind.width:
        lost, squared, j = fewer(x[:], labels, weights, K)
    else:
        statistics = Statistics.of(x, labels, K, weights, norm_class=kind.norm_class)
        found = choose.errors(statistics, x, labels, weights)
        j = choose.choose(found)
        lost, squared = choose.wrong(statistics, x, labels, weights, j), float(found[choose.GRID.index(j)])
    return Tried(kind.name, lost, min(_MOST, round(MILLION * squared / int(weights.sum()))), j)


def fewer(x: Features, labels: Ints, weights: Ints, K: int) -> tuple[int, float, int]:
    """Weight answered wrongly, squared error, and j, where the records (all with weight) are fewer than the features.

    The same quantities from the n x n matrix of inner products: with rows sqrt(w) x, the fitted values are
    `U v / (v + lambda) U^T` of the targets, and the diagonal of that is w h. Seconds less for a few hundred records.
    """
    root = np.sqrt(weights.astype(np.float64))[:, None]
    rows = x.astype(np.float64) * root
    values, U = np.linalg.eigh(rows @ rows.T)
    target = np.zeros((len(x), K))
    target[np.arange(len(x)), labels] = 1.0
    turned = U.T @ (target * root)
    errors, lost = [], []
    for j in choose.GRID:
        shrunk = np.maximum(values, 0.0) / (np.maximum(values, 0.0) + np.ldexp(float(LIMIT**2), j))
        leverage = ((U * U) @ shrunk)[:, None]
        fitted = U @ (turned * shrunk[:, None])
        errors.append(float((((target * root - fitted) / (1 - leverage)) ** 2).sum()))
        lost.append(int(weights[np.argmax(fitted / root - leverage * target, axis=1) != labels].sum()))
    j = choose.choose(np.array(errors))
    place = choose.GRID.index(j)
    return lost[place], errors[place], j
