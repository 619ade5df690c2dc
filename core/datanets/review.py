"""The curator's work: a queue, decisions that can be undone until they are signed, and what the ledger is told.

The decisions document, canonical JSON, whose Keccak-256 is the contract's `decisionsHash`:

    {"v": 1, "contribution": number, "root": hex, "curator": "0x...",
     "decisions": [{"index": 0, "leaf": hex, "decision": "approve" | "reject" | "relabel",
                    "label": only when relabelled, "reason": only when given}, ...]}      every record, in order

The accepted root is a Merkle tree over the accepted records' leaves, the same leaves as in the contribution's tree, in
order: one salted payload proves a record in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.clock import Clock, SystemClock
from core.datanets import canonical
from core.datanets.commitment import leaf_payload
from core.datanets.contribution import Inclusion, record_of
from core.datanets.people import People
from core.datanets.store import contributions as contribution_store
from core.datanets.store import datanets as datanet_store
from core.datanets.store import findings as finding_store
from core.datanets.store import reviews as store
from core.datanets.text import clean_line
from core.errors import BadInput, DatanetError
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.merkle import EMPTY_ROOT, MerkleTree
from core.storage import Database
from core.units import Address

Decision = Literal["approve", "reject", "relabel", ""]
MAX_REASON = 500
ACCEPTED = frozenset({"approve", "relabel"})


@dataclass(frozen=True)
class ReviewResult:
    """A review, put together or signed. `accepted_root` is 32 zero bytes when nothing is accepted."""

    id: int
    contribution_id: int
    curator: Address
    state: Literal["draft", "signed", "committed"]
    accepted_root: bytes
    accepted_count: int
    decisions: bytes
    decisions_hash: bytes
    tx_hash: bytes | None
    block: int | None


@dataclass(frozen=True)
class ReviewCall:
    """What `Datanets.review(contributionId, given, acceptedRoot, acceptedCount, decisionsHash)` takes but `given`."""

    contribution: int
    accepted_root: bytes
    accepted_count: int
    decisions_hash: bytes


@dataclass(frozen=True)
class Undone:
    """The step taken back: what it was ("approve", ..., "clear") and the records it had touched."""

    kind: str
    records: tuple[int, ...]


class Review:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()
        self._people = People(db, self._clock)

    def decide(
        self,
        records: Sequence[int],
        decision: Decision,
        curator: Address,
        *,
        label: str = "",
        reason: str = "",
        progress: Progress | None = None,
    ) -> int:
        """One decision over one record or many: one step to undo; how many changed. "" takes decisions away.

        All or none of them, where it is stopped or killed too. Cancelled when it is stopped.

        Raises DatanetError: "not a curator", "several datanets", "signed" (its review left already or stands), "label"
        (not in the schema, or approving what has none of it), BadInput for a reason that is too long.
        """
        with self._db.transaction():
            touched = store.touched(self._db, records)
            return self._decide(touched, records, decision, curator, label, reason, progress or silent())

    def _decide(
        self,
        touched: Sequence[Any],
        records: Sequence[int],
        decision: Decision,
        curator: Address,
        label: str,
        reason: str,
        progress: Progress,
    ) -> int:
        """Over records of the contributions `touched`, within a transaction."""
        reason = clean_line(reason)
        if len(reason) > MAX_REASON:
            raise BadInput(field="reason", reason="too long", value=len(reason))
        if not touched:
            return 0
        datanet_id = self._open(touched)
        self._people.require_curator(datanet_id, curator)
        labels = datanet_store.get(self._db, datanet_id).rules.labels
        if decision == "relabel" and label not in labels:
            raise DatanetError(reason="label", label=label)
        if decision == "approve":
            unlabelled = store.outside(self._db, datanet_id, labels).intersection(records)
            if unlabelled:
                raise DatanetError(reason="label", records=len(unlabelled))
        store.drop_drafts(self._db, [row["id"] for row in touched])
        final = label if decision == "relabel" else ""
        now = self._clock.now()
        return store.decide(self._db, datanet_id, curator.raw, records, decision, final, reason, now, progress)

    def decide_rest(
        self,
        contribution_id: int,
        decision: Decision,
        curator: Address,
        *,
        reason: str = "",
        progress: Progress | None = None,
    ) -> int:
        """All records of a contribution that have no decision yet."""
        with self._db.transaction():
            rest = store.undecided(self._db, contribution_id)
            touched = store.touched(self._db, rest[:1])  # they are all of one contribution
            return self._decide(touched, rest, decision, curator, "", reason, progress or silent())

    def undo(self, datanet_id: int, curator: Address) -> Undone | None:
        """The newest step of this curator. Raises DatanetError(reason="signed") when it is under a signature."""
        with self._db.transaction():
            step = store.last_step(self._db, datanet_id, curator.raw)
            if step is None:
                return None
            records = store.step_records(self._db, step["id"])
            touched = store.touched(self._db, records)
            if touched:
                self._open(touched)
            store.drop_drafts(self._db, [row["id"] for row in touched])
            store.undo(self._db, step["id"])
            return Undone(step["kind"], tuple(records))

    def _open(self, touched: Sequence[Any]) -> int:
        if len({row["datanet_id"] for row in touched}) > 1:
            raise DatanetError(reason="several datanets")
        for row in touched:
            if row["signed"] or row["state"] != "committed":
                raise DatanetError(reason="signed", contribution=row["id"], state=row["state"])
        return int(touched[0]["datanet_id"])

    def counts(self, contribution_id: int) -> dict[str, int]:
        """Records by decision; "" is undecided."""
        return store.counts(self._db, contribution_id)

    def prepare(self, contribution_id: int, curator: Address) -> ReviewResult:
        """Put the decisions together. Under the rule "flagged records", undecided clean ones are approved first.

        Raises DatanetError: "wrong state", "not held", "not a curator", "undecided" with how many, "not checked".
        """
        with self._db.transaction():
            contribution = contribution_store.get(self._db, contribution_id)
            if contribution["state"] != "committed":
                raise DatanetError(reason="wrong state", contribution=contribution_id, state=contribution["state"])
            if not contribution["held"]:
                raise DatanetError(reason="not held", contribution=contribution_id)
            datanet = datanet_store.get(self._db, contribution["datanet_id"])
            self._people.require_curator(datanet.id, curator)
            if datanet.rules.review == "flagged records":
                self._approve_clean(contribution_id, curator, datanet.rules.labels)
            undecided = store.counts(self._db, contribution_id).get("", 0)
            if undecided:
                raise DatanetError(reason="undecided", contribution=contribution_id, records=undecided)
            rows = store.decisions(self._db, contribution_id)
            accepted = [row["leaf"] for row in rows if row["decision"] in ACCEPTED]
            document = _document(contribution, curator, rows)
            values: dict[str, object] = {
                "contribution_id": contribution_id,
                "curator": curator.raw,
                "accepted_root": MerkleTree(accepted).root if accepted else EMPTY_ROOT,
                "accepted_count": len(accepted),
                "decisions": document,
                "decisions_hash": keccak256(document),
                "created": self._clock.now(),
            }
            return _result(store.get(self._db, store.add(self._db, values)))

    def _approve_clean(self, contribution_id: int, curator: Address, labels: Sequence[str]) -> None:
        if finding_store.preflight(self._db, "contribution", contribution_id) is None:
            raise DatanetError(reason="not checked", contribution=contribution_id)
        self.decide(store.clean(self._db, contribution_id, labels), "approve", curator)

    def call(self, review_id: int) -> ReviewCall:
        found = self.get(review_id)
        number = contribution_store.get(self._db, found.contribution_id)["number"]
        return ReviewCall(number, found.accepted_root, found.accepted_count, found.decisions_hash)

    def signed(self, review_id: int, tx_hash: bytes) -> None:
        """The transaction is about to leave: its decisions stay as they are."""
        with self._db.transaction():
            if self.get(review_id).state == "committed":
                raise DatanetError(reason="signed", review=review_id)
            store.set_state(self._db, review_id, "signed", tx_hash, None)

    def failed(self, review_id: int) -> None:
        """The transaction was refused or dropped: the decisions are open again."""
        with self._db.transaction():
            if self.get(review_id).state == "signed":
                store.set_state(self._db, review_id, "draft", None, None)

    def committed(self, review_id: int, tx_hash: bytes, block: int) -> ReviewResult:
        """In a block: the accepted records may go into a release."""
        with self._db.transaction():
            found = self.get(review_id)
            store.set_state(self._db, review_id, "committed", tx_hash, block)
            if contribution_store.get(self._db, found.contribution_id)["state"] == "committed":
                contribution_store.set_state(self._db, found.contribution_id, "reviewed")
            return self.get(review_id)

    def reopen(self, contribution_id: int) -> None:
        """Look again at a contribution that no release has taken up; its decisions stand until changed."""
        with self._db.transaction():
            state = contribution_store.get(self._db, contribution_id)["state"]
            if state != "reviewed":
                raise DatanetError(reason="wrong state", contribution=contribution_id, state=state)
            contribution_store.set_state(self._db, contribution_id, "committed")

    def get(self, review_id: int) -> ReviewResult:
        return _result(store.get(self._db, review_id))

    def of(self, contribution_id: int) -> list[ReviewResult]:
        return [_result(row) for row in store.of_contribution(self._db, contribution_id)]

    def proof(self, review_id: int, index: int) -> Inclusion:
        """That record `index` of the contribution is among the accepted. Raises DatanetError when it is not."""
        found = self.get(review_id)
        rows = [row for row in store.decisions(self._db, found.contribution_id) if row["decision"] in ACCEPTED]
        places = {row["idx"]: place for place, row in enumerate(rows)}
        if index not in places:
            raise DatanetError(reason="not accepted", contribution=found.contribution_id, index=index)
        tree = MerkleTree([row["leaf"] for row in rows])
        record = contribution_store.record_at(self._db, found.contribution_id, index)
        payload = leaf_payload(record_of(record).content_hash, record["salt"])
        return Inclusion(found.accepted_root, payload, tuple(tree.proof(places[index])))


def _document(contribution: Any, curator: Address, rows: Iterable[Any]) -> bytes:
    decisions = []
    for row in rows:
        plain = {"index": row["idx"], "leaf": row["leaf"].hex(), "decision": row["decision"]}
        if row["decision"] == "relabel":
            plain["label"] = row["final_label"]
        if row["reason"]:
            plain["reason"] = row["reason"]
        decisions.append(plain)
    return canonical.encode(
        {
            "v": 1,
            "contribution": contribution["number"],
            "root": contribution["root"].hex(),
            "curator": str(curator),
            "decisions": decisions,
        }
    )


def _result(row: Any) -> ReviewResult:
    return ReviewResult(
        row["id"],
        row["contribution_id"],
        Address(row["curator"]),
        row["state"],
        row["accepted_root"],
        row["accepted_count"],
        row["decisions"],
        row["decisions_hash"],
        row["tx_hash"],
        row["block"],
    )
