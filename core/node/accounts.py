"""The state that py-evm runs on, as its `AccountDatabaseAPI` wants it.

The library's own passes every read through five layers of dictionaries and decodes an account at each; that and py-trie
were three quarters of a block. Here what is read stays as it is until the block is over, every change notes what stood
before it, and the tries hear of the changes when a root is asked for.
"""

from __future__ import annotations

from typing import Any

from eth.abc import AccountDatabaseAPI
from eth.db.journal import get_next_checkpoint
from eth.db.witness import MetaWitness
from eth.vm.interrupt import MissingAccountTrieNode, MissingBytecode
from eth_utils import ValidationError

from core.keccak import keccak256
from core.node.encoding import item, items, number
from core.node.growing import Trie
from core.node.paths import content, split
from core.node.values import EMPTY_CODE_HASH, EMPTY_TRIE_ROOT

_Account = tuple[int, int, bytes, bytes]  # nonce, balance, storage root, code hash
_NONE: _Account = (0, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
_ABSENT: Any = object()


def _slot_digits(slot: int) -> str:
    return keccak256(slot.to_bytes(32, "big")).hex()


class _Storage:
    """One account's slots: as they are `now`, as they were `first` in this transaction, as the trie holds them."""

    __slots__ = ("first", "now", "settled", "trie")

    def __init__(self, trie: Trie) -> None:
        self.trie = trie
        self.now: dict[int, int] = {}
        self.first: dict[int, int] = {}
        self.settled: dict[int, int] = {}

    def get(self, slot: int) -> int:
        value = self.now.get(slot)
        if value is None:
            found = self.trie.get(_slot_digits(slot))
            value = int.from_bytes(content(found), "big") if found else 0
            self.now[slot] = self.settled[slot] = value
        return value

    def root(self) -> bytes:
        for slot, value in self.now.items():
            if value == self.settled[slot]:
                continue
            if value:
                self.trie.set(_slot_digits(slot), item(number(value)))
            else:
                self.trie.delete(_slot_digits(slot))
            self.settled[slot] = value
        return self.trie.root()


class Accounts(AccountDatabaseAPI):  # type: ignore[misc]  # py-evm is untyped
    """`db` has the nodes and codes by hash; `persist` adds those that are new."""

    def __init__(self, db: Any, state_root: bytes = EMPTY_TRIE_ROOT) -> None:
        self._db = db
        self._root = state_root
        self._trie = Trie(self._read, state_root)
        self._accounts: dict[bytes, _Account | None] = {}  # None where there is none
        self._settled: dict[bytes, _Account | None] = {}  # as the trie holds them
        self._storages: dict[bytes, _Storage] = {}
        self._codes: dict[bytes, bytes] = {}  # made here
        self._warm: dict[object, bool] = {}  # addresses, and pairs of address and slot (EIP-2929)
        self._changed: set[bytes] = set()  # accounts whose storage may have another root
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []  # what stood where, before each change
        self._checkpoints: dict[int, int] = {}  # checkpoint -> how many changes came before it

    def _read(self, digest: bytes) -> bytes:
        try:
            return bytes(self._db[digest])
        except KeyError:
            raise MissingAccountTrieNode(digest, self._root, digest) from None

    def _put(self, where: dict[Any, Any], key: object, value: object) -> None:
        self._undo.append((where, key, where.get(key, _ABSENT)))
        where[key] = value

    # Accounts

    def _account(self, address: bytes) -> _Account | None:
        found = self._accounts.get(address, _ABSENT)
        if found is _ABSENT:
            encoded = self._trie.get(keccak256(address).hex())
            found = None
            if encoded is not None:
                nonce, balance, storage, code = map(content, split(encoded))
                found = (int.from_bytes(nonce, "big"), int.from_bytes(balance, "big"), storage, code)
            self._accounts[address] = self._settled[address] = found
        return found  # type: ignore[no-any-return]

    def _change(self, address: bytes, account: _Account) -> None:
        if self._account(address) != account:
            self._put(self._accounts, address, account)

    def get_balance(self, address: bytes) -> int:
        return (self._account(address) or _NONE)[1]

    def set_balance(self, address: bytes, balance: int) -> None:
        if not 0 <= balance < 2**256:
            raise ValidationError(f"balance out of range: {balance}")
        nonce, _, storage, code = self._account(address) or _NONE
        self._change(address, (nonce, balance, storage, code))

    def get_nonce(self, address: bytes) -> int:
        return (self._account(address) or _NONE)[0]

    def set_nonce(self, address: bytes, nonce: int) -> None:
        if not 0 <= nonce < 2**64:
            raise ValidationError(f"nonce out of range: {nonce}")
        _, balance, storage, code = self._account(address) or _NONE
        self._change(address, (nonce, balance, storage, code))

    def increment_nonce(self, address: bytes) -> None:
        self.set_nonce(address, self.get_nonce(address) + 1)

    def get_code_hash(self, address: bytes) -> bytes:
        return (self._account(address) or _NONE)[3]

    def get_code(self, address: bytes) -> bytes:
        digest = self.get_code_hash(address)
        if digest == EMPTY_CODE_HASH:
            return b""
        code = self._codes.get(digest)
        if code is None:
            try:
                code = self._db[digest]
            except KeyError:
                raise MissingBytecode(digest) from None
        return code

    def set_code(self, address: bytes, code: bytes) -> None:
        nonce, balance, storage, before = self._account(address) or _NONE
        digest = keccak256(code)
        if digest not in {before, EMPTY_CODE_HASH}:
            self._put(self._codes, digest, bytes(code))
        self._change(address, (nonce, balance, storage, digest))

    def delete_code(self, address: bytes) -> None:
        self.set_code(address, b"")

    def account_exists(self, address: bytes) -> bool:
        return self._account(address) is not None

    def account_has_code_or_nonce(self, address: bytes) -> bool:
        nonce, _, _, code = self._account(address) or _NONE
        return nonce != 0 or code != EMPTY_CODE_HASH

    def account_is_empty(self, address: bytes) -> bool:
        nonce, balance, _, code = self._account(address) or _NONE
        return nonce == 0 and balance == 0 and code == EMPTY_CODE_HASH

    def touch_account(self, address: bytes) -> None:
        self._change(address, self._account(address) or _NONE)

    def delete_account(self, address: bytes) -> None:
        self._account(address)
        self._wipe(address)
        self._put(self._accounts, address, None)

    # Storage

    def _storage(self, address: bytes) -> _Storage:
        found = self._storages.get(address)
        if found is None:
            found = self._storages[address] = _Storage(Trie(self._read, (self._account(address) or _NONE)[2]))
        return found

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:
        """`from_journal` False: as it was when the transaction began (EIP-2200)."""
        storage = self._storage(address)
        value = storage.get(slot)
        return value if from_journal else storage.first.get(slot, value)

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        storage = self._storage(address)
        before = storage.get(slot)
        if value != before:
            storage.first.setdefault(slot, before)
            self._put(storage.now, slot, value)
            self._changed.add(address)

    def delete_storage(self, address: bytes) -> None:
        nonce, balance, _, code = self._account(address) or _NONE
        self._wipe(address)
        self._change(address, (nonce, balance, EMPTY_TRIE_ROOT, code))

    def _wipe(self, address: bytes) -> None:
        self._storage(address)  # from its root before that is changed, in case all of this is taken back
        self._put(self._storages, address, _Storage(Trie(self._read)))
        self._changed.add(address)

    # What the transaction has touched (EIP-2929)

    def is_address_warm(self, address: bytes) -> bool:
        return address in self._warm

    def mark_address_warm(self, address: bytes) -> None:
        if address not in self._warm:
            self._put(self._warm, address, True)

    def is_storage_warm(self, address: bytes, slot: int) -> bool:
        return (address, slot) in self._warm

    def mark_storage_warm(self, address: bytes, slot: int) -> None:
        if (address, slot) not in self._warm:
            self._put(self._warm, (address, slot), True)

    # Taking back

    def record(self) -> int:
        checkpoint = int(get_next_checkpoint())
        self._checkpoints[checkpoint] = len(self._undo)
        return checkpoint

    def discard(self, checkpoint: int) -> None:
        """Undo what came after it."""
        mark = self._checkpoints[checkpoint]
        while len(self._undo) > mark:
            where, key, before = self._undo.pop()
            if before is _ABSENT:
                del where[key]
            else:
                where[key] = before
        self.commit(checkpoint)

    def commit(self, checkpoint: int) -> None:
        """It, and those after it, cannot be gone back to by themselves any more."""
        while self._checkpoints.popitem()[0] != checkpoint:
            pass

    def lock_changes(self) -> None:
        """A transaction begins."""
        for storage in self._storages.values():
            storage.first.clear()
        self._warm = {}

    # Roots

    @property
    def state_root(self) -> bytes:
        """As of the last time it was made."""
        return self._root

    @state_root.setter
    def state_root(self, value: bytes) -> None:
        if value != self._root:
            raise ValidationError("a state is not left for another one")

    def has_root(self, state_root: bytes) -> bool:
        return state_root in self._db

    def make_state_root(self) -> bytes:
        for address in self._changed:
            root, account = self._storages[address].root(), self._account(address)
            if account is not None or root != EMPTY_TRIE_ROOT:  # one that was deleted gets none
                nonce, balance, _, code = account or _NONE
                self._change(address, (nonce, balance, root, code))
        self._changed.clear()
        for address, account in self._accounts.items():
            if account == self._settled[address]:
                continue
            digits = keccak256(address).hex()
            if account is None:
                self._trie.delete(digits)
            else:
                nonce, balance, storage, code = account
                parts = (number(nonce), number(balance), storage, code)
                self._trie.set(digits, items(map(item, parts)))
            self._settled[address] = account
        self._root = self._trie.root()
        return self._root

    def persist(self) -> MetaWitness:
        """Nothing is told of what was read: nobody asks."""
        self.make_state_root()
        for made in (self._codes, self._trie.made, *(storage.trie.made for storage in self._storages.values())):
            for digest, data in made.items():
                self._db[digest] = data
            made.clear()
        return MetaWitness(set(), {})
