"""py-evm 0.12.1b1 behind the engine's interface.

Blocks are made by `import_block` of an unfinished block: unlike `mine_all`, it does the system work of EIP-4788,
EIP-2935 and EIP-7685 around the transactions. The library takes 2-3 s to import, so only the node's process does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import rlp
from eth.consensus import ConsensusContext
from eth.db.atomic import AtomicDB
from eth.db.backends.base import BaseDB
from eth.db.chain import ChainDB
from eth.exceptions import PyEVMError
from eth.vm.chain_context import ChainContext
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.shanghai.withdrawals import Withdrawal as PyWithdrawal
from eth.vm.spoof import SpoofTransaction
from eth_hash.auto import keccak as library_keccak
from eth_keys.exceptions import BadSignature
from eth_utils import ValidationError

from core.keccak import keccak256
from core.node.engine import Invalid, Nodes, NotATransaction
from core.node.forks import NEWEST, OURS, ForkSchedule, header_fields, since
from core.node.genesis import GAS_LIMIT, Genesis
from core.node.machines import gas_used, machine, suppose, transaction_builder, watch_state
from core.node.overrides import Overrides
from core.node.paths import walk
from core.node.rules import MAX_RAW, check, floor_gas, intrinsic_gas
from core.node.shapes import (
    decoded_account,
    failure,
    of_receipt,
    of_transaction,
    shown,
    slot_key,
    to_py,
    word,
)
from core.node.values import (
    EMPTY_CODE_HASH,
    EMPTY_TRIE_ROOT,
    EMPTY_UNCLES_HASH,
    HEADER_FIELDS,
    ZERO_ADDRESS,
    ZERO_HASH,
    Account,
    AccountProof,
    Block,
    Header,
    Message,
    Outcome,
    Sealed,
    Skipped,
    StorageProof,
    Transaction,
    Withdrawal,
)

# py-evm hashes through eth-hash, whose fastest backend takes 12 us a call; that was a sixth of its time.
library_keccak.hasher = lambda data: keccak256(bytes(data))
_TYPES = (0, 1, 2, 3, 4)
_KNOWN = 64  # transactions; of at most 128 KiB each
_MALFORMED = (rlp.exceptions.RLPException, ValidationError, PyEVMError, BadSignature, ValueError, TypeError)


class _View(BaseDB):  # type: ignore[misc]  # py-evm is untyped
    """What py-evm sees as its database: the node's store under what the block in hand has written."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self.written: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        found = self.written.get(key)
        if found is None:
            found = self._nodes.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.written[key] = value

    def __delitem__(self, key: bytes) -> None:
        self.written.pop(key, None)  # the trie drops nodes of its own unfinished work only

    def _exists(self, key: bytes) -> bool:
        return key in self.written or self._nodes.get(key) is not None


