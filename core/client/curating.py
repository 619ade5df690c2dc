"""The curator's half of Datanets: review, release, and what training and withdrawing need of a release."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.client.actions import Plan, event_of
from core.client.network import trust_view
from core.client.record_index import RecordIndex
from core.datanets import catalogue, contribution, people, records, release, review, withdrawal
from core.datanets.datanet import Datanet
from core.errors import DatanetError, OpenLedgerError
from core.events import Changed
from core.jobs import Progress, silent
from core.merkle import leaf_hash
from core.units import Address
from core.values import Prepared, TrustView, Verified

if TYPE_CHECKING:
    from core.client.client import Client

WRITTEN = Changed(datanets=True, records=True)


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What the trainer gets of a record."""

    text: str
    label: str
    record_id: bytes
    account: bytes
    uses: frozenset[str]
    withdrawn: bool


@dataclass(frozen=True)
class TrainingRelease:
    """The newest release on the ledger, as the trainer needs it. `number` and `version` are the ledger's."""

    number: int
    version: int
    name: str
    root: bytes
    licence: str
    labels: tuple[str, ...]
    trusted: frozenset[Address]
    records: tuple[TrainingRecord, ...]
    kind: str = "text"
    columns: tuple[tuple[str, str], ...] = ()  # of a table: name, "number" or "category"


