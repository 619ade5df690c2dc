"""Where data mattered: a record's trace, a person's part, why one label and not another, and a model's card.

Single calls are shown to their caller alone: everything that names a call reads this profile's own calls. Of other
people's calls a settlement gives signed totals only.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.errors import BadInput
from core.jobs import Progress, silent
from core.units import Address
from core.values import CallPay, ModelCard, PersonView, RecordTrace, WithoutRecord

if TYPE_CHECKING:
    from core.client.client import Client
    from core.client.influences import Influences


class Explaining:
    """What was measured is kept until the profile is locked."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._found: Influences | None = None
        self._session: object = None

    def let_go(self) -> None:
        """Of what was measured, as the profile is locked."""
        with self._lock:
            self._found, self._session = None, None

    @property
    def _influences(self) -> Influences:
        from core.client.influences import Influences  # numpy: not before it is needed

        session = self._client.session
        with self._lock:
            if self._found is None or self._session is not session:
                self._found, self._session = Influences(self._client), session
            return self._found

    def record(self, row: int, progress: Progress | None = None) -> RecordTrace:
        """One record (the vault's row) in every model that learned from it. Raises DatanetError, Cancelled."""
        from core.client.record_traces import trace

        return trace(self._client, self._influences, row, progress or silent())

    def without(self, model: int, row: int, progress: Progress | None = None) -> WithoutRecord:
        """A model really made again without one record. Raises ModelError, BadInput, TooFewRecords, Cancelled."""
        from core.client.record_traces import without

        return without(self._client, model, row, progress or silent())

    def person(self, account: Address, progress: Progress | None = None) -> PersonView:
        """One contributor, or somebody who gave nothing yet. Raises Cancelled."""
        from core.client.person_views import person

        return person(self._client, self._influences, account, progress or silent())

    def card(self, model: int, progress: Progress | None = None) -> ModelCard:
        """All that is known of a model. Raises ModelError, Cancelled."""
        from core.client.model_cards import card

        return card(self._client, self._influences, model, progress or silent())

    def row_of(self, datanet: int, contribution: int, index: int) -> int:
        """The vault's row of a record named as on the ledger: contribution's number and place. Raises BadInput."""
        sql = (
            "SELECT r.id FROM records r JOIN contributions c ON c.id = r.contribution_id "
            "WHERE c.datanet_id = ? AND c.number = ? AND r.idx = ?"
        )
        found = self._client.session.db.one(sql, datanet, contribution, index)
        if found is None:
            raise BadInput(field="record", reason="not here", value=f"{contribution}/{index}")
        return int(found["id"])

    def pay_of(self, call: int) -> CallPay:
        """Whether a settlement covers a call. Raises ModelError for an unknown one."""
        from core.economy import book, usage, voucher
        from core.units import Amount

        session = self._client.session
        kept = session.calls.get(call)
        fee = Amount(kept.fee)
        metered = usage.of_call(session.db, call)
        if metered is None or not fee:
            model = session.catalogue.get(session.catalogue.version(kept.version).model)
            return CallPay("draft" if model.chain_model is None else "free", fee)
        channel, statement = metered
        where = (session.db, session.network.chain_id, channel.contract)
        for one in book.postings(*where):
            body = one.body
            mine = (body.payer, body.model_id) == (channel.payer, channel.model)
            if mine and body.first <= statement.nonce <= body.nonce and one.state != book.VOID:
                final = one.state == book.OPEN and one.final(self._client.clock.now())
                here = (
                    book.find(*where, one.id) is not None and voucher.find(session.db, channel, body.nonce) is not None
                )
                return CallPay("final" if final else one.state, fee, "0x" + one.id.hex(), provable=here)
        return CallPay("waiting", fee)