class PyEvm:
    """See `core.node.engine.Engine`. Not safe for threads: the ledger's lock stands before it."""

    def __init__(self, chain_id: int, nodes: Nodes, forks: ForkSchedule = OURS) -> None:
        self.chain_id = chain_id
        self._nodes = nodes
        self._forks = forks
        self._chain = ChainContext(chain_id)
        self._known: dict[bytes, Transaction] = {}  # by their bytes, on which all of them depends
        self._offered: tuple[bytes, Any] = (b"", None)  # the transaction decoded last: most go into the next block

    def genesis(self, genesis: Genesis) -> Sealed:
        fork = self._fork(0, genesis.timestamp)
        view = _View(self._nodes)
        header = Header(
            parent_hash=ZERO_HASH,
            uncles_hash=EMPTY_UNCLES_HASH,
            coinbase=genesis.coinbase,
            state_root=self._allocated(view, fork, genesis),
            transactions_root=EMPTY_TRIE_ROOT,
            receipts_root=EMPTY_TRIE_ROOT,
            bloom=bytes(256),
            difficulty=genesis.difficulty,
            number=0,
            gas_limit=genesis.gas_limit,
            gas_used=0,
            timestamp=genesis.timestamp,
            extra_data=genesis.extra_data,
            mix_hash=genesis.mix_hash,
            nonce=genesis.nonce,
            base_fee=genesis.base_fee if since(fork, "london") else 0,
            blob_gas_used=genesis.blob_gas_used,
            excess_blob_gas=genesis.excess_blob_gas,
            parent_beacon_block_root=genesis.parent_beacon_block_root,
            length=header_fields(fork),
        )
        return Sealed(header, (), (), dict(view.written), withdrawals=() if since(fork, "shanghai") else None)

    def _allocated(self, view: _View, fork: str, genesis: Genesis) -> bytes:
        state = self._state(view, fork, EMPTY_TRIE_ROOT, ())
        for address, account in genesis.accounts().items():
            state.set_balance(address, account.balance)
            if account.nonce or account.code or account.storage:
                state.set_nonce(address, account.nonce)
                state.set_code(address, account.code)
            for slot, value in account.storage.items():
                state.set_storage(address, slot, value)
        state.persist()
        return bytes(state.state_root)

    def _fork(self, number: int, timestamp: int) -> str:
        fork = self._forks.at(number, timestamp)
        if fork is None:
            raise Invalid(f"block {number} is of a fork that is not supported: only up to {NEWEST}")
        return fork

    def decode(self, raw: bytes) -> Transaction:
        if not 0 < len(raw) <= MAX_RAW:
            raise NotATransaction(f"transaction of {len(raw)} bytes")
        kind = raw[0] if raw[0] < 0x80 else 0
        if kind not in _TYPES or raw[0] == 0:
            raise NotATransaction("transaction type not supported")
        try:
            object_ = transaction_builder().decode(raw)
            object_.validate()
            tx = of_transaction(raw, object_)
        except _MALFORMED as error:
            raise NotATransaction(f"invalid transaction: {error}"[:300]) from error
        self._offered = (raw, object_)
        self._know(tx)
        return tx

    def kept(self, raw: bytes) -> Transaction:
        found = self._known.get(raw)
        if found is None:
            found = of_transaction(raw, transaction_builder().decode(raw))
            self._know(found)
        return found

    def _know(self, tx: Transaction) -> None:
        """Who asks for a block asks for its receipts too, and recovering a sender costs a millisecond."""
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known[tx.raw] = tx

    def seal(self, parent: Header, timestamp: int, transactions: Sequence[Transaction]) -> Sealed:
        fork = self._fork(parent.number + 1, timestamp)
        if not since(fork, "paris"):
            raise Invalid("blocks of this chain need a proof of work")
        offered, object_ = self._offered if fork == NEWEST else (b"", None)  # it was decoded as that fork does
        build = transaction_builder(fork)
        return self._run(
            fork,
            parent,
            {
                "timestamp": timestamp,
                "gas_limit": parent.gas_limit,
                "coinbase": ZERO_ADDRESS,
                "extra_data": b"",
                "mix_hash": ZERO_HASH,
                "nonce": bytes(8),
                "parent_beacon_block_root": ZERO_HASH,
            },
            transactions={tx.hash: (tx, object_ if tx.raw == offered else build.decode(tx.raw)) for tx in transactions},
            lenient=True,
        )

    def replay(self, parent: Header, block: Block) -> Sealed:
        told = block.header
        if told.parent_hash != parent.hash or told.number != parent.number + 1:
            raise Invalid(f"block {told.number} does not follow block {parent.number}")
        fork = self._fork(told.number, told.timestamp)
        if told.length != header_fields(fork):
            raise Invalid(f"header of {told.length} fields in {fork}, which has {header_fields(fork)}")
        if (block.withdrawals is not None) != since(fork, "shanghai"):
            raise Invalid("withdrawals missing or not expected")
        build = transaction_builder(fork)
        try:
            taken = [build.decode(raw) for raw in block.transactions]
            decoded = {
                keccak256(raw): (of_transaction(raw, tx), tx) for raw, tx in zip(block.transactions, taken, strict=True)
            }
        except _MALFORMED as error:
            raise Invalid(f"transaction in block {told.number}: {error}"[:300]) from error
        if len(decoded) != len(taken):
            raise Invalid("a transaction stands in the block twice")
        free = ("timestamp", "gas_limit", "coinbase", "extra_data", "mix_hash", "nonce", "parent_beacon_block_root")
        made = self._run(
            fork,
            parent,
            {name: getattr(told, name) for name in free},
            transactions=decoded,
            uncles=block.uncles,
            withdrawals=block.withdrawals,
        )
        for name in HEADER_FIELDS[: told.length]:
            found, said = getattr(made.header, name), getattr(told, name)
            if found != said:
                raise Invalid(f"{name} does not match: block says {shown(said)}, execution says {shown(found)}")
        return made

    def _run(
        self,
        fork: str,
        parent: Header,
        chosen: dict[str, Any],
        transactions: Mapping[bytes, tuple[Transaction, Any]],
        uncles: tuple[Header, ...] = (),
        withdrawals: tuple[Withdrawal, ...] | None = (),
        lenient: bool = False,
    ) -> Sealed:
        """Make the block after `parent` with the header fields that are its maker's choice. Raises Invalid."""
        if not since(fork, "cancun"):
            del chosen["parent_beacon_block_root"]
        view = _View(self._nodes)
        database = AtomicDB(view)
        kind = machine(fork)
        by_object = {id(object_): tx for tx, object_ in transactions.values()}
        body: dict[str, Any] = {
            "transactions": [object_ for _, object_ in transactions.values()],
            "uncles": [to_py(uncle) for uncle in uncles],
        }
        if since(fork, "shanghai"):
            body["withdrawals"] = [PyWithdrawal(w.index, w.validator, w.address, w.amount) for w in withdrawals or ()]
        try:
            header = kind.create_header_from_parent(to_py(parent), **chosen)
            vm = kind(header, ChainDB(database), self._chain, ConsensusContext(database))
            vm.lenient = lenient
            vm.check = lambda object_: self._check(vm, fork, by_object[id(object_)])
            finished = vm.import_block(kind.get_block_class()(header=header, **body)).block
        except (ValidationError, PyEVMError, rlp.exceptions.RLPException) as error:
            raise Invalid(str(error)[:300]) from error
        return Sealed(
            Header.decode(rlp.encode(finished.header)),
            tuple(by_object[id(object_)] for object_ in vm.taken),
            tuple(of_receipt(receipt) for receipt in vm.receipts),
            view.written,
            uncles,
            withdrawals if since(fork, "shanghai") else None,
            tuple(Skipped(by_object[id(object_)], why, full) for object_, why, full in vm.left),
        )

    def _check(self, vm: Any, fork: str, tx: Transaction) -> None:
        """The rules that py-evm leaves out, on the state in the middle of a block."""
        state = vm.state
        account = Account(state.get_nonce(tx.sender), state.get_balance(tx.sender), EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
        base_fee = state.execution_context.base_fee_per_gas if since(fork, "london") else 0
        check(tx, self.chain_id, fork, base_fee, account, state.get_code(tx.sender))

    def execute(
        self, header: Header, message: Message, overrides: Overrides | None = None, *, watch: bool = False
    ) -> Outcome:
        needed = max(
            intrinsic_gas(message.to, message.data, message.access_list),
            floor_gas(message.data),
        )
        if message.gas < needed:
            return Outcome(b"", message.gas, 0, f"intrinsic gas too low: have {message.gas} want {needed}")
        fork = self._fork(header.number, header.timestamp)
        state = self._state(_View(self._nodes), fork, header.state_root, self._ancestors(header), header)
        suppose(state, overrides or {})
        touched: dict[bytes, set[int]] = {}
        if watch:
            watch_state(state, touched)
        unsigned = transaction_builder().new_unsigned_access_list_transaction(
            chain_id=self.chain_id,
            nonce=state.get_nonce(message.sender),
            gas_price=message.gas_price,
            gas=message.gas,
            to=message.to or b"",
            value=message.value,
            data=message.data,
            access_list=message.access_list,
        )
        spoof = SpoofTransaction(unsigned, from_=message.sender)
        try:
            done = state.costless_execute_transaction(spoof)
        except ValidationError as error:
            raise Invalid(str(error)[:300]) from error
        used, refund = gas_used(machine(fork), message.gas, done)
        seen = tuple((address, tuple(sorted(slots))) for address, slots in touched.items())
        return Outcome(bytes(done.output), used, refund, failure(done), seen)

    def account(self, state_root: bytes, address: bytes) -> Account | None:
        return decoded_account(walk(_View(self._nodes).__getitem__, state_root, keccak256(address))[0])

    def storage(self, state_root: bytes, address: bytes, slot: int) -> int:
        account = self.account(state_root, address)
        if account is None:
            return 0
        return word(walk(_View(self._nodes).__getitem__, account.storage_root, slot_key(slot))[0])

    def code(self, state_root: bytes, address: bytes) -> bytes:
        account = self.account(state_root, address)
        if account is None or account.code_hash == EMPTY_CODE_HASH:
            return b""
        return _View(self._nodes)[account.code_hash]

    def prove(self, state_root: bytes, address: bytes, slots: Sequence[int]) -> AccountProof:
        read = _View(self._nodes).__getitem__
        encoded, path = walk(read, state_root, keccak256(address))
        account = decoded_account(encoded) or Account(0, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
        found = []
        for slot in slots:
            value, nodes = walk(read, account.storage_root, slot_key(slot))
            found.append(StorageProof(slot, word(value), nodes))
        return AccountProof(account, path, tuple(found))

    def _state(
        self, view: _View, fork: str, root: bytes, ancestors: Iterable[bytes], header: Header | None = None
    ) -> Any:
        """A state to run on; without a base fee, because calls pay none."""
        context = ExecutionContext(
            coinbase=header.coinbase if header else ZERO_ADDRESS,
            timestamp=header.timestamp if header else 0,
            block_number=header.number if header else 0,
            difficulty=header.difficulty if header else 0,
            mix_hash=header.mix_hash if header else ZERO_HASH,
            gas_limit=header.gas_limit if header else GAS_LIMIT,
            prev_hashes=ancestors,
            chain_id=self.chain_id,
            base_fee_per_gas=0,
            excess_blob_gas=header.excess_blob_gas if header else 0,
        )
        return machine(fork).get_state_class()(AtomicDB(view), context, root)

    def _ancestors(self, header: Header) -> Iterator[bytes]:
        """Hashes of the blocks before `header`, newest first, as BLOCKHASH may ask for."""
        digest = header.parent_hash
        for _ in range(256):
            if digest == ZERO_HASH:
                return
            yield digest
            encoded = self._nodes.get(digest)
            if encoded is None:
                return
            digest = Header.decode(encoded).parent_hash
