"""What a person looks at before and after deciding: files, licences, filters, and all that stands behind one record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.client.curating import Curating
from core.datanets import importers, preflight
from core.datanets.drafts import Terms
from core.datanets.importers import Inspection, Options
from core.datanets.importers import pictures as picture_files
from core.datanets.licences import LICENCES, Licence
from core.datanets.manifest import Difference
from core.datanets.records import Filter, RecordRow
from core.datanets.store import reviews
from core.errors import DatanetError, OpenLedgerError
from core.jobs import Progress, silent
from core.values import PictureView, Verified

_SHOWN = 20  # pictures of a folder before anything is taken in
_PROVEN = {"local", "proven", "quorum"}


@dataclass(frozen=True)
class Receipt:
    """All that stands behind one record.

    commitment   hex of its salted leaf; `root` is the contribution's, over `count` leaves
    decided      the transaction of the review that covers it, "" while there is none; `accepted` by it
    releases     (version, position) in every release that holds it
    """

    record: RecordRow
    name: str
    commitment: str
    root: str
    count: int
    tx_hash: str
    block: int | None
    time: int
    decided: str
    decided_block: int | None
    accepted: bool
    releases: tuple[tuple[int, int], ...]
    mine: bool


class Inspecting(Curating):
    # Values that callers fill in

    def licences(self) -> tuple[Licence, ...]:
        """Those a person is offered."""
        return tuple(LICENCES.values())

    def checks(self, kind: str = "text") -> tuple[str, ...]:
        """Names of what preflight looks for in records of a kind, in its order."""
        return tuple(dict.fromkeys(check.name for check in preflight.CHECKS if kind in check.kinds))

    def terms(self, licence: str, uses: Iterable[str], source: str = "", language: str = "") -> Terms:
        return Terms(licence, frozenset(uses), source, language)

    def wanted(self, datanet: int, **narrowed: Any) -> Filter:
        """Which records of a Datanet; fields as in `Filter`."""
        return Filter(datanet, **narrowed)

    # Files

    def inspect_file(
        self, datanet: int, path: Path, options: Options | None = None, *, progress: Progress | None = None
    ) -> Inspection:
        """What a file holds, columns guessed, before anything is taken. Raises BadFile (with the line), TooLarge."""
        rules = self.catalogue.get(datanet).rules
        if rules.content.carries:
            found, sample, count = picture_files.inspection(path, progress or silent(), _SHOWN)
            return Inspection(found, ("file", "label"), tuple(sample), count, ())
        return importers.inspect(path, options or Options(), progress or silent(), rules.labels, rules.columns)

    def picture(self, text: str, side: int) -> PictureView:
        """A small copy of a record's picture, at most `side` pixels wide and high. Raises BadInput, DatabaseCorrupt."""
        return self._client.session.thumbnails.get(text, side)

    # Review

    def clean_records(self, datanet: int, contribution: int | None = None) -> list[int]:
        """Open for review, undecided, checked, without a warning, and with a label of the Datanet's."""
        labels = self.catalogue.get(datanet).rules.labels
        found: list[int] = []
        for one in self._given.of(datanet):
            if contribution in {None, one.id} and self._preflights.contribution(one.id) is not None:
                asked = Filter(datanet, contribution=one.id, decision="", flagged=False, open_only=True)
                found += self.records.ids(asked)
        outside = reviews.outside(self._client.session.db, datanet, labels)
        return [record for record in found if record not in outside]

    @property
    def _preflights(self) -> Any:
        from core.datanets.preflights import Preflights

        return self._store(Preflights)

    # Release

    def next_release(self, datanet: int) -> Difference | None:
        """What the next version would change; None while there is nothing accepted to release."""
        if self.catalogue.get(datanet).place is None:
            return None
        found = self.releases.pending(datanet)
        accepted = any(one.state in {"reviewed", "released"} for one in self._given.of(datanet))
        return found if accepted and not found.empty else None

    # One record

    def receipt(self, record_id: int) -> Receipt:
        """Raises DatanetError for a record that is not there."""
        row = self.records.get(record_id)
        given = self._given.get(row.contribution)
        review = next((one for one in reversed(self.review_desk.of(given.id)) if one.state == "committed"), None)
        releases = []
        for one in self.releases.of(given.datanet_id):
            if one.state == "committed":
                places = self.releases.positions(one.id, [record_id])
                releases += [(one.version, position) for position in places.values()]
        return Receipt(
            record=row,
            name=self._client.wallet.name_of(given.account),
            commitment="0x" + self._leaf(record_id).hex(),
            root="0x" + given.root.hex(),
            count=given.count,
            tx_hash="" if given.tx_hash is None else "0x" + given.tx_hash.hex(),
            block=given.block,
            time=given.created,
            decided="" if review is None or review.tx_hash is None else "0x" + review.tx_hash.hex(),
            decided_block=None if review is None else review.block,
            accepted=review is not None and row.decision in {"approve", "relabel"},
            releases=tuple(releases),
            mine=given.account in self._client.wallet.addresses(),
        )

    def _leaf(self, record_id: int) -> bytes:
        found = self._client.session.db.one("SELECT leaf FROM records WHERE id = ?", record_id)
        return bytes(found["leaf"])

    def verify_given(self, record_id: int) -> Verified:
        """From the record's text and salt to the roots that the ledger holds, each root read by proof."""
        row = self.records.get(record_id)
        given = self._given.get(row.contribution)
        if given.number is None:
            raise DatanetError(reason="not on the ledger", contribution=given.id)
        proof = self._given.proof(given.id, row.index)
        checks = [
            ("record leads to the root", proof.holds and proof.root == given.root, f"{len(proof.proof)} hashes"),
            self._on_ledger("root on the ledger", self._given.given(given.id).hash, "contributions", given.number),
        ]
        review = next((one for one in reversed(self.review_desk.of(given.id)) if one.state == "committed"), None)
        if review is not None and row.decision in {"approve", "relabel"}:
            accepted = self.review_desk.proof(review.id, row.index)
            checks += [
                ("record is among the accepted", accepted.holds, f"{len(accepted.proof)} hashes"),
                self._on_ledger(
                    "accepted root on the ledger", review.accepted_root, "decisions", given.number, "acceptedRoot"
                ),
            ]
        newest = self.releases.latest(given.datanet_id)
        places = {} if newest is None else self.releases.positions(newest.id, [record_id])
        if places:
            found = self.verify_record(given.datanet_id, places[record_id])
            assert newest is not None
            checks += [(f"release: {key}", holds, detail) for key, holds, detail in found.checks]
        return Verified(all(holds for _, holds, _ in checks), tuple(checks))

    def _on_ledger(self, what: str, expected: bytes, *path: object) -> tuple[str, bool, str]:
        """Of a contribution the ledger keeps a hash: it stands for the root, as for all else that was given."""
        try:
            found = self._client.session.contract("Datanets").state.read(*path)
        except OpenLedgerError as error:
            return what, False, type(error).__name__
        holds = found.value == expected and found.trust.state.value in _PROVEN
        return what, holds, f"block {found.trust.block}"
