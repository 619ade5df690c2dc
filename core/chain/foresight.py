"""What a transaction will do and the gas it needs, before it is signed: by execution here, on proven state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.chain.contracts import Contract, decode_error
from core.chain.light_node import LightNode
from core.chain.simulation import Effects, Transfer
from core.chain.trust import Trust
from core.errors import Reverted, RpcError
from core.eth import validity
from core.eth.account import EMPTY_CODE_HASH, Account
from core.eth.header import Header
from core.eth.transaction import DYNAMIC_FEE, Transaction
from core.units import Address

TRANSFER_GAS = 21_000


@dataclass(frozen=True)
class Foresight:
    """`gas` has a margin; `effects` is None where only the node said what gas it needs; `trust` is of both."""

    gas: int
    effects: Effects | None
    trust: Trust


def foresee(
    light: LightNode,
    head: Header,
    sender: tuple[Address, Account],
    to: tuple[Address | None, Account | None],
    value: int,
    data: bytes,
    contracts: Sequence[Contract],
) -> Foresight:
    """Of a transaction in the block after `head`. Raises Reverted (it would fail; named by the errors of `contracts`),
    RpcError for a failure without a name, and what reading raises.
    """
    recipient, there = to
    if not data and recipient is not None and there is not None and there.code_hash == EMPTY_CODE_HASH:
        return Foresight(TRANSFER_GAS, _payment(*sender, recipient, there, value), light.head().trust)
    try:
        found = light.simulate(sender[0], recipient, data, value)
        found.value.check("eth_estimateGas")
    except RpcError as error:
        failure = decode_error(error, contracts)
        if failure is None:
            raise
        raise Reverted(reason=failure.name, arguments=dict(failure.arguments), tx_hash=None) from error
    estimate = found.value.gas
    probe = Transaction(DYNAMIC_FEE, None, 0, 0, 0, 0, recipient.raw if recipient else None, value, data)
    with_margin = max(estimate + estimate // 4, validity.intrinsic_gas(probe))
    gas = with_margin if estimate > head.gas_limit else min(with_margin, head.gas_limit)
    return Foresight(gas, found.value.effects, found.trust)


def _payment(sender: Address, account: Account, to: Address, recipient: Account, value: int) -> Effects:
    """Of wei sent to an account without code: nothing needs to be executed."""
    balances = {}
    if value and sender != to:
        balances = {
            sender: (account.balance, account.balance - value),
            to: (recipient.balance, recipient.balance + value),
        }
    return Effects(balances, {}, (), (Transfer(sender, to, value),) if value else (), (), 0)
