"""A block's contents, believed as a whole or not at all: both roots are rebuilt from everything the node sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ProofMismatch
from core.eth import hexdata, trie
from core.eth.header import Header
from core.eth.receipt import Log, Receipt
from core.eth.transaction import Transaction, contract_address
from core.units import Address

MAX_TRANSACTIONS = 20_000


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
    """A transaction in a block, with its outcome. `fee` in wei is what it really cost; `contract` what it created."""

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


def verify_block(header: Header, block: object, receipts: object) -> tuple[Mined, ...]:
    """Every transaction of the block of `header`, from the node's full block object and its receipts.

    Raises ProofMismatch when a transaction, a receipt or a log is missing, added, moved or changed, and BadEncoding.
    """
    answers = hexdata.sequence(hexdata.mapping(block, "block").get("transactions"), "transactions")
    transactions = [Transaction.from_rpc(answer) for answer in answers]
    _same_root("transactions root", header.transactions_root, [entry.encoded for entry in transactions])
    outcomes = [Receipt.from_rpc(entry) for entry in hexdata.sequence(receipts, "receipts", limit=MAX_TRANSACTIONS)]
    _same_root("receipts root", header.receipts_root, [outcome.encode() for outcome in outcomes])
    if len(outcomes) != len(transactions):
        raise ProofMismatch(what="receipts", expected=len(transactions), found=len(outcomes))
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


def _logs(block: int, position: int, tx_hash: bytes, logs: Sequence[Log], first: int) -> tuple[VerifiedLog, ...]:
    return tuple(
        VerifiedLog(block, first + at, position, tx_hash, Address(log.address), log.topics, log.data)
        for at, log in enumerate(logs)
    )


def _mined(
    header: Header,
    position: int,
    transaction: Transaction,
    outcome: Receipt,
    gas_before: int,
    logs: tuple[VerifiedLog, ...],
) -> Mined:
    sender = transaction.sender
    base = header.base_fee or 0
    return Mined(
        block=header.number,
        position=position,
        hash=transaction.hash,
        sender=Address(sender),
        to=None if transaction.to is None else Address(transaction.to),
        contract=Address(contract_address(sender, transaction.nonce)) if transaction.to is None else None,
        nonce=transaction.nonce,
        value=transaction.value,
        succeeded=outcome.succeeded,
        gas_used=outcome.cumulative_gas - gas_before,
        price=min(transaction.max_fee, base + transaction.max_tip),
        logs=logs,
    )
