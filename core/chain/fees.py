"""What to pay for gas (EIP-1559): the node suggests, the verified header says what can be."""

from __future__ import annotations

from dataclasses import dataclass

from core.chain.light_node import FeeHistory, LightNode
from core.errors import BadEncoding, FeeTooHigh, RpcError
from core.eth.header import Header, next_base_fee
from core.eth.transaction import Transaction

_LEAST_TIP = 1_000_000  # wei a gas, where the node names none
_BLOCKS = 5  # looked back at; on our own ledger nobody competes, and one is enough


@dataclass(frozen=True)
class Fees:
    """Wei a gas: the tip, and the most in all, which bears the base fee doubling."""

    tip: int
    per_gas: int

    def at_least_above(self, old: Transaction) -> Fees:
        """For taking a waiting one's place: nodes want a tenth more on both; an eighth leaves no doubt."""
        return Fees(max(self.tip, _raised(old.max_tip)), max(self.per_gas, _raised(old.max_fee)))


def _raised(fee: int) -> int:
    return fee + fee // 8 + 1


def suggest(light: LightNode, head: Header) -> Fees:
    """Raises FeeTooHigh when what the node says cannot be, or is above the network's limit."""
    try:
        history = light.fee_history(1 if light.network.local else _BLOCKS).value
    except RpcError:  # a node without eth_feeHistory
        history = FeeHistory((), ())
    base = _base_fee(light, head, history)
    tips = sorted(history.tips)
    tip = tips[len(tips) // 2] if tips else _LEAST_TIP
    limit = light.network.max_fee_per_gas
    if tip > limit:
        raise FeeTooHigh(fee=tip, limit=limit)
    return Fees(tip, 2 * base + tip)


def _base_fee(light: LightNode, head: Header, history: FeeHistory) -> int:
    """Of the next block: worked out on our own ledger; elsewhere the node's word, within twice the verified one."""
    if head.base_fee is None:
        raise BadEncoding(what="header", reason="no base fee")
    said = history.base_fees[-1] if history.base_fees else head.base_fee
    if said > 2 * head.base_fee + 1:
        raise FeeTooHigh(fee=said, limit=2 * head.base_fee + 1)
    return next_base_fee(head) if light.network.local else said
