"""What the ledger asks of an EVM. One class implements it (`core.node.evm.PyEvm`); nothing else of the node imports
the library behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.node.values import Account, AccountProof, Header, Message, Outcome, Sealed, Transaction


class Nodes(Protocol):
    """Where the engine reads: trie nodes and codes by hash, encoded headers by block hash. None where unknown."""

    def get(self, digest: bytes) -> bytes | None: ...


class NotATransaction(ValueError):
    """Bytes that are no signed transaction of a kind taken here."""


class Invalid(ValueError):
    """A transaction or block that the rules of the chain refuse."""


class Engine(Protocol):
    """State is named by its root; nothing is written: a sealed block carries its new nodes for the caller to keep."""

    def genesis(self, timestamp: int, alloc: Mapping[bytes, int]) -> Sealed:
        """Block 0 with the system contracts and the balances given (wei by address)."""

    def decode(self, raw: bytes) -> Transaction:
        """Raises NotATransaction."""

    def seal(self, parent: Header, timestamp: int, transactions: Sequence[Transaction]) -> Sealed:
        """The next block. Raises Invalid."""

    def execute(self, header: Header, message: Message) -> Outcome:
        """Run a message on the state after `header`, in that block's surroundings; nothing is kept."""

    def account(self, state_root: bytes, address: bytes) -> Account | None:
        """None where there is none."""

    def storage(self, state_root: bytes, address: bytes, slot: int) -> int: ...

    def code(self, state_root: bytes, address: bytes) -> bytes: ...

    def prove(self, state_root: bytes, address: bytes, slots: Sequence[int]) -> AccountProof:
        """EIP-1186."""