class Curating:
    """The stores of the area are handed out for their full range: `records`, `review_desk`, `people`, `releases`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.index = RecordIndex(client)
        self._asking = threading.Lock()
        self._asked: set[int] = set()  # withdrawals that this process prepared

    def let_go(self) -> None:
        """Of the index in memory, as the profile is locked."""
        self.index.let_go()

    def _store(self, kind: type[Any]) -> Any:
        session = self._client.session
        return kind(session.db) if kind is records.Records else kind(session.db, session.clock)

    @property
    def catalogue(self) -> catalogue.Datanets:
        return self._store(catalogue.Datanets)  # type: ignore[no-any-return]

    @property
    def records(self) -> records.Records:
        return self._store(records.Records)  # type: ignore[no-any-return]

    @property
    def people(self) -> people.People:
        return self._store(people.People)  # type: ignore[no-any-return]

    @property
    def _given(self) -> contribution.Contributions:
        return self._store(contribution.Contributions)  # type: ignore[no-any-return]

    @property
    def releases(self) -> release.Releases:
        return self._store(release.Releases)  # type: ignore[no-any-return]

    @property
    def review_desk(self) -> review.Review:
        return self._store(review.Review)  # type: ignore[no-any-return]

    @property
    def _withdrawals(self) -> withdrawal.Withdrawals:
        return self._store(withdrawal.Withdrawals)  # type: ignore[no-any-return]

    def curator(self, datanet: int) -> int | None:
        """The first of my accounts that may review it, None when none may."""
        roles = self.people.all(datanet)
        curators = {person.address for person in roles if person.curator}
        return next((a.index for a in self._client.wallet.rows() if a.address in curators), None)

    def _root_on_ledger(self, datanet: Datanet, one: release.Release) -> TrustView:
        assert datanet.place is not None
        try:
            state = self._client.session.contract("Datanets").state
            found = state.read("releases", datanet.place.number, one.version, "recordsRoot")
        except OpenLedgerError as error:
            return TrustView("failed", type(error).__name__)
        return trust_view(found.trust) if found.value == one.records_root else TrustView("failed", "another root")

    # Review

    def _desk(self, contribution_id: int) -> tuple[contribution.Contribution, Address]:
        given = self._given.get(contribution_id)
        index = self.curator(given.datanet_id)
        if index is None:
            raise DatanetError(reason="not a curator")
        return given, self._client.wallet.address(index)

    def decide(
        self,
        record_ids: Sequence[int],
        decision: str,
        *,
        label: str = "",
        reason: str = "",
        progress: Progress | None = None,
    ) -> int:
        """One decision ("approve", "reject", "relabel", "" for none) over records of one Datanet: one undo step.

        Raises Cancelled, with nothing decided.
        """
        row = self.records.get(record_ids[0])
        _, who = self._desk(row.contribution)
        desk = self.review_desk
        changed = desk.decide(record_ids, decision, who, label=label, reason=reason, progress=progress)  # type: ignore[arg-type]
        self._client.said(WRITTEN)
        return changed

    def decide_all(self, contribution_id: int, *, approve: bool, progress: Progress | None = None) -> int:
        """All records of a contribution that have no decision yet. Raises Cancelled, with nothing decided."""
        _, who = self._desk(contribution_id)
        desk = self.review_desk
        changed = desk.decide_rest(contribution_id, "approve" if approve else "reject", who, progress=progress)
        self._client.said(WRITTEN)
        return changed

    def undo_decision(self, datanet: int) -> review.Undone | None:
        index = self.curator(datanet)
        if index is None:
            raise DatanetError(reason="not a curator")
        undone = self.review_desk.undo(datanet, self._client.wallet.address(index))
        self._client.said(WRITTEN)
        return undone

    def trust_contributor(self, contribution_id: int, *, trusted: bool = True) -> None:
        """Their records become (or stop being) the trusted core that quality is measured against."""
        given = self._given.get(contribution_id)
        self.people.set(given.datanet_id, given.account, trusted=trusted)
        self._client.said(WRITTEN)

    def prepare_review(self, contribution_id: int, account: int) -> Prepared:
        """The decisions on one contribution, as the ledger is told them. Raises DatanetError ("undecided", ...)."""
        contract = self._client.session.contract("Datanets")
        desk = self.review_desk
        result = desk.prepare(contribution_id, self._client.wallet.address(account))
        call = desk.call(result.id)
        given = self._given.get(contribution_id)

        def after(mined: Any) -> int:
            desk.committed(result.id, mined.hash, mined.block)
            return contribution_id

        return self._client.actions.prepare(
            Plan(
                "review",
                account,
                contract.address,
                data=contract.call(
                    "review",
                    call.contribution,
                    self._given.given(contribution_id).values,
                    call.accepted_root,
                    call.accepted_count,
                    call.decisions_hash,
                ),
                details=(
                    ("contributor", self._client.wallet.name_of(given.account)),
                    ("accepted", f"{call.accepted_count:,} of {given.count:,}"),
                    ("root", "0x" + call.accepted_root.hex()),
                ),
                raw={"function": "review", "contribution": call.contribution, "accepted": call.accepted_count},
                before=lambda tx_hash: desk.signed(result.id, tx_hash),
                after=after,
                failed=lambda: desk.failed(result.id),
                changed=WRITTEN,
            )
        )

    # Release

    def prepare_release(self, datanet: int, account: int, progress: Progress | None = None) -> Prepared:
        """The accepted records under one root. Raises DatanetError ("nothing accepted", "nothing new", ...)."""
        contract = self._client.session.contract("Datanets")
        risks = self._client.following.doubts(datanet)  # first: what was taken back meanwhile stays out
        made = self.releases.prepare(datanet, self._client.wallet.address(account), progress or silent())
        call = self.releases.call(made.id)

        def after(mined: Any) -> int:
            version = event_of(contract, mined, "Released")["version"]
            return self.releases.committed(made.id, version, mined.hash, mined.block).version

        return self._client.actions.prepare(
            Plan(
                "release",
                account,
                contract.address,
                data=contract.call("release", call.datanet, call.records_root, call.count, call.manifest_hash),
                details=(
                    ("datanet", self.catalogue.get(datanet).rules.name),
                    ("records", f"{call.count:,}"),
                    ("root", "0x" + call.records_root.hex()),
                    ("manifest", "0x" + call.manifest_hash.hex()),
                ),
                risks=risks,
                raw={"function": "release", "count": call.count},
                before=lambda tx_hash: self.releases.signed(made.id, tx_hash, made.records_root),
                after=after,
                failed=lambda: self.releases.failed(made.id),
                changed=WRITTEN,
            )
        )

    def verify_record(self, datanet: int, position: int) -> Verified:
        """One record of the newest release: from its text to the root, and the root on the ledger by proof."""
        newest = self._newest(datanet)
        place = self.catalogue.get(datanet)
        proof = self.releases.proof(newest.id, position)
        trust = self._root_on_ledger(place, newest)
        checks = (
            ("record leads to the root", proof.holds, f"{len(proof.proof)} hashes"),
            ("root of the release", proof.root == newest.records_root, "0x" + newest.records_root.hex()),
            ("root on the ledger", trust.state in {"proven", "quorum"}, f"block {trust.block}"),
        )
        return Verified(all(holds for _, holds, _ in checks), checks)

    def _newest(self, datanet: int) -> release.Release:
        newest = self.releases.latest(datanet)
        if newest is None:
            raise DatanetError(reason="no release", datanet=datanet)
        return newest

    def training_release(self, datanet: int) -> TrainingRelease:
        """Raises DatanetError when there is no release."""
        newest = self._newest(datanet)
        found = self.catalogue.get(datanet)
        assert found.place is not None
        manifest = self.releases.manifest(newest.id)  # parsed once: at 100,000 records it takes a second
        rows, labels = self.releases.records(newest.id, manifest=manifest), manifest.labels
        return TrainingRelease(
            number=found.place.number,
            version=newest.version,
            name=found.rules.name,
            root=newest.records_root,
            licence=found.rules.licence,
            labels=labels,
            trusted=frozenset(row.contributor for row in rows if row.trusted),
            kind=found.rules.kind,
            columns=tuple((column.name, column.cells) for column in found.rules.columns),
            records=tuple(
                TrainingRecord(
                    row.text,
                    labels[row.label],
                    leaf_hash(entry.payload),
                    row.contributor.raw,
                    frozenset(row.uses),
                    row.withdrawn,
                )
                for row, entry in zip(rows, manifest.entries, strict=True)
            ),
        )

    def likeness(self, datanet: int, texts: Sequence[str]) -> list[str]:
        """What novelty compares of each record (PoA-1, section 7)."""
        rules = self.catalogue.get(datanet).rules
        if rules.content.carries:
            prints = self._client.session.pictures.seen(texts)
            return [prints[text].print.hex() if text in prints else rules.content.likeness(text, ()) for text in texts]
        return [rules.content.likeness(text, rules.columns) for text in texts]

    # Withdraw

    def prepare_withdraw(self, contribution_id: int, indices: Sequence[int]) -> Prepared:
        """Take records (positions in the contribution) back. Copies that others hold cannot be recalled."""
        contract = self._client.session.contract("Datanets")
        given = self._given.get(contribution_id)
        with self._asking:
            self._forget_unasked(contribution_id)
            step = self._withdrawals.prepare(contribution_id, indices)
            self._asked.add(step.id)
        call = self._withdrawals.call(step.id)

        def after(mined: Any) -> int:
            self._withdrawals.committed(step.id, mined.hash, mined.block)
            return contribution_id

        try:
            return self._client.actions.prepare(
                Plan(
                    "withdraw",
                    self._client.wallet.index_of(given.account),
                    contract.address,
                    data=contract.call(
                        "withdraw", call.contribution, self._given.given(contribution_id).values, call.root, call.count
                    ),
                    details=(("records withdrawn", str(len(step.indices))), ("root", "0x" + call.root.hex())),
                    risks=("copies cannot be recalled",),
                    raw={"function": "withdraw", "count": call.count},
                    before=lambda tx_hash: self._withdrawals.signed(step.id, tx_hash),
                    after=after,
                    failed=lambda: self._withdrawals.failed(step.id),
                    forgotten=lambda: self._stay(step.id),
                    changed=WRITTEN | Changed(models=True),
                )
            )
        except BaseException:  # nobody was asked: the records stay
            self._stay(step.id)
            raise

    def _stay(self, step: int) -> None:
        """The records stay after all."""
        self._asked.discard(step)  # the vault gives its number again
        self._withdrawals.discard(step)

    def _forget_unasked(self, contribution_id: int) -> None:
        """Withdrawals that were prepared before the program was killed, and that nobody can sign any more."""
        for one in self._withdrawals.of(contribution_id):
            if one.state == "draft" and one.id not in self._asked:
                self._withdrawals.discard(one.id)

    def withdrawn_ids(self, datanet: int) -> frozenset[bytes]:
        """Record ids of everything taken back in this Datanet, from the signature on; what is only asked is not."""
        rows = self._client.session.db.all(
            "SELECT r.id FROM records r JOIN withdrawals w ON w.id = r.withdrawal_id "
            "WHERE r.datanet_id = ? AND w.state <> 'draft'",
            datanet,
        )
        gone = {row["id"] for row in rows}
        return frozenset(leaf for leaf, row in self.index.of(datanet).items() if row in gone) if gone else frozenset()

    def release_leaves(self, datanet: int, version: int) -> tuple[bytes, ...]:
        """The record ids of a release: the leaves of its tree, in its order."""
        found = next(one for one in self.releases.of(datanet) if one.version == version)
        return tuple(leaf_hash(entry.payload) for entry in self.releases.manifest(found.id).entries)
