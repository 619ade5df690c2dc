"""A block's contents, believed as a whole or not at all: both roots are rebuilt from everything the node sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ProofMismatch
from core.eth import bloom, hexdata, trie
from core.eth.deposit import Deposit, transaction_from_rpc
from core.eth.header import Header
from core.eth.receipt import Log, Receipt
from core.eth.transaction import Transaction, contract_address
from core.units import Address

MAX_TRANSACTIONS = 20_000
_MAX_NONCE = 2**63  # nobody has sent that many; the store holds no more
NO_NONCE = -1  # of a rollup's deposit before Canyon: no root commits to it


@dataclass(frozen=True)
class VerifiedLog:
    """What a contract said. `position` counts the block's logs, `transaction_position` its transactions."""

    block: int
    position: int
    transaction_position: int
    transaction_hash: bytes
    address: Address
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class Mined:
    """A transaction in a block, with its outcome. `fee` in wei is what it really cost; `contract` what it created.

    On a rollup `fee` is without the part for L1, which no root commits to.
    """

    block: int
    position: int
    hash: bytes
    sender: Address
    to: Address | None
    contract: Address | None
    nonce: int
    value: int
    succeeded: bool
    gas_used: int
    price: int
    logs: tuple[VerifiedLog, ...] = ()

    @property
    def fee(self) -> int:
        return self.gas_used * self.price


def verify_block(header: Header, block: object, receipts: object, *, rollup: bool = False) -> tuple[Mined, ...]:
    """Every transaction of the block of `header`, from the node's full block object and its receipts.

    `rollup`: of an OP Stack chain, whose blocks hold deposits. Raises ProofMismatch when a transaction, a receipt or a
    log is missing, added, moved or changed, and BadEncoding.
    """
    answers = hexdata.sequence(hexdata.mapping(block, "block").get("transactions"), "transactions")
    transactions = [transaction_from_rpc(answer, rollup=rollup) for answer in answers]
    _same_root("transactions root", header.transactions_root, [entry.encoded for entry in transactions])
    entries = hexdata.sequence(receipts, "receipts", limit=MAX_TRANSACTIONS)
    outcomes = [Receipt.from_rpc(entry, rollup=rollup) for entry in entries]
    _same_root("receipts root", header.receipts_root, [outcome.encode() for outcome in outcomes])
    if len(outcomes) != len(transactions):
        raise ProofMismatch(what="receipts", expected=len(transactions), found=len(outcomes))
    _check_sums(header, outcomes, rollup=rollup)
    mined = []
    gas_before = first_log = 0
    for position, (transaction, outcome) in enumerate(zip(transactions, outcomes, strict=True)):
        logs = _logs(header.number, position, transaction.hash, outcome.logs, first_log)
        mined.append(_mined(header, position, transaction, outcome, gas_before, logs))
        gas_before = outcome.cumulative_gas
        first_log += len(logs)
    return tuple(mined)


def _same_root(what: str, expected: bytes, values: Sequence[bytes]) -> None:
    found = trie.ordered_root(values)
    if found != expected:
        raise ProofMismatch(what=what, expected=expected.hex(), found=found.hex())


def _check_sums(header: Header, outcomes: Sequence[Receipt], *, rollup: bool) -> None:
    """A block that the rules made has the blooms of its logs and the gas of its receipts; one that was made up may not.

    Gas of a rollup's block is not compared: before Regolith its system transactions were left out.
    """
    for outcome in outcomes:
        right = bloom.of_logs(outcome.logs)
        if outcome.bloom != right:
            raise ProofMismatch(what="receipt bloom", expected=right.hex(), found=outcome.bloom.hex())
    found = bloom.union(outcome.bloom for outcome in outcomes)
    if found != header.bloom:
        raise ProofMismatch(what="bloom", expected=header.bloom.hex(), found=found.hex())
    gas = [outcome.cumulative_gas for outcome in outcomes]
    if gas != sorted(gas) or (not rollup and header.gas_used != (gas[-1] if gas else 0)):
        raise ProofMismatch(what="gas used", expected=header.gas_used, found=gas[-1] if gas else 0)


def _logs(block: int, position: int, tx_hash: bytes, logs: Sequence[Log], first: int) -> tuple[VerifiedLog, ...]:
    return tuple(
        VerifiedLog(block, first + at, position, tx_hash, Address(log.address), log.topics, log.data)
        for at, log in enumerate(logs)
    )


def _mined(
    header: Header,
    position: int,
    transaction: Transaction | Deposit,
    outcome: Receipt,
    gas_before: int,
    logs: tuple[VerifiedLog, ...],
) -> Mined:
    sender = transaction.sender
    base = header.base_fee or 0
    if isinstance(transaction, Deposit):
        nonce = NO_NONCE if outcome.deposit_nonce is None else outcome.deposit_nonce
        price = 0
    else:
        if transaction.nonce >= _MAX_NONCE:
            raise ProofMismatch(what="nonce", expected=_MAX_NONCE, found=transaction.nonce)
        nonce, price = transaction.nonce, min(transaction.max_fee, base + transaction.max_tip)
    created = Address(contract_address(sender, nonce)) if transaction.to is None and nonce != NO_NONCE else None
    return Mined(
        block=header.number,
        position=position,
        hash=transaction.hash,
        sender=Address(sender),
        to=None if transaction.to is None else Address(transaction.to),
        contract=created,
        nonce=nonce,
        value=transaction.value,
        succeeded=outcome.succeeded,
        gas_used=outcome.cumulative_gas - gas_before,
        price=price,
        logs=logs,
    )
