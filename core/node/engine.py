"""What the ledger asks of an EVM. One class implements it (`core.node.evm.PyEvm`); nothing else of the node imports
the library behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from core.node.values import Account, AccountProof, Block, Header, Message, Outcome, Sealed, Transaction

if TYPE_CHECKING:
    from core.node.genesis import Genesis
    from core.node.overrides import Overrides


class Nodes(Protocol):
    """Where the engine reads: trie nodes and codes by hash, encoded headers by block hash. None where unknown."""

    def get(self, digest: bytes) -> bytes | None: ...


class NotATransaction(ValueError):
    """Bytes that are no signed transaction of a kind taken here."""


class Invalid(ValueError):
    """A transaction or block that the rules of the chain refuse."""


class Engine(Protocol):
    """State is named by its root; nothing is written: a sealed block carries its new nodes for the caller to keep."""

    def genesis(self, genesis: Genesis) -> Sealed:
        """Block 0."""

    def decode(self, raw: bytes) -> Transaction:
        """Types 0 to 4, its signature held against EIP-2. Raises NotATransaction."""

    def kept(self, raw: bytes) -> Transaction:
        """One that is in a block already, so of any fork: nothing is held against it."""

    def seal(self, parent: Header, timestamp: int, transactions: Sequence[Transaction]) -> Sealed:
        """The next block. A transaction that it cannot take is left out and stands in `skipped` with the reason.
        Raises Invalid where no block can be made on `parent`.
        """

    def replay(self, parent: Header, block: Block) -> Sealed:
        """Execute a block made elsewhere under the rules of its fork. Raises Invalid unless every field of its header,
        all roots among them, comes out as it says.
        """

    def execute(
        self, header: Header, message: Message, overrides: Overrides | None = None, *, watch: bool = False
    ) -> Outcome:
        """Run a message on the state that `header` names, with what `overrides` supposes of it, in that block's
        surroundings; nothing is kept. With `watch` the outcome says what it touched.
        """

    def account(self, state_root: bytes, address: bytes) -> Account | None:
        """None where there is none."""

    def storage(self, state_root: bytes, address: bytes, slot: int) -> int: ...

    def code(self, state_root: bytes, address: bytes) -> bytes: ...

    def prove(self, state_root: bytes, address: bytes, slots: Sequence[int]) -> AccountProof:
        """EIP-1186."""
