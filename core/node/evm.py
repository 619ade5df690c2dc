"""py-evm 0.12.1b1 behind the engine's interface.

Blocks are made by `import_block` of an unfinished block: unlike `mine_all`, it does the system work of EIP-4788,
EIP-2935 and EIP-7685 around the transactions. The library takes 2-3 s to import, so only the node's process does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import rlp
from eth.consensus import ConsensusContext
from eth.db.atomic import AtomicDB
from eth.db.backends.base import BaseDB
from eth.db.chain import ChainDB
from eth.db.trie import make_trie_root_and_nodes
from eth.exceptions import PyEVMError, Revert
from eth.rlp.accounts import Account as EncodedAccount
from eth.vm.chain_context import ChainContext
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.blocks import PragueBlock, PragueBlockHeader
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth.vm.spoof import SpoofTransaction
from eth_utils import ValidationError
from trie import HexaryTrie

from core.keccak import keccak256
from core.node.engine import Invalid, Nodes, NotATransaction
from core.node.genesis import BASE_FEE, EXTRA_DATA, GAS_LIMIT, SYSTEM_CONTRACTS
from core.node.rules import MAX_RAW, check, floor_gas, intrinsic_gas
from core.node.values import (
    EMPTY_CODE_HASH,
    EMPTY_TRIE_ROOT,
    EMPTY_UNCLES_HASH,
    NO_REQUESTS_HASH,
    REVERTED,
    ZERO_ADDRESS,
    ZERO_HASH,
    Account,
    AccountProof,
    Authorization,
    Header,
    Log,
    Message,
    Outcome,
    Receipt,
    Sealed,
    StorageProof,
    Transaction,
)

_TYPES = (0, 1, 2, 4)  # blobs (3) need a consensus client beside the node


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


class _VM(PragueVM):  # type: ignore[misc]  # py-evm is untyped
    """Prague, with what import_block does not hand out."""

    def apply_all_transactions(self, transactions: Sequence[Any], base_header: Any) -> Any:
        answer = super().apply_all_transactions(transactions, base_header)
        self.receipts = answer[1]
        return answer

    @classmethod
    def finalize_gas_used(cls, transaction: Any, computation: Any) -> int:
        """WORKAROUND py-evm 0.12.1b1: it limits refunds after the floor of EIP-7623 instead of before it."""
        return _gas_used(transaction.gas, computation)[0]


def _gas_used(limit: int, computation: Any) -> tuple[int, int]:
    """What is paid, and the refund within it (EIP-3529, EIP-7623)."""
    spent = limit - computation.get_gas_remaining()
    refund = _VM.calculate_net_gas_refund(spent, computation.get_gas_refund())
    return spent - refund + computation.data_floor_gas, refund


def _to_py(header: Header) -> PragueBlockHeader:
    return rlp.decode(header.encode(), PragueBlockHeader)


class PyEvm:
    """See `core.node.engine.Engine`. Not safe for threads: the ledger's lock stands before it."""

    def __init__(self, chain_id: int, nodes: Nodes) -> None:
        self.chain_id = chain_id
        self._nodes = nodes
        self._chain = ChainContext(chain_id)

    def genesis(self, timestamp: int, alloc: Mapping[bytes, int]) -> Sealed:
        view = _View(self._nodes)
        state = self._state(view, EMPTY_TRIE_ROOT, ())
        for address, balance in alloc.items():
            state.set_balance(address, balance)
        for address, code in SYSTEM_CONTRACTS.items():
            state.set_nonce(address, 1)
            state.set_code(address, code)
        state.persist()
        header = Header(
            parent_hash=ZERO_HASH,
            uncles_hash=EMPTY_UNCLES_HASH,
            coinbase=ZERO_ADDRESS,
            state_root=state.state_root,
            transactions_root=EMPTY_TRIE_ROOT,
            receipts_root=EMPTY_TRIE_ROOT,
            bloom=bytes(256),
            difficulty=0,
            number=0,
            gas_limit=GAS_LIMIT,
            gas_used=0,
            timestamp=timestamp,
            extra_data=EXTRA_DATA,
            mix_hash=ZERO_HASH,
            nonce=bytes(8),
            base_fee=BASE_FEE,
            withdrawals_root=EMPTY_TRIE_ROOT,
            blob_gas_used=0,
            excess_blob_gas=0,
            parent_beacon_block_root=ZERO_HASH,
            requests_hash=NO_REQUESTS_HASH,
        )
        return Sealed(header, (), (), dict(view.written))

    def decode(self, raw: bytes) -> Transaction:
        if not 0 < len(raw) <= MAX_RAW:
            raise NotATransaction(f"transaction of {len(raw)} bytes")
        kind = raw[0] if raw[0] < 0x80 else 0
        if kind not in _TYPES or raw[0] == 0:
            raise NotATransaction("transaction type not supported")
        try:
            tx = PragueTransactionBuilder.decode(raw)
            tx.validate()
            sender = tx.sender
        except (rlp.exceptions.RLPException, ValidationError, PyEVMError, ValueError, TypeError) as error:
            raise NotATransaction(f"invalid transaction: {error}"[:300]) from error
        legacy = kind == 0
        v = tx.v if legacy else tx.y_parity
        price = tx.gas_price if kind < 2 else 0
        return Transaction(
            raw=raw,
            hash=keccak256(raw),
            type=kind,
            chain_id=tx.chain_id,
            sender=bytes(sender),
            nonce=tx.nonce,
            to=bytes(tx.to) or None,
            value=tx.value,
            data=bytes(tx.data),
            gas=tx.gas,
            max_fee=price if kind < 2 else tx.max_fee_per_gas,
            max_priority_fee=price if kind < 2 else tx.max_priority_fee_per_gas,
            access_list=tuple((bytes(address), tuple(slots)) for address, slots in tx.access_list),
            authorizations=tuple(
                Authorization(a.chain_id, bytes(a.address), a.nonce, a.y_parity, a.r, a.s)
                for a in (tx.authorization_list if kind == 4 else ())
            ),
            y_parity=tx.y_parity,
            v=v,
            r=tx.r,
            s=tx.s,
        )

    def seal(self, parent: Header, timestamp: int, transactions: Sequence[Transaction]) -> Sealed:
        view = _View(self._nodes)
        for tx in transactions:
            account = self.account(parent.state_root, tx.sender)
            code = self.code(parent.state_root, tx.sender) if account else b""
            check(tx, self.chain_id, parent, account, code)
        header = _VM.create_header_from_parent(
            _to_py(parent),
            timestamp=timestamp,
            gas_limit=parent.gas_limit,
            coinbase=ZERO_ADDRESS,
            extra_data=b"",
            mix_hash=ZERO_HASH,
            nonce=bytes(8),
            parent_beacon_block_root=ZERO_HASH,
        )
        database = AtomicDB(view)
        vm = _VM(header, ChainDB(database), self._chain, ConsensusContext(database))
        block = PragueBlock(
            header=header,
            transactions=[PragueTransactionBuilder.decode(tx.raw) for tx in transactions],
            uncles=[],
            withdrawals=[],
        )
        try:
            finished = vm.import_block(block).block
        except ValidationError as error:
            raise Invalid(str(error)[:300]) from error
        for items in (finished.transactions, vm.receipts):
            for key in make_trie_root_and_nodes(tuple(items))[1]:
                view.written.pop(key, None)  # these tries are rebuilt from the transactions and receipts kept
        receipts = tuple(_receipt(receipt) for receipt in vm.receipts)
        return Sealed(Header.decode(rlp.encode(finished.header)), tuple(transactions), receipts, view.written)

    def execute(self, header: Header, message: Message) -> Outcome:
        needed = max(
            intrinsic_gas(message.to, message.data, message.access_list),
            floor_gas(message.data),
        )
        if message.gas < needed:
            return Outcome(b"", message.gas, 0, f"intrinsic gas too low: have {message.gas} want {needed}")
        state = self._state(_View(self._nodes), header.state_root, self._ancestors(header), header)
        unsigned = PragueTransactionBuilder.new_unsigned_access_list_transaction(
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
        used, refund = _gas_used(message.gas, done)
        return Outcome(bytes(done.output), used, refund, _failure(done))

    def account(self, state_root: bytes, address: bytes) -> Account | None:
        return _account(HexaryTrie(_View(self._nodes), state_root)[keccak256(address)])

    def storage(self, state_root: bytes, address: bytes, slot: int) -> int:
        account = self.account(state_root, address)
        if account is None:
            return 0
        return _word(HexaryTrie(_View(self._nodes), account.storage_root)[_slot_key(slot)])

    def code(self, state_root: bytes, address: bytes) -> bytes:
        account = self.account(state_root, address)
        if account is None or account.code_hash == EMPTY_CODE_HASH:
            return b""
        return _View(self._nodes)[account.code_hash]

    def prove(self, state_root: bytes, address: bytes, slots: Sequence[int]) -> AccountProof:
        view = _View(self._nodes)
        accounts = HexaryTrie(view, state_root)
        account = self.account(state_root, address) or Account(0, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
        storage = HexaryTrie(view, account.storage_root)
        return AccountProof(
            account,
            _path(accounts, keccak256(address)),
            tuple(
                StorageProof(slot, _word(storage[_slot_key(slot)]), _path(storage, _slot_key(slot))) for slot in slots
            ),
        )

    def _state(self, view: _View, root: bytes, ancestors: Iterable[bytes], header: Header | None = None) -> Any:
        """A state to run on; without a base fee, because calls pay none."""
        context = ExecutionContext(
            coinbase=header.coinbase if header else ZERO_ADDRESS,
            timestamp=header.timestamp if header else 0,
            block_number=header.number if header else 0,
            difficulty=0,
            mix_hash=header.mix_hash if header else ZERO_HASH,
            gas_limit=header.gas_limit if header else GAS_LIMIT,
            prev_hashes=ancestors,
            chain_id=self.chain_id,
            base_fee_per_gas=0,
            excess_blob_gas=header.excess_blob_gas if header else 0,
        )
        return _VM.get_state_class()(AtomicDB(view), context, root)

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


def _account(encoded: bytes) -> Account | None:
    if not encoded:
        return None
    found = rlp.decode(encoded, EncodedAccount)
    return Account(found.nonce, found.balance, bytes(found.storage_root), bytes(found.code_hash))


def _slot_key(slot: int) -> bytes:
    return keccak256(slot.to_bytes(32, "big"))


def _word(encoded: bytes) -> int:
    return int.from_bytes(rlp.decode(encoded), "big") if encoded else 0


def _path(trie: HexaryTrie, key: bytes) -> tuple[bytes, ...]:
    """Nodes as EIP-1186 lists them: those inlined in their parent are left out."""
    encoded = [bytes(rlp.encode(node)) for node in trie.get_proof(key)]
    return tuple(node for i, node in enumerate(encoded) if i == 0 or len(node) >= 32)


def _receipt(receipt: Any) -> Receipt:
    return Receipt(
        status=int.from_bytes(receipt.state_root, "big"),
        cumulative_gas=receipt.gas_used,
        bloom=receipt.bloom.to_bytes(256, "big"),
        logs=tuple(
            Log(bytes(log.address), tuple(topic.to_bytes(32, "big") for topic in log.topics), bytes(log.data))
            for log in receipt.logs
        ),
    )


def _failure(computation: Any) -> str | None:
    if not computation.is_error:
        return None
    error = computation.error
    if isinstance(error, Revert):
        return REVERTED
    with contextlib.suppress(Exception):
        return f"{type(error).__name__}: {error}"[:300]
    return type(error).__name__
