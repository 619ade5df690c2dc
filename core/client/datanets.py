"""Datanets: create, import, check, contribute, review, release, withdraw; each signed step through `actions`."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.actions import Plan, event_of
from core.client.curating import WRITTEN, TrainingRelease
from core.client.inspecting import Inspecting
from core.client.network import trust_view
from core.datanets import preflights, release
from core.datanets.commitment import Place
from core.datanets.content import Column
from core.datanets.datanet import Datanet, Rules
from core.datanets.drafts import Drafts, Imported, Terms
from core.datanets.importers import Mapped, Options, read
from core.datanets.importers import pictures as picture_files
from core.datanets.preflight import Report
from core.datanets.schema import Schema, schema_of
from core.errors import OpenLedgerError
from core.jobs import Progress, silent
from core.units import Address
from core.values import ContributionView, DatanetView, Prepared, ReleaseView, TrustView

if TYPE_CHECKING:
    pass

_LOCAL = TrustView("local", "not on the ledger yet")


class Datanets(Inspecting):
    """`drafts`, `preflights`, `records`, `review_desk`, `people` are the areas' own stores, for their full range."""

    @property
    def drafts(self) -> Drafts:
        return self._store(Drafts)  # type: ignore[no-any-return]

    @property
    def preflights(self) -> preflights.Preflights:
        return self._store(preflights.Preflights)  # type: ignore[no-any-return]

    # Looking

    def all(self) -> tuple[DatanetView, ...]:
        self._client.following.look()
        found = self.catalogue.all()
        placed = [datanet.place.number for datanet in found if datanet.place is not None]
        self._client.session.foresee("Datanets", [("datanets", number, "metaHash") for number in placed])
        return tuple(self._view(datanet) for datanet in found)

    def get(self, datanet: int) -> DatanetView:
        return self._view(self.catalogue.get(datanet))

    def _view(self, datanet: Datanet) -> DatanetView:
        mine = self._client.wallet.addresses()
        overview = self.catalogue.overview(datanet.id, mine)
        return DatanetView(
            id=datanet.id,
            number=None if datanet.place is None else datanet.place.number,
            name=datanet.rules.name,
            description=datanet.rules.description,
            labels=datanet.rules.labels,
            licence=datanet.rules.licence,
            owner=datanet.creator,
            curator=self.curator(datanet.id) is not None,
            records=overview.records,
            waiting=overview.waiting,
            contributors=overview.contributors,
            mine=overview.mine,
            releases=tuple(self._release_view(datanet, one) for one in self.releases.of(datanet.id) if one.block),
            calls_30_days=self._client.earnings.calls_since(datanet.id, days=30),
            trust=self._trust(datanet),
            kind=datanet.rules.kind,
            columns=tuple((column.name, column.cells) for column in datanet.rules.columns),
            unnamed=self._client.following.unnamed(datanet.id),
        )

    def _trust(self, datanet: Datanet) -> TrustView:
        """Whether the ledger, by proof, holds this Datanet with this very description."""
        if datanet.place is None:
            return _LOCAL
        try:
            found = self._client.session.contract("Datanets").state.read("datanets", datanet.place.number, "metaHash")
        except OpenLedgerError as error:
            return TrustView("failed", type(error).__name__)
        return trust_view(found.trust) if found.value == datanet.rules.meta_hash else TrustView("failed", "other rules")

    def _release_view(self, datanet: Datanet, one: release.Release) -> ReleaseView:
        manifest = self.releases.manifest(one.id)
        return ReleaseView(
            datanet=datanet.id,
            version=one.version,
            records=one.count,
            contributors=len({entry.contributor for entry in manifest.entries}),
            root="0x" + one.records_root.hex(),
            manifest_hash="0x" + one.manifest_hash.hex(),
            block=one.block,
            time=one.created,
            trust=self._root_on_ledger(datanet, one),
        )

    def contributions(self, datanet: int) -> tuple[ContributionView, ...]:
        """On the ledger oldest first, then those being signed."""
        mine = self._client.wallet.addresses()
        return tuple(
            ContributionView(
                id=one.id,
                datanet=one.datanet_id,
                number=one.number,
                contributor=one.account,
                contributor_name=self._client.wallet.name_of(one.account),
                count=one.count,
                accepted=one.accepted,
                state=one.state,
                root="0x" + one.root.hex(),
                tx_hash=None if one.tx_hash is None else "0x" + one.tx_hash.hex(),
                time=one.created,
                mine=one.account in mine,
                withdrawn=one.withdrawn,
            )
            for one in self._given.of(datanet)
        )

    def texts_of(self, datanet: int, record_ids: Collection[bytes]) -> dict[bytes, str]:
        """Texts by record id, for the records that are on this device."""
        known = self.index.of(datanet)
        rows = {known[record_id]: record_id for record_id in record_ids if record_id in known}
        found = self._client.session.db.all(
            "SELECT id, text FROM records WHERE id IN (SELECT value FROM json_each(?))", json.dumps(list(rows))
        )
        return {rows[row["id"]]: row["text"] for row in found}

    # Create

    def prepare_create(
        self, account: int, name: str, description: str, labels: Sequence[str], licence: str, **more: Any
    ) -> Prepared:
        """A new Datanet; `more` as `Rules` takes it (topic, languages, access, review, kind); `columns` of
        a table as (name, "number" or "category"). Raises BadInput, Reverted.
        """
        more["columns"] = tuple(Column(column, cells) for column, cells in more.get("columns", ()))
        rules = Rules(name=name, labels=tuple(labels), licence=licence, description=description, **more)
        creator = self._client.wallet.address(account)
        contract = self._client.session.contract("Datanets")
        draft = self.catalogue.create(rules, creator)
        call = self.catalogue.call(draft.id)

        def after(mined: Any) -> int:
            number = event_of(contract, mined, "DatanetCreated")["datanetId"]
            place = Place(self._client.session.network.chain_id, contract.address, number)
            self.catalogue.committed(draft.id, place, mined.hash, mined.block)
            return draft.id

        try:
            return self._client.actions.prepare(
                Plan(
                    "datanet.create",
                    account,
                    contract.address,
                    data=contract.call("createDatanet", call.name, call.meta_hash, list(call.curators)),
                    details=(("name", name), ("labels", ", ".join(labels)), ("licence", licence)),
                    raw={"function": "createDatanet", "meta": rules.meta.decode()},
                    after=after,
                    failed=lambda: self.catalogue.discard(draft.id),
                    forgotten=lambda: self.catalogue.discard(draft.id),
                    changed=WRITTEN,
                )
            )
        except BaseException:  # nobody was asked
            self.catalogue.discard(draft.id)
            raise

    def schema_of(self, path: Path, label: str | None = None) -> Schema:
        """What a table in a file would make of a Datanet. Raises BadFile, TooLarge."""
        return schema_of(path, silent(), label)

    # Contribute

    def import_file(
        self,
        datanet: int,
        path: Path,
        account: int,
        *,
        options: Options | None = None,
        terms: Terms | None = None,
        skip_bad_rows: bool = False,
        progress: Progress | None = None,
    ) -> int:
        """A new draft with the rows of a file; its id. Raises BadFile (with the line), TooLarge, Cancelled."""
        progress = progress or silent()
        draft = self.drafts.create(datanet, self._client.wallet.address(account), path.name)
        try:
            self.add_file(draft.id, path, options=options, terms=terms, skip_bad_rows=skip_bad_rows, progress=progress)
        except BaseException:
            self.drafts.discard(draft.id)
            raise
        return draft.id

    def add_file(
        self,
        draft: int,
        path: Path,
        *,
        options: Options | None = None,
        terms: Terms | None = None,
        skip_bad_rows: bool = False,
        progress: Progress | None = None,
    ) -> Imported:
        """More rows into a draft, as one step that can be undone."""
        from dataclasses import replace

        progress = progress or silent()
        rules = self.catalogue.get(self.drafts.get(draft).datanet_id).rules
        licence = rules.licence
        if rules.content.carries:
            pictures = self._client.session.pictures
            pictures.sweep()
            added = self.drafts.add_pictures(
                draft, path, pictures, terms or Terms(licence), progress, skip=skip_bad_rows
            )
            self._client.said(WRITTEN)
            return added
        found = self.drafts.inspect(draft, path, options or Options(), progress)
        settled = replace(found.options, skip_malformed=skip_bad_rows)
        added = self.drafts.add_file(draft, path, settled, terms or Terms(licence), progress)
        self._client.said(WRITTEN)
        return added

    def preflight(self, draft: int, progress: Progress | None = None) -> Report:
        """Every check over the draft's rows, on this device."""
        report = self.preflights.run_draft(draft, progress or silent())
        self._client.said(WRITTEN)
        return report

    def prepare_contribute(self, draft: int, progress: Progress | None = None) -> Prepared:
        """Freeze the draft: only a root of salted hashes, a count and a consent hash leave this device."""
        session = self._client.session
        contract = session.contract("Datanets")
        kept = self.drafts.get(draft)
        already = self._already_given(kept.datanet_id, kept.account)
        frozen = self._given.freeze(draft, session.data_key, progress or silent(), already=already)
        call = self._given.call(frozen.id)

        def after(mined: Any) -> int:
            number = event_of(contract, mined, "Contributed")["contributionId"]
            self._given.committed(frozen.id, number, mined.hash, mined.block)
            return frozen.id

        try:
            return self._client.actions.prepare(
                Plan(
                    "contribute",
                    self._client.wallet.index_of(kept.account),
                    contract.address,
                    data=contract.call("contribute", call.datanet, call.root, call.count, call.consent_hash),
                    details=(
                        ("datanet", self.catalogue.get(kept.datanet_id).rules.name),
                        ("records", str(call.count)),
                        ("root", "0x" + call.root.hex()),
                        ("consent", "0x" + call.consent_hash.hex()),
                    ),
                    raw={"function": "contribute", "root": "0x" + call.root.hex(), "count": call.count},
                    before=lambda tx_hash: self._given.signed(frozen.id, tx_hash),
                    after=after,
                    failed=lambda: self._given.failed(frozen.id),
                    forgotten=lambda: self._reopen(frozen.id),
                    changed=WRITTEN,
                )
            )
        except OpenLedgerError:
            self._reopen(frozen.id)
            raise

    def _already_given(self, datanet: int, account: Address) -> int:
        """Contributions of an account that the ledger knows: after a restore their salts must not be used again."""
        session = self._client.session
        contract = session.contract("Datanets")
        place = self.catalogue.get(datanet).place
        logs = session.light.logs([contract.address], 1).value
        events = map(contract.event, logs)
        return sum(
            event is not None
            and event.name == "Contributed"
            and (event.arguments["datanetId"], event.arguments["contributor"]) == (place and place.number, account)
            for event in events
        )

    def _reopen(self, contribution_id: int) -> None:
        self._given.reopen(contribution_id)
        self._client.said(WRITTEN)

    # Files to measure on

    def read_rows(
        self, path: Path, labels: Sequence[str] = (), release: TrainingRelease | None = None
    ) -> list[tuple[str, str]]:
        """(text, label) of a file, for measuring; of a release's columns where it has any. Raises BadFile, TooLarge."""
        from core.datanets.importers import inspect

        if release is not None and release.kind == "image":
            pictures = self._client.session.pictures
            files = ((pictures.add(found.read()).text, found.label) for found in picture_files.find(path, silent()))
            return [(text, label) for text, label in files if label in labels]
        schema = [Column(name, cells) for name, cells in release.columns] if release is not None else []  # type: ignore[arg-type]
        found = inspect(path, Options(), silent(), labels, schema)
        rows: list[Mapped] = list(read(path, found.options, silent(), schema=schema))
        return [(row.text, row.label) for row in rows if not labels or row.label in labels]
