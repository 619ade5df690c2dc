"""A draft, frozen: salted leaves, one root, a consent hash; then its way over the ledger.

    draft      frozen, nothing sent; can be reopened
    signed     a transaction carries its root; the only states that can follow are committed or, if it failed, draft
    committed  in a block, with the contract's number; waits for review
    reviewed   a curator's decisions are on the ledger
    released   in a release; the review stands
    withdrawn  every record taken back

Whoever sends the transaction calls `signed` before it leaves (its hash is known by then), so that a program killed in
between finds it again, and `committed` once it stands in a block.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from core import merkle
from core.clock import Clock, SystemClock
from core.datanets.commitment import Salts, leaf_of, leaf_payload
from core.datanets.consent import Consent, Terms
from core.datanets.datanet import Rules
from core.datanets.people import People
from core.datanets.record import Record, pack_uses, unpack_uses
from core.datanets.store import contributions as store
from core.datanets.store import datanets as datanet_store
from core.datanets.store import drafts as draft_store
from core.datanets.store import findings as finding_store
from core.datanets.text import key
from core.errors import BadInput, DatanetError, TooLarge
from core.jobs import Progress
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.storage import Database
from core.units import Address

MAX_RECORDS = 100_000
_LISTED = 20  # rows named in an error
_FREEZING = threading.Lock()

State = Literal["draft", "signed", "committed", "reviewed", "released", "withdrawn"]


@dataclass(frozen=True)
class Contribution:
    """`number` is the ledger's. `accepted` is None before a review; `held`: its texts are on this device."""

    id: int
    datanet_id: int
    draft_id: int | None
    account: Address
    sequence: int | None
    state: State
    number: int | None
    count: int
    root: bytes
    consent_hash: bytes
    tx_hash: bytes | None
    block: int | None
    created: int
    accepted: int | None
    withdrawn: int
    held: bool


@dataclass(frozen=True)
class ContributeCall:
    """What `Datanets.contribute(datanetId, root, count, consentHash)` takes."""

    datanet: int
    root: bytes
    count: int
    consent_hash: bytes


@dataclass(frozen=True)
class Given:
    """The contract's struct `Contribution`: what its event told. The ledger keeps only `hash`."""

    datanet: int
    contributor: Address
    root: bytes
    count: int
    consent_hash: bytes

    @property
    def values(self) -> tuple[int, Address, bytes, int, bytes]:
        """In the order of the struct."""
        return self.datanet, self.contributor, self.root, self.count, self.consent_hash

    @property
    def hash(self) -> bytes:
        """keccak256(abi.encode(datanetId, contributor, root, count, consentHash)): five words of 32 bytes."""
        words = (
            self.datanet.to_bytes(32, "big"), self.contributor.raw.rjust(32, b"\0"), self.root,
            self.count.to_bytes(32, "big"), self.consent_hash,
        )  # fmt: skip
        return keccak256(b"".join(words))


@dataclass(frozen=True)
class Inclusion:
    """Proof that a payload stands under a root, by the rules of `core.merkle`."""

    root: bytes
    payload: bytes
    proof: tuple[bytes, ...]

    @property
    def holds(self) -> bool:
        return merkle.verify(self.root, self.payload, self.proof)


