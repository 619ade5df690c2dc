"""What the ledger says that others did in a Datanet, put beside what this profile did itself.

Only what is proven by a block's receipts root gets here. Each step may be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import Clock, SystemClock
from core.datanets.contribution import Contribution, Contributions
from core.datanets.store import contributions as store
from core.datanets.store import withdrawn
from core.storage import Database
from core.units import Address


@dataclass(frozen=True)
class Verdict:
    """A Reviewed event: what a curator accepted of a contribution."""

    curator: Address
    accepted_root: bytes
    accepted_count: int
    decisions_hash: bytes
    tx_hash: bytes
    block: int


@dataclass(frozen=True)
class TakenBack:
    """A Withdrawn event: a contributor's root over everything taken back of a contribution so far."""

    contributor: Address
    root: bytes
    count: int
    tx_hash: bytes
    block: int


class Seen:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()
        self._given = Contributions(db, self._clock)

    def reviewed(self, datanet_id: int, number: int, verdict: Verdict) -> Contribution | None:
        """A review by somebody else, of a contribution known here; None where it is not. The decisions on each record
        stay with the curator: here are only how many, and the root.
        """
        with self._db.transaction():
            found = self._given.numbered(datanet_id, number)
            if found is None:
                return None
            sql = "SELECT 1 FROM reviews WHERE contribution_id = ? AND tx_hash = ?"
            if self._db.one(sql, found.id, verdict.tx_hash) is None:
                self._db.run(
                    "INSERT INTO reviews (contribution_id, curator, state, accepted_root, accepted_count, decisions,"
                    " decisions_hash, tx_hash, block, created) VALUES (?, ?, 'committed', ?, ?, ?, ?, ?, ?, ?)",
                    found.id,
                    verdict.curator.raw,
                    verdict.accepted_root,
                    verdict.accepted_count,
                    b"",
                    verdict.decisions_hash,
                    verdict.tx_hash,
                    verdict.block,
                    self._clock.now(),
                )
                if found.state == "committed":
                    store.set_state(self._db, found.id, "reviewed")
            return self._given.get(found.id)

    def withdrawn(self, datanet_id: int, number: int, said: TakenBack) -> bool:
        """A withdrawal of a contribution known here: whether it is news. Which records it means, the ledger does not
        say, unless it is all of them: then those that are here are taken out at once.
        """
        with self._db.transaction():
            found = self._given.numbered(datanet_id, number)
            if found is None or found.account != said.contributor:
                return False
            if withdrawn.find(self._db, found.id, said.root, said.count) is not None:
                return False
            withdrawn.add(self._db, found.id, (said.count, said.root, said.tx_hash, said.block, self._clock.now()))
            if said.count == found.count:
                withdrawn.mark(self._db, found.id)
                store.set_state(self._db, found.id, "withdrawn")
            return True
