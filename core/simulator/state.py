"""What py-evm runs on: state that is there because it was hashed here, and a list of what was wanted and is not."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from eth.db.account import AccountDB
from eth.db.backends.base import BaseDB
from eth.db.storage import MissingStorageTrieNode
from eth.vm.interrupt import MissingAccountTrieNode, MissingBytecode

from core.keccak import keccak256

MAX_BYTES = 64 * 1024 * 1024  # of nodes and codes kept from one call to the next
_MAX_MISSES = 512  # wanted and not there, in one run
_ASTRAY = 0.5  # seconds that a run goes on after its first guess


class Enough(Exception):
    """A run on guesses is given up; what it missed so far is known."""


class Nodes:
    """Trie nodes and codes by their keccak256, computed here. Content has one name only, so all may be kept."""

    def __init__(self) -> None:
        self._data: dict[bytes, bytes] = {}
        self._size = 0

    def add(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            digest = keccak256(part)
            if digest not in self._data:
                self._data[digest] = part
                self._size += len(part)

    def trim(self) -> None:
        """Between two runs only: within one, what was brought must stay."""
        if self._size > MAX_BYTES:
            self._data.clear()
            self._size = 0

    def get(self, digest: bytes) -> bytes | None:
        return self._data.get(digest)


class View(BaseDB):  # type: ignore[misc]  # py-evm is untyped
    """The nodes under what one run writes."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._written: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        found = self._written.get(key)
        if found is None:
            found = self._nodes.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._written[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._written.pop(key, None)

    def _exists(self, key: bytes) -> bool:
        return key in self._written or self._nodes.get(key) is not None


class Missing:
    """What a run wanted and did not find. A run that missed anything counts for nothing but this list."""

    def __init__(self) -> None:
        self.accounts: set[bytes] = set()
        self.slots: dict[bytes, set[int]] = {}
        self.codes: dict[bytes, bytes] = {}  # address -> code hash
        self.hashes: set[int] = set()  # numbers of blocks
        self._since: float | None = None

    def __bool__(self) -> bool:
        return self._since is not None

    def note(self) -> None:
        """Something was missed and guessed. Raises Enough when going on would lead nowhere."""
        now = time.monotonic()
        self._since = self._since or now
        found = len(self.accounts) + len(self.codes) + sum(map(len, self.slots.values()))
        if found > _MAX_MISSES or now - self._since > _ASTRAY:
            raise Enough

    def as_json(self) -> dict[str, Any]:
        return {
            "accounts": [address.hex() for address in sorted(self.accounts)],
            "slots": {address.hex(): [hex(slot) for slot in sorted(slots)] for address, slots in self.slots.items()},
            "codes": {address.hex(): digest.hex() for address, digest in self.codes.items()},
            "hashes": sorted(self.hashes),
        }


class Accounts(AccountDB):  # type: ignore[misc]  # py-evm is untyped
    """Goes on with a guess (no account, no code, zero) where something is missing, so that one run names as much of
    what it needs as it can reach.
    """

    def __init__(self, db: Any, state_root: bytes, missing: Missing) -> None:
        super().__init__(db, state_root)
        self.missing = missing

    def _get_encoded_account(self, address: bytes, from_journal: bool = True) -> bytes:
        try:
            return bytes(super()._get_encoded_account(address, from_journal))
        except MissingAccountTrieNode:
            self.missing.accounts.add(address)
            self.missing.note()
            return b""

    def get_code(self, address: bytes) -> bytes:
        try:
            return bytes(super().get_code(address))
        except MissingBytecode as error:
            self.missing.codes[address] = bytes(error.missing_code_hash)
            self.missing.note()
            return b""

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:
        try:
            found = int(super().get_storage(address, slot, from_journal))
        except MissingStorageTrieNode:
            self._miss(address, slot)
            return 0
        if address in self.missing.accounts:  # its storage was never looked at: the slot comes with the account
            self._miss(address, slot)
        return found

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        try:
            super().set_storage(address, slot, value)
        except MissingStorageTrieNode:
            self._miss(address, slot)

    def _miss(self, address: bytes, slot: int) -> None:
        self.missing.slots.setdefault(address, set()).add(slot)
        self.missing.note()