class Contributions:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()
        self._people = People(db, self._clock)

    def freeze(self, draft_id: int, data_key: bytes, progress: Progress, *, already: int = 0) -> Contribution:
        """The included rows as a contribution in state draft.

        `data_key` comes from the phrase. `already` is how many contributions of this account the ledger knows in this
        Datanet: after a restore the vault does not remember them, and a sequence must not be used twice.
        Raises DatanetError: "not on the ledger", "not invited", "empty", "signed", or "rows" with those that cannot be
        signed as they are.
        """
        draft = draft_store.get(self._db, draft_id)
        datanet = datanet_store.get(self._db, draft["datanet_id"])
        account = Address(draft["account"])
        if datanet.place is None:
            raise DatanetError(reason="not on the ledger", datanet=datanet.id)
        if not self._people.may_contribute(datanet.id, account):
            raise DatanetError(reason="not invited", address=str(account))
        if draft["included"] > MAX_RECORDS:
            raise TooLarge(what="records", found=draft["included"], limit=MAX_RECORDS)
        with _FREEZING:  # one at a time, so that hashing need not hold the vault while sequences stay distinct
            records = self._records(draft_id, datanet.rules, draft["included"], progress)
            sequence = max(store.next_sequence(self._db, datanet.id, account.raw), already + 1)
            salts = Salts(data_key, datanet.place, account, sequence)
            rows = _rows(records, salts, progress)
            leaves = [cast("bytes", row[8]) for row in rows]
            root = MerkleTree(leaves).root
            consent = Consent.of(leaves, salts.consent, [Terms(each.licence, each.uses) for each in records])
            progress.step("keeping")
            values: dict[str, object] = {
                "datanet_id": datanet.id, "draft_id": draft_id, "account": account.raw, "sequence": sequence,
                "nonce": salts.nonce, "state": "draft", "count": len(rows), "root": root,
                "consent": consent.document, "consent_hash": consent.hash, "created": self._clock.now(),
            }  # fmt: skip
            return self._keep(draft_id, draft["step"], values, rows)

    def _keep(
        self, draft_id: int, step: int | None, values: dict[str, object], rows: list[tuple[object, ...]]
    ) -> Contribution:
        """All of it or nothing, if the draft is still what was hashed."""
        with self._db.transaction():
            now = draft_store.get(self._db, draft_id)
            if now["frozen"] or now["step"] != step:
                raise DatanetError(reason="signed" if now["frozen"] else "changed", draft=draft_id)
            contribution = store.add(self._db, values)
            store.add_records(self._db, contribution, now["datanet_id"], rows)
            draft_store.freeze(self._db, draft_id, frozen=True, now=self._clock.now())
            return self.get(contribution)

    def _records(self, draft_id: int, rules: Rules, total: int, progress: Progress) -> list[Record]:
        known = {*rules.labels, ""}
        records: list[Record] = []
        faults: list[tuple[int, str, str]] = []
        for item in finding_store.draft_items(self._db, draft_id):
            if not len(records) % 256:
                progress.step("hashing", len(records), total * 2)
            try:
                record = Record(item.text, item.label, item.licence, item.uses, item.source, item.language)
                rules.content.check(item.text, rules.columns)
                if record.label not in known:
                    raise BadInput(field="label", reason="not in the schema")  # noqa: TRY301 - one list of faults
                records.append(record)
            except BadInput as error:
                faults.append((item.row, str(error.field), str(error.reason)))
        if faults:
            raise DatanetError(reason="rows", rows=faults[:_LISTED], records=len(faults))
        if not records:
            raise DatanetError(reason="empty", draft=draft_id)
        return records

    def reopen(self, contribution_id: int) -> int:
        """Back to an open draft, as long as nothing was signed; its row. Its sequence may be used again."""
        with self._db.transaction():
            found = self._in_state(contribution_id, "draft")
            if found.draft_id is None:
                raise DatanetError(reason="no draft", contribution=contribution_id)
            store.remove(self._db, contribution_id)
            draft_store.freeze(self._db, found.draft_id, frozen=False, now=self._clock.now())
            return found.draft_id

    def call(self, contribution_id: int) -> ContributeCall:
        found = self._in_state(contribution_id, "draft", "signed")
        place = datanet_store.get(self._db, found.datanet_id).place
        if place is None:
            raise DatanetError(reason="not on the ledger", datanet=found.datanet_id)
        return ContributeCall(place.number, found.root, found.count, found.consent_hash)

    def given(self, contribution_id: int) -> Given:
        """What the ledger's hash stands for. Raises DatanetError while the Datanet is not on the ledger."""
        found = self.get(contribution_id)
        place = datanet_store.get(self._db, found.datanet_id).place
        if place is None:
            raise DatanetError(reason="not on the ledger", datanet=found.datanet_id)
        return Given(place.number, found.account, found.root, found.count, found.consent_hash)

    def signed(self, contribution_id: int, tx_hash: bytes) -> None:
        """The transaction is about to leave: from here on nothing can be changed."""
        with self._db.transaction():
            self._in_state(contribution_id, "draft", "signed")
            store.set_sent(self._db, contribution_id, "signed", tx_hash)

    def failed(self, contribution_id: int) -> None:
        """The transaction was refused or dropped: open to change again."""
        with self._db.transaction():
            self._in_state(contribution_id, "signed")
            store.set_sent(self._db, contribution_id, "draft", None)

    def committed(self, contribution_id: int, number: int, tx_hash: bytes, block: int) -> Contribution:
        """It stands in a block under the contract's `number`. Saying it twice is harmless."""
        with self._db.transaction():
            found = self.get(contribution_id)
            if found.number is None:
                store.set_committed(self._db, contribution_id, number, tx_hash, block)
            elif found.number != number:
                raise DatanetError(reason="already on the ledger", contribution=contribution_id, number=found.number)
            return self.get(contribution_id)

    def seen(
        self, datanet_id: int, number: int, account: Address, call: ContributeCall, tx_hash: bytes, block: int
    ) -> Contribution:
        """A Contributed event. Ours is found by its root, whatever state it was left in; another's is noted."""
        with self._db.transaction():
            known = store.numbered(self._db, datanet_id, number)
            if known is not None:
                return _contribution(known)
            for own in store.of_datanet(self._db, datanet_id):
                if own["number"] is None and own["root"] == call.root and own["account"] == account.raw:
                    return self.committed(own["id"], number, tx_hash, block)
            values: dict[str, object] = {
                "datanet_id": datanet_id, "account": account.raw, "state": "committed", "number": number,
                "count": call.count, "root": call.root, "consent_hash": call.consent_hash, "tx_hash": tx_hash,
                "block": block, "created": self._clock.now(),
            }  # fmt: skip
            return self.get(store.add(self._db, values))

    def get(self, contribution_id: int) -> Contribution:
        return _contribution(store.get(self._db, contribution_id))

    def numbered(self, datanet_id: int, number: int) -> Contribution | None:
        row = store.numbered(self._db, datanet_id, number)
        return _contribution(row) if row is not None else None

    def of(self, datanet_id: int) -> list[Contribution]:
        """Oldest commitment first, those not on the ledger last."""
        return [_contribution(row) for row in store.of_datanet(self._db, datanet_id)]

    def by(self, account: Address) -> list[Contribution]:
        return [_contribution(row) for row in store.of_account(self._db, account.raw)]

    def consent(self, contribution_id: int) -> Consent:
        """The document whose hash is on the ledger."""
        row = store.get(self._db, contribution_id)
        if row["consent"] is None:
            raise DatanetError(reason="not held", contribution=contribution_id)
        return Consent.parse(row["consent"], root=row["root"], consent_hash=row["consent_hash"])

    def proof(self, contribution_id: int, index: int) -> Inclusion:
        """That record `index` stands under the contribution's root on the ledger."""
        record = store.record_at(self._db, contribution_id, index)
        tree = MerkleTree(store.leaves(self._db, contribution_id))
        payload = leaf_payload(record_of(record).content_hash, record["salt"])
        return Inclusion(store.get(self._db, contribution_id)["root"], payload, tuple(tree.proof(index)))

    def _in_state(self, contribution_id: int, *states: State) -> Contribution:
        found = self.get(contribution_id)
        if found.state not in states:
            raise DatanetError(reason="wrong state", contribution=contribution_id, state=found.state)
        return found


def _rows(records: Iterable[Record], salts: Salts, progress: Progress) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for index, each in enumerate(records):
        if not index % 256:
            progress.step("hashing")
        salt = salts.salt(index)
        leaf = leaf_of(each.content_hash, salt)
        uses = pack_uses(each.uses)
        rows.append(
            (index, each.text, each.label, each.licence, uses, each.source, each.language, salt, leaf, key(each.text))
        )
    return rows


def record_of(row: Any) -> Record:
    """The record that a row of the vault holds."""
    return Record(row["text"], row["label"], row["licence"], unpack_uses(row["uses"]), row["source"], row["language"])


def _contribution(row: Any) -> Contribution:
    return Contribution(
        row["id"],
        row["datanet_id"],
        row["draft_id"],
        Address(row["account"]),
        row["sequence"],
        row["state"],
        row["number"],
        row["count"],
        row["root"],
        row["consent_hash"],
        row["tx_hash"],
        row["block"],
        row["created"],
        row["accepted"],
        row["withdrawn"],
        bool(row["held"]),
    )
