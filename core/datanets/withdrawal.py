"""Taking records back: they leave the next release, and models are retrained without them.

The contract is told one root over everything withdrawn from a contribution so far, so a later withdrawal says more
than an earlier one and never less. Copies that others already hold cannot be recalled, and the app says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from core.clock import Clock, SystemClock
from core.datanets.store import contributions as store
from core.datanets.store import withdrawn
from core.errors import DatanetError
from core.merkle import EMPTY_ROOT, MerkleTree
from core.storage import Database


@dataclass(frozen=True)
class Withdrawal:
    """`indices` are this step's records; `root` and `count` cover all withdrawn of the contribution so far."""

    id: int
    contribution_id: int
    indices: tuple[int, ...]
    root: bytes
    count: int
    state: Literal["draft", "signed", "committed"]
    tx_hash: bytes | None
    block: int | None


@dataclass(frozen=True)
class WithdrawCall:
    """What `Datanets.withdraw(contributionId, given, withdrawnRoot, count)` takes but `given`."""

    contribution: int
    root: bytes
    count: int


class Withdrawals:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    def prepare(self, contribution_id: int, indices: Iterable[int]) -> Withdrawal:
        """Raises DatanetError when the contribution is not on the ledger, another withdrawal is not finished, a record
        is not there any more, or "withdrawn elsewhere": the ledger has one from before whose records nobody named here,
        and this one is not over everything.
        """
        wanted = sorted(set(indices))
        with self._db.transaction():
            contribution = store.get(self._db, contribution_id)
            if contribution["number"] is None:
                raise DatanetError(reason="not on the ledger", contribution=contribution_id)
            if not wanted:
                raise DatanetError(reason="empty", contribution=contribution_id)
            if any(row["state"] != "committed" for row in store.withdrawals(self._db, contribution_id)):
                raise DatanetError(reason="withdrawal pending", contribution=contribution_id)
            made = store.mark_withdrawn(self._db, contribution_id, wanted, self._clock.now(), EMPTY_ROOT)
            leaves = store.withdrawn_leaves(self._db, contribution_id)
            before, whole = len(leaves) - len(wanted), len(leaves) == contribution["count"]
            if before < contribution["withdrawn"] and not whole:  # the root would leave out what went before
                raise DatanetError(reason="withdrawn elsewhere", contribution=contribution_id)
            store.set_withdrawal_root(self._db, made, MerkleTree(leaves).root, len(leaves))
            return self.get(made)

    def call(self, withdrawal_id: int) -> WithdrawCall:
        found = self.get(withdrawal_id)
        number = store.get(self._db, found.contribution_id)["number"]
        return WithdrawCall(number, found.root, found.count)

    def discard(self, withdrawal_id: int) -> None:
        """The records stay after all; only before it is signed."""
        self._leave(withdrawal_id, "draft")

    def failed(self, withdrawal_id: int) -> None:
        """The transaction was refused or dropped: the records are as they were."""
        with self._db.transaction():
            if self.get(withdrawal_id).state == "signed":
                store.set_withdrawal(self._db, withdrawal_id, "draft", None, None)
            self._leave(withdrawal_id, "draft")

    def _leave(self, withdrawal_id: int, state: str) -> None:
        with self._db.transaction():
            found = self.get(withdrawal_id)
            if found.state != state:
                raise DatanetError(reason="signed", withdrawal=withdrawal_id)
            store.drop_withdrawal(self._db, withdrawal_id)
            withdrawn.mark(self._db, found.contribution_id)  # what was named elsewhere while it was asked

    def signed(self, withdrawal_id: int, tx_hash: bytes) -> None:
        """From here on no release of ours takes the records in, whenever the block comes."""
        with self._db.transaction():
            if self.get(withdrawal_id).state == "committed":
                raise DatanetError(reason="signed", withdrawal=withdrawal_id)
            store.set_withdrawal(self._db, withdrawal_id, "signed", tx_hash, None)

    def committed(self, withdrawal_id: int, tx_hash: bytes, block: int) -> Withdrawal:
        """In a block. A contribution of which nothing is left becomes withdrawn."""
        with self._db.transaction():
            store.set_withdrawal(self._db, withdrawal_id, "committed", tx_hash, block)
            found = self.get(withdrawal_id)
            if found.count == store.get(self._db, found.contribution_id)["count"]:
                store.set_state(self._db, found.contribution_id, "withdrawn")
            return found

    def get(self, withdrawal_id: int) -> Withdrawal:
        return self._withdrawal(store.withdrawal(self._db, withdrawal_id))

    def of(self, contribution_id: int) -> list[Withdrawal]:
        return [self._withdrawal(row) for row in store.withdrawals(self._db, contribution_id)]

    def _withdrawal(self, row: Any) -> Withdrawal:
        return Withdrawal(
            row["id"],
            row["contribution_id"],
            tuple(store.withdrawn_indices(self._db, row["id"])),
            row["root"],
            row["count"],
            row["state"],
            row["tx_hash"],
            row["block"],
        )
