"""How a settled amount is divided, with exactly the rounding of Settlement.sol (`settle`, `_earn`).

Builder, supporters and treasury each get their basis points rounded down; what is left, every odd wei included, is the
contributors' pool.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.chain import parameters
from core.errors import BadInput
from core.units import Amount

BASIS = 10_000
LEAST_CONTRIBUTORS, MOST_BUILDER, MOST_SUPPORTERS, MOST_TREASURY = 5_000, 4_000, 2_000, 1_000  # as Params bounds them


@dataclass(frozen=True)
class Split:
    """Parts of a fee in basis points, in the contract's order; together 10,000.

    Raises BadInput(field, reason). `Models.register` also wants the bounds of `Params`; see `check_bounds`.
    """

    contributors: int
    builder: int
    supporters: int
    treasury: int

    def __post_init__(self) -> None:
        for name, value in zip(("contributors", "builder", "supporters", "treasury"), self.bps, strict=True):
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= BASIS:
                raise BadInput(field=name, reason="range", value=value)
        if sum(self.bps) != BASIS:
            raise BadInput(field="split", reason="sum", value=sum(self.bps))

    def check_bounds(self) -> None:
        """Raises BadInput for what Models.register would refuse."""
        for name, holds in (
            ("contributors", self.contributors >= LEAST_CONTRIBUTORS),
            ("builder", self.builder <= MOST_BUILDER),
            ("supporters", self.supporters <= MOST_SUPPORTERS),
            ("treasury", self.treasury <= MOST_TREASURY),
        ):
            if not holds:
                raise BadInput(field=name, reason="bounds", value=getattr(self, name))

    @property
    def bps(self) -> tuple[int, int, int, int]:
        """As Models.register takes it."""
        return (self.contributors, self.builder, self.supporters, self.treasury)


@dataclass(frozen=True)
class Parts:
    """A divided amount. `pool` is what the contributors' leaves may claim in all."""

    pool: Amount
    builder: Amount
    supporters: Amount
    treasury: Amount

    @property
    def total(self) -> Amount:
        return self.pool + self.builder + self.supporters + self.treasury


DEFAULT = Split(*parameters.SPLIT)  # what a new network's Params and every form start with


def divide(amount: Amount, split: Split, *, staked: bool = True) -> Parts:
    """`amount` by `split`; the parts sum to it exactly. While nobody stakes behind the model, the pool keeps the
    supporters' part.
    """
    builder, supporters, treasury = (
        amount.wei * bps // BASIS for bps in (split.builder, split.supporters if staked else 0, split.treasury)
    )
    pool = amount.wei - builder - supporters - treasury
    return Parts(Amount(pool), Amount(builder), Amount(supporters), Amount(treasury))
