"""After a kill in the middle of an action: the ledger says what happened, and every area is told, by the events.

An action is in the wallet's history before it leaves. One that is still pending at unlock is sent again (which is
harmless), and its proven receipt is applied here, event by event; each step may be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from core.datanets import contribution, release, review, withdrawal
from core.datanets.commitment import Place
from core.economy import book, claims
from core.errors import (
    Cancelled,
    EconomyError,
    Locked,
    NodeError,
    OpenLedgerError,
    ProofError,
    ProofMismatch,
    StorageError,
    WorkerError,
)
from core.jobs import silent
from core.units import Address, Amount

if TYPE_CHECKING:
    from core.chain.block import Mined
    from core.chain.contracts import Event
    from core.client.client import Client
    from core.storage import Database

_log = logging.getLogger(__name__)
_NEXT_TIME = (Cancelled, Locked, NodeError, StorageError, WorkerError)

_SIGNED: dict[str, Any] = {  # table -> what its rows are to their area
    "contributions": contribution.Contributions,
    "reviews": review.Review,
    "releases": release.Releases,
    "withdrawals": withdrawal.Withdrawals,
}


class Recovery:
    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def _db(self) -> Database:
        return self._client.session.db

    def apply(self, mined: Mined, contracts: Collection[str] | None = None) -> None:
        """Put down what a proven transaction made, wherever it is missing; of all contracts or of some.

        Anybody may make events, so each stands alone: one that cannot be read or kept is noted and passed over. What
        may go better the next time (the node, the disk) is raised.
        """
        session = self._client.session
        for log in mined.logs:
            for name in contracts or session.pinned["contracts"]:
                deployed = session.contract(name)
                if log.address == deployed.address:
                    try:
                        self._apply(deployed.contract.decode_event(log), mined)
                    except _NEXT_TIME:
                        raise
                    except (OpenLedgerError, ArithmeticError, LookupError, ValueError) as error:
                        _log.warning("passed over an event of 0x%s: %r", mined.hash.hex(), error)

    def _apply(self, event: Event | None, mined: Mined) -> None:
        handler = None if event is None else getattr(self, f"_{event.name}", None)
        if event is not None and handler is not None:
            handler(event.arguments, mined)

    def failed(self, tx_hash: bytes) -> None:
        """It was refused for good: what was signed is open to change again."""
        for table, kind in _SIGNED.items():
            row = self._signed(table, tx_hash)
            if row is not None:
                kind(self._db, self._client.clock).failed(row)

    def _signed(self, table: str, tx_hash: bytes) -> int | None:
        assert table in _SIGNED
        row = self._db.one(f"SELECT id FROM {table} WHERE tx_hash = ? AND state = 'signed'", tx_hash)  # noqa: S608 - our names
        return None if row is None else int(row["id"])

    # One method an event, named as the contract names it

    def _DatanetCreated(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        session = self._client.session
        place = Place(session.network.chain_id, session.contract("Datanets").address, event["datanetId"])
        catalogue = self._client.datanets.catalogue
        if catalogue.at(place) is not None:
            return
        for draft in catalogue.all():
            if draft.place is None and (draft.rules.meta_hash, draft.creator) == (event["metaHash"], event["creator"]):
                catalogue.committed(draft.id, place, mined.hash, mined.block)
                return

    def _Contributed(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        row = self._signed("contributions", mined.hash)
        if row is not None:
            areas = contribution.Contributions(self._db, self._client.clock)
            areas.committed(row, event["contributionId"], mined.hash, mined.block)

    def _Reviewed(self, _event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        row = self._signed("reviews", mined.hash)
        if row is not None:
            review.Review(self._db, self._client.clock).committed(row, mined.hash, mined.block)

    def _Released(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        row = self._signed("releases", mined.hash)
        if row is not None:
            release.Releases(self._db, self._client.clock).committed(row, event["version"], mined.hash, mined.block)

    def _Withdrawn(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        row = self._signed("withdrawals", mined.hash) if "withdrawnRoot" in event else None
        if row is not None:
            withdrawal.Withdrawals(self._db, self._client.clock).committed(row, mined.hash, mined.block)

    def _ModelRegistered(self, event: Mapping[str, Any], _mined: Mined) -> None:  # noqa: N802
        session = self._client.session
        version = session.catalogue.version_by_hash(event["packageHash"])
        if version is not None and session.catalogue.get(version.model).chain_model is None:
            session.catalogue.published(
                version.model,
                chain_id=session.network.chain_id,
                chain_model=event["modelId"],
                builder=event["builder"].raw,
                fee=event["fee"],
                split=tuple(event["split"]),
            )

    def _Retrained(self, event: Mapping[str, Any], _mined: Mined) -> None:  # noqa: N802
        """The package was in memory only; exact training makes the same one again."""
        model = self._model(event)
        if model is not None and self._client.session.catalogue.version_by_hash(event["newPackageHash"]) is None:
            self._client.models.building.catch_up(model, event["newPackageHash"], silent())

    def _FeeSet(self, event: Mapping[str, Any], _mined: Mined) -> None:  # noqa: N802
        model = self._model(event)
        if model is not None:
            self._client.session.catalogue.set_fee(model.id, event["fee"])

    def _Retired(self, event: Mapping[str, Any], _mined: Mined) -> None:  # noqa: N802
        model = self._model(event)
        if model is not None:
            self._client.session.catalogue.retire(model.id)

    def _model(self, event: Mapping[str, Any]) -> Any:
        session = self._client.session
        return session.catalogue.by_chain(session.network.chain_id, event["modelId"])

    def _Settled(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        from core.client.settling import posting_of

        where = self._where()
        posting = posting_of(event, mined)
        if book.posting(self._db, *where, posting.id) is not None:
            return
        try:
            book.posted(self._db, *where, posting)
        except (EconomyError, ProofMismatch):  # not computed here, or not what was computed here
            if self._concerns(posting):
                book.seen(self._db, *where, posting)
                self._client.earnings.watching.check(posting)

    def _concerns(self, posting: book.Posting) -> bool:
        try:
            return self._client.earnings.watching.concerns(posting.body)
        except ProofError:  # of the node's answer: one too many does no harm, one too few does
            return True

    def _Demanded(self, event: Mapping[str, Any], _mined: Mined) -> None:  # noqa: N802
        where = self._where()
        posting = book.posting(self._db, *where, event["id"])
        if posting is None:
            return
        body = posting.body
        book.postponed(self._db, *where, event["id"], body.settled_at + 2 * body.window)
        demand = book.Demand(event["id"], event["kind"], event["index"], event["demander"], event["deadline"])
        book.demanded(self._db, *where, demand)

    def _Answered(self, event: Mapping[str, Any], _mined: Mined) -> None:  # noqa: N802
        book.answered(self._db, *self._where(), event["id"], event["kind"], event["index"])

    def _where(self) -> tuple[int, Address]:
        session = self._client.session
        return session.network.chain_id, session.contract("Settlement").address

    def _Finished(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        book.ended(self._db, *self._where(), event["id"], book.FINISHED, mined.hash)

    def _Voided(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        book.ended(self._db, *self._where(), event["id"], book.VOID, mined.hash, event["kind"])

    def _Claimed(self, event: Mapping[str, Any], mined: Mined) -> None:  # noqa: N802
        """Balances around that block are not known any more; the claim itself is proven."""
        where, now = self._where(), self._client.clock.now()
        try:  # the ledger paid it, so it was final, whatever the clock here says
            leaf = claims.claim_data(self._db, *where, event["id"], event["account"], 1 << 62)
        except EconomyError:  # put down already, or not one of ours
            return
        made = claims.Claim(mined.hash, mined.block, mined.sender, Amount(mined.fee), None, None, now)
        claims.record(self._db, *where, event["id"], leaf.index, made)
