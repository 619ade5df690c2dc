"""Releases: accepted records frozen under one root, version after version; withdrawn ones leave with the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from core.clock import Clock, SystemClock
from core.datanets.commitment import leaf_of
from core.datanets.consent import Terms, allowed
from core.datanets.contribution import Inclusion, record_of
from core.datanets.datanet import Datanet
from core.datanets.manifest import Difference, Entry, Manifest, difference
from core.datanets.people import People
from core.datanets.record import unpack_uses
from core.datanets.store import datanets as datanet_store
from core.datanets.store import releases as store
from core.datanets.store.query import many
from core.errors import DatanetError
from core.jobs import Progress
from core.keccak import keccak256
from core.storage import Database
from core.units import Address

_TRIES = 3  # of hashing with the vault free; who changes something each time would never get a release


@dataclass(frozen=True)
class Release:
    id: int
    datanet_id: int
    version: int
    state: Literal["draft", "signed", "committed"]
    count: int
    records_root: bytes
    manifest_hash: bytes
    tx_hash: bytes | None
    block: int | None
    created: int


@dataclass(frozen=True)
class ReleaseCall:
    """What `Datanets.release(datanetId, recordsRoot, count, manifestHash)` takes."""

    datanet: int
    records_root: bytes
    count: int
    manifest_hash: bytes


@dataclass(frozen=True)
class ReleasedRecord:
    """One record of a release with its content. `position` is its place in the manifest and in the release tree.

    label      its number in the manifest's labels, as the curator left it
    trusted    of the curator's trusted core
    withdrawn  taken back since: nothing may be trained on it any more
    """

    position: int
    record_id: int
    contribution: int
    index: int
    contributor: Address
    leaf: bytes
    label: int
    trusted: bool
    licence: str
    uses: frozenset[str]
    withdrawn: bool
    text: str


@dataclass(frozen=True)
class _Gathered:
    """All that a release is made of, as it stood at one moment: after so many `changes` of the vault."""

    datanet: Datanet
    latest: Release | None
    trusted: frozenset[Address]
    rows: list[Any]
    changes: int

    def same(self, other: _Gathered) -> bool:
        """Whatever else was written in the vault, nothing that the release is made of."""
        return replace(self, changes=other.changes) == other


class Releases:
    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()
        self._people = People(db, self._clock)

    def prepare(self, datanet_id: int, curator: Address, progress: Progress) -> Release:
        """The next version, in state draft, in place of one that was not signed.

        What is hashed is read in one moment; the vault is free meanwhile, and held again only to keep the outcome if
        nothing of it changed in between. If something did, it starts again; in the end nothing else comes in between.
        Raises DatanetError: "not on the ledger", "not a curator", "release pending" (one is signed and not in a block),
        "nothing accepted", "nothing new". Raises Cancelled.
        """
        gathered, values = self._gather(datanet_id, curator, progress), None
        for _ in range(_TRIES):
            values = values or self._hashed(gathered, progress)
            with self._db.transaction():
                if self._db.changes == gathered.changes:
                    return self._keep(gathered, values, progress)
            now = self._gather(datanet_id, curator, progress)
            gathered, values = now, values if now.same(gathered) else None
        with self._db.transaction():
            gathered = self._gather(datanet_id, curator, progress)
            return self._keep(gathered, self._hashed(gathered, progress), progress)

    def _gather(self, datanet_id: int, curator: Address, progress: Progress) -> _Gathered:
        progress.step("gathering")
        with self._db.transaction():
            self._people.require_curator(datanet_id, curator)
            if any(row["state"] == "signed" for row in store.of_datanet(self._db, datanet_id)):
                raise DatanetError(reason="release pending", datanet=datanet_id)
            gathered = self._gathered(datanet_id)
        if not gathered.rows:
            raise DatanetError(reason="nothing accepted", datanet=datanet_id)
        return gathered

    def _gathered(self, datanet_id: int) -> _Gathered:
        with self._db.transaction():
            return _Gathered(
                datanet_store.get(self._db, datanet_id),
                self.latest(datanet_id),
                self._people.trusted(datanet_id),
                store.releasable(self._db, datanet_id),
                self._db.changes,
            )

    def _hashed(self, gathered: _Gathered, progress: Progress) -> dict[str, object]:
        progress.step("hashing")
        datanet, latest = gathered.datanet, gathered.latest
        manifest = self._manifest(gathered)
        if latest is not None and difference(self.manifest(latest.id), manifest).empty:
            raise DatanetError(reason="nothing new", datanet=datanet.id, version=latest.version)
        progress.check()
        encoded = manifest.encoded
        progress.check()
        return {
            "datanet_id": datanet.id,
            "version": manifest.version,
            "count": len(gathered.rows),
            "records_root": manifest.tree.root,
            "manifest": encoded,
            "manifest_hash": keccak256(encoded),
            "created": self._clock.now(),
        }

    def _keep(self, gathered: _Gathered, values: dict[str, object], progress: Progress) -> Release:
        progress.step("keeping")
        return self.get(store.add(self._db, values, [row["id"] for row in gathered.rows]))

    def _manifest(self, gathered: _Gathered) -> Manifest:
        datanet, latest = gathered.datanet, gathered.latest
        if datanet.place is None:
            raise DatanetError(reason="not on the ledger", datanet=datanet.id)
        entries = tuple(_entries(gathered))
        version = latest.version + 1 if latest is not None else 1
        previous = latest.manifest_hash if latest is not None else None
        return Manifest(datanet.place, version, previous, datanet.rules.labels, entries)

    def call(self, release_id: int) -> ReleaseCall:
        found = self.get(release_id)
        place = datanet_store.get(self._db, found.datanet_id).place
        if place is None:
            raise DatanetError(reason="not on the ledger", datanet=found.datanet_id)
        return ReleaseCall(place.number, found.records_root, found.count, found.manifest_hash)

    def discard(self, release_id: int) -> None:
        """Only before it is signed."""
        with self._db.transaction():
            if self.get(release_id).state != "draft":
                raise DatanetError(reason="signed", release=release_id)
            store.remove(self._db, release_id)

    def signed(self, release_id: int, tx_hash: bytes, root: bytes | None = None) -> None:
        """`root`: that of what is signed. Raises DatanetError: "signed", or "changed" where the row holds another one
        by now (the vault gives numbers again) or a record of it was taken back since it was prepared.
        """
        with self._db.transaction():
            found = self.get(release_id)
            if found.state == "committed":
                raise DatanetError(reason="signed", release=release_id)
            if found.state == "draft" and (
                root not in {None, found.records_root} or store.withdrawn(self._db, release_id)
            ):
                raise DatanetError(reason="changed", release=release_id)
            store.set_state(self._db, release_id, "signed", tx_hash, None)

    def failed(self, release_id: int) -> None:
        """The transaction was refused or dropped."""
        with self._db.transaction():
            if self.get(release_id).state == "signed":
                store.set_state(self._db, release_id, "draft", None, None)

    def committed(self, release_id: int, version: int, tx_hash: bytes, block: int) -> Release:
        """In a block. The ledger's number counts: when another curator released in between, it is higher than the one
        that the manifest expected.
        """
        with self._db.transaction():
            store.set_state(self._db, release_id, "committed", tx_hash, block)
            store.set_version(self._db, release_id, version)
            store.mark_released(self._db, release_id)
            return self.get(release_id)

    def get(self, release_id: int) -> Release:
        return _release(store.get(self._db, release_id))

    def of(self, datanet_id: int) -> list[Release]:
        """By version; unsigned and pending ones too."""
        return [_release(row) for row in store.of_datanet(self._db, datanet_id)]

    def latest(self, datanet_id: int) -> Release | None:
        """The newest on the ledger."""
        row = store.latest(self._db, datanet_id)
        return _release(row) if row is not None else None

    def manifest_bytes(self, release_id: int) -> bytes:
        return store.manifest(self._db, release_id)

    def manifest(self, release_id: int) -> Manifest:
        return Manifest.parse(self.manifest_bytes(release_id))

    def records(
        self, release_id: int, use: str | None = None, manifest: Manifest | None = None
    ) -> list[ReleasedRecord]:
        """All records by position, or those that may be put to `use` ("train", "evaluate", "share").

        `manifest`: that of the release, where it was read already.
        """
        manifest = manifest or self.manifest(release_id)
        rows = store.records(self._db, release_id)
        found = [
            _record(place, entry, row) for place, (entry, row) in enumerate(zip(manifest.entries, rows, strict=True))
        ]
        return found if use is None else allowed(found, use)

    def proof(self, release_id: int, position: int) -> Inclusion:
        """That the record at `position` is in the release, from its content up: the leaf is made anew from the text
        and the salt, so a changed text does not pass. Raises DatanetError(reason="changed").
        """
        inclusion = self.manifest(release_id).proof(position)
        row = store.record_at(self._db, release_id, position)
        if leaf_of(record_of(row).content_hash, row["salt"]) != inclusion.payload[64:96]:
            raise DatanetError(reason="changed", release=release_id, position=position)
        return inclusion

    def positions(self, release_id: int, record_ids: list[int]) -> dict[int, int]:
        """Record id -> position, of those in the release."""
        return {row["record_id"]: row["position"] for row in store.positions(self._db, release_id, many(record_ids))}

    def difference(self, before: int | None, after: int) -> Difference:
        """Between two releases; everything is added when `before` is None."""
        return difference(self.manifest(before) if before is not None else None, self.manifest(after))

    def pending(self, datanet_id: int) -> Difference:
        """What the next release would change."""
        gathered = self._gathered(datanet_id)
        before = self.manifest(gathered.latest.id) if gathered.latest is not None else None
        return difference(before, self._manifest(gathered))


def _entries(gathered: _Gathered) -> Iterator[Entry]:
    trusted = {address.raw for address in gathered.trusted}
    labels = {label: place for place, label in enumerate(gathered.datanet.rules.labels)}
    people: dict[bytes, Address] = {}
    terms: dict[tuple[str, str], Terms] = {}  # a contribution has few: made once each
    for row in gathered.rows:
        account, said = row["account"], (row["licence"], row["uses"])
        if account not in people:
            people[account] = Address(account)
        if said not in terms:
            terms[said] = Terms(row["licence"], unpack_uses(row["uses"]))
        yield Entry(
            row["number"],
            row["idx"],
            row["leaf"],
            people[account],
            labels[row["label"]],
            terms[said],
            account in trusted,
        )


def _record(position: int, entry: Entry, row: Any) -> ReleasedRecord:
    return ReleasedRecord(
        position,
        row["id"],
        entry.contribution,
        entry.index,
        entry.contributor,
        entry.leaf,
        entry.label,
        entry.trusted,
        entry.terms.licence,
        entry.terms.uses,
        bool(row["withdrawn"]),
        row["text"],
    )


def _release(row: Any) -> Release:
    return Release(
        row["id"],
        row["datanet_id"],
        row["version"],
        row["state"],
        row["count"],
        row["records_root"],
        row["manifest_hash"],
        row["tx_hash"],
        row["block"],
        row["created"],
    )
