"""Between one payer and one model: the place where calls are metered, vouchers signed and settlements made."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import BadInput
from core.units import Address


@dataclass(frozen=True)
class Channel:
    """One payer and one model under one Settlement contract. `model` is the number in the Models contract.

    Raises BadInput(field, reason).
    """

    chain_id: int
    contract: Address
    payer: Address
    model: int

    def __post_init__(self) -> None:
        for name, value in (("chain_id", self.chain_id), ("model", self.model)):
            if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
                raise BadInput(field=name, reason="range", value=value)

    @property
    def key(self) -> tuple[int, bytes, bytes, int]:
        """As the vault's tables name it."""
        return (self.chain_id, self.contract.raw, self.payer.raw, self.model)
