"""One message on the state of a block, by py-evm 0.12.1b1: Prague, or the older fork that the header's form names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from eth.db.atomic import AtomicDB
from eth.exceptions import InsufficientFunds, Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun import CancunState
from eth.vm.forks.london import LondonState
from eth.vm.forks.paris import ParisState
from eth.vm.forks.prague import PragueState
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth.vm.forks.shanghai import ShanghaiState
from eth.vm.spoof import SpoofTransaction
from eth_hash.auto import keccak as library_keccak

from core.eth.header import Header
from core.keccak import keccak256
from core.simulator.state import Accounts, Missing, Nodes, View

# py-evm hashes through eth-hash, whose fastest backend takes 12 us a call; that is a sixth of its time.
library_keccak.hasher = lambda data: keccak256(bytes(data))
STIPEND = 2_300  # gas; a call with value hands that much more on than it pays (Yellow Paper, 9.4.2)
TOLERANCE = 64  # the gas that is named is at most 1/64 above the least that works


@dataclass(frozen=True)
class Message:
    """`to` of None creates; `value` in wei. It pays no price for its gas."""

    sender: bytes
    to: bytes | None
    value: int
    data: bytes
    gas: int


@dataclass(frozen=True)
class Done:
    """`failure` is "" for success, "reverted" (`output` is its data), or why it stopped. `computation` and `state`
    are py-evm's, after the run and before anything of it is written.
    """

    output: bytes
    gas_used: int
    refund: int
    failure: str
    computation: Any
    state: Any


class Incomplete(Exception):
    """Something was missing; what, stands in `Missing`."""


@lru_cache(maxsize=8)
def _fork(kind: type[Any]) -> type[Any]:
    """py-evm's state of one fork, without what belongs to real transactions and blocks."""

    class Executor(kind.transaction_executor_class):  # type: ignore[misc,name-defined]
        def validate_transaction(self, _transaction: Any) -> None:
            """A call needs no nonce, no funds for gas and no signature."""

        def finalize_computation(self, _transaction: Any, computation: Any) -> Any:
            """Fees are not paid here; only deletions are carried out. The floor of EIP-7623 is `Machine`'s."""
            for account in computation.get_accounts_for_deletion():
                self.vm_state.delete_account(account)
            return computation

    class State(kind):  # type: ignore[misc]
        transaction_executor_class = Executor

        def __init__(
            self, nodes: Nodes, context: ExecutionContext, root: bytes, hashes: Mapping[int, bytes], missing: Missing
        ) -> None:
            self._hashes = hashes
            self._missing = missing
            super().__init__(AtomicDB(View(nodes)), context, root)

        def get_account_db_class(self) -> Callable[[Any, bytes], Accounts]:
            return lambda db, root: Accounts(db, root, self._missing)

        def set_system_contracts(self) -> None:
            """They stand in the state that was proven, or they are not there."""

        def get_gas_price(self, _transaction: Any) -> int:
            return 0

        def get_tip(self, _transaction: Any) -> int:
            return 0

        def get_ancestor_hash(self, block_number: int) -> bytes:
            if not max(0, self.block_number - 256) <= block_number < self.block_number:
                return b""
            found = self._hashes.get(block_number)
            if found is None:
                self._missing.hashes.add(block_number)
                self._missing.note()
                return bytes(32)
            return found

    return State


def _state_of(header: Header) -> type[Any]:
    if header.requests_hash is not None:
        return _fork(PragueState)
    if header.parent_beacon_root is not None:
        return _fork(CancunState)
    if header.withdrawals_root is not None:
        return _fork(ShanghaiState)
    return _fork(ParisState if header.difficulty == 0 else LondonState)


