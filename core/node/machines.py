"""py-evm's virtual machines, one a fork, with what `import_block` of theirs leaves out or keeps to itself.

Seals of proof of work are not checked: that needs gigabytes of a data set, and no chain still makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from eth.consensus import NoProofConsensus
from eth.vm import forks
from eth.vm.forks.prague.constants import (
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
)
from eth_utils import ValidationError

from core.node.accounts import Accounts
from core.node.engine import Invalid
from core.node.forks import FORKS, since
from core.node.growing import ordered_root
from core.node.overrides import Overrides

Check = Callable[[Any], None]  # of one of py-evm's transactions, on the state as it is before it


class _Machine:
    """Stands before a VM of py-evm. `check` raises Invalid; with `lenient`, what cannot be taken is left out."""

    check: Check
    lenient = False

    def apply_transaction(self, header: Any, transaction: Any) -> Any:
        self.check(transaction)
        return super().apply_transaction(header, transaction)  # type: ignore[misc]

    def apply_all_transactions(self, transactions: Sequence[Any], base_header: Any) -> Any:
        """Keeps `taken`, `receipts` and `left` (transaction, reason, whether only for want of gas in this block)."""
        self.taken: list[Any] = []
        self.receipts: list[Any] = []
        self.left: list[tuple[Any, str, bool]] = []
        header, computations = base_header, []
        for transaction in transactions:
            full = header.gas_used + transaction.gas > header.gas_limit
            try:
                done, (receipt,), (computation,) = super().apply_all_transactions([transaction], header)  # type: ignore[misc]
            except (ValidationError, Invalid) as error:
                if not self.lenient:
                    raise
                self.left.append((transaction, str(error), full))
                continue
            header = done
            self.taken.append(transaction)
            self.receipts.append(receipt)
            computations.append(computation)
        return header, tuple(self.receipts), tuple(computations)

    def set_block_transactions_and_withdrawals(
        self, base_block: Any, new_header: Any, _transactions: Any, receipts: Any, withdrawals: Any = None
    ) -> Any:
        """Only the roots of their tries: what stands in these is kept as transactions and receipts."""
        roots = {"transaction_root": _root(self.taken), "receipt_root": _root(receipts)}
        content: dict[str, Any] = {"transactions": tuple(self.taken)}
        if withdrawals:
            roots["withdrawals_root"] = _root(withdrawals)
            content["withdrawals"] = withdrawals
        return base_block.copy(header=new_header.copy(**roots), **content)

    def process_deposit_request_data(self, block: Any) -> None:
        super().process_deposit_request_data(_Receipts(block, self.receipts))  # type: ignore[misc]

    def process_withdrawal_request_data(self, block: Any) -> None:
        self._need(WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS)
        super().process_withdrawal_request_data(block)  # type: ignore[misc]

    def process_consolidation_request_data(self, block: Any) -> None:
        self._need(CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS)
        super().process_consolidation_request_data(block)  # type: ignore[misc]

    def _need(self, address: bytes) -> None:
        """EIP-7002, EIP-7251: no block without the contract."""
        if not self.state.get_code(address):  # type: ignore[attr-defined]
            raise ValidationError(f"no system contract at 0x{address.hex()}")

    def execute_bytecode(self, *args: Any, **kwargs: Any) -> Any:
        """Only for the system's own calls: a block in which one fails is no block."""
        done = super().execute_bytecode(*args, **kwargs)  # type: ignore[misc]
        if done.is_error:
            raise ValidationError(f"a system call failed: {done.error}"[:200])
        return done

    @classmethod
    def finalize_gas_used(cls, transaction: Any, computation: Any) -> int:
        """WORKAROUND py-evm 0.12.1b1: it limits refunds after the floor of EIP-7623 instead of before it."""
        return gas_used(cls, transaction.gas, computation)[0]


class _Block:
    """Stands before a block of py-evm, whose values do not change: a copy need not copy each of them."""

    def copy(self, **changed: Any) -> Any:
        kept = {name: getattr(self, name) for name in self._meta.field_names}  # type: ignore[attr-defined]
        return type(self)(**{**kept, **changed})


class _Receipts:
    """A block as the requests are gathered from it, with the receipts at hand, which it would look up in their trie."""

    def __init__(self, block: Any, receipts: list[Any]) -> None:
        self.block_requests = block.block_requests
        self._receipts = receipts

    def get_receipts(self, _database: Any) -> list[Any]:
        return self._receipts


def _root(values: Iterable[Any]) -> bytes:
    """Of a block's transactions, receipts or withdrawals."""
    return ordered_root([value.encode() for value in values])


def gas_used(machine: Any, limit: int, computation: Any) -> tuple[int, int]:
    """What is paid, and the refund within it (EIP-3529, EIP-7623)."""
    spent = limit - computation.get_gas_remaining()
    refund = machine.calculate_net_gas_refund(spent, computation.get_gas_refund())
    return spent - refund + computation.data_floor_gas, refund


@cache
def machine(fork: str) -> Any:
    """The class of the VM of a fork."""
    known = getattr(forks, "".join(word.capitalize() for word in fork.split("_")) + "VM")
    state, block = known._state_class, known.block_class  # noqa: SLF001 - how py-evm's own forks name theirs
    own: dict[str, Any] = {
        "fork": fork,
        "_state_class": state.configure(account_db_class=Accounts),
        "block_class": type(f"Our{block.__name__}", (_Block, block), {}),
    }
    if not since(fork, "paris"):
        own["consensus_class"] = NoProofConsensus
    if fork == "homestead":
        known = known.configure(support_dao_fork=False)  # the one chain that had it is not one to run here
    return type(f"Our{known.__name__}", (_Machine, known), own)


def transaction_builder(fork: str = FORKS[-1]) -> Any:
    return machine(fork).get_transaction_builder()


def watch_state(state: Any, touched: dict[bytes, set[int]]) -> None:
    """Note every account and slot that the run warms up (EIP-2929)."""
    address_warmed, slot_warmed = state.mark_address_warm, state.mark_storage_warm

    def mark_address(address: bytes) -> None:
        touched.setdefault(bytes(address), set())
        address_warmed(address)

    def mark_slot(address: bytes, slot: int) -> None:
        touched.setdefault(bytes(address), set()).add(slot)
        slot_warmed(address, slot)

    state.mark_address_warm, state.mark_storage_warm = mark_address, mark_slot


def suppose(state: Any, overrides: Overrides) -> None:
    for address, one in overrides.items():
        if one.balance is not None:
            state.set_balance(address, one.balance)
        if one.nonce is not None:
            state.set_nonce(address, one.nonce)
        if one.code is not None:
            state.set_code(address, one.code)
        if one.storage is not None:
            state.delete_storage(address)
        for slot, value in {**(one.storage or {}), **one.slots}.items():
            state.set_storage(address, slot, value)
    if overrides:
        state.lock_changes()  # what is supposed is what a store costs by (EIP-2200)