class Machine:
    """Runs messages on the state after `header`. With `timestamp` they stand in the block after it, at that time.

    `hashes` are those of earlier blocks that are known. Raises Incomplete.
    """

    def __init__(
        self,
        nodes: Nodes,
        chain_id: int,
        header: Header,
        timestamp: int | None,
        base_fee: int,
        hashes: Mapping[int, bytes],
    ) -> None:
        self._nodes = nodes
        self._chain_id = chain_id
        self._header = header
        self._timestamp = timestamp
        self._base_fee = base_fee
        self._hashes = hashes
        self.missing = Missing()

    def _state(self) -> Any:
        header = self._header
        following = self._timestamp is not None
        context = ExecutionContext(
            coinbase=header.coinbase,
            timestamp=self._timestamp if following else header.timestamp,
            block_number=header.number + 1 if following else header.number,
            difficulty=header.difficulty,
            mix_hash=header.mix_hash,
            gas_limit=header.gas_limit,
            prev_hashes=(),
            chain_id=self._chain_id,
            base_fee_per_gas=self._base_fee,
            excess_blob_gas=header.excess_blob_gas or 0,
        )
        return _state_of(header)(self._nodes, context, header.state_root, self._hashes, self.missing)

    def run(self, message: Message) -> Done:
        """Raises Incomplete, and `state.Enough`."""
        state = self._state()
        needed = _least_gas(message)
        if message.gas < needed:
            return Done(b"", message.gas, 0, f"intrinsic gas too low: {needed} needed", None, state)
        if state.get_balance(message.sender) < message.value and not self.missing:
            return Done(b"", 0, 0, "insufficient funds", None, state)
        transaction = PragueTransactionBuilder.new_unsigned_access_list_transaction(
            chain_id=self._chain_id,
            nonce=0,
            gas_price=0,
            gas=message.gas,
            to=message.to or b"",
            value=message.value,
            data=message.data,
            access_list=(),
        )
        try:
            computation = state.apply_transaction(SpoofTransaction(transaction, from_=message.sender))
        except InsufficientFunds:
            if not self.missing:
                raise
        if self.missing:
            raise Incomplete
        used, refund = _gas(message, computation)
        return Done(bytes(computation.output), used, refund, _failure(computation), computation, state)

    def enough(self, message: Message, full: Done) -> int:
        """A gas limit that works, at most 1/64 above the least one; `full` is the run with all the gas there is.

        Most need what they use; others more, because a call hands on 63/64 at most (EIP-150) or because refunds come
        at the end.
        """
        low, high = full.gas_used - 1, message.gas
        for guess in (full.gas_used, (full.gas_used + full.refund + STIPEND) * 64 // 63):
            if low < guess < high:
                if not self.run(replace(message, gas=guess)).failure:
                    high = guess
                    break
                low = guess
        while high - low > max(1, high // TOLERANCE):
            middle = (low + high) // 2
            if self.run(replace(message, gas=middle)).failure:
                low = middle
            else:
                high = middle
        return high


def _least_gas(message: Message) -> int:
    """Before anything is executed: EIP-2028, EIP-3860, and the floor of EIP-7623."""
    zeros = message.data.count(0)
    others = len(message.data) - zeros
    creation = 32_000 + 2 * ((len(message.data) + 31) // 32) if message.to is None else 0
    return 21_000 + max(4 * zeros + 16 * others + creation, 10 * zeros + 40 * others)


def _gas(message: Message, computation: Any) -> tuple[int, int]:
    """What is paid, and the refund within it (EIP-3529: a fifth at most; EIP-7623: the floor after it)."""
    spent = message.gas - computation.get_gas_remaining()
    refund = min(computation.get_gas_refund(), spent // 5)
    zeros = message.data.count(0)
    return max(spent - refund, 21_000 + 10 * zeros + 40 * (len(message.data) - zeros)), refund


def _failure(computation: Any) -> str:
    if not computation.is_error:
        return ""
    error = computation.error
    if isinstance(error, Revert):
        return "reverted"
    with contextlib.suppress(Exception):
        return f"{type(error).__name__}: {error}"[:300]
    return type(error).__name__
