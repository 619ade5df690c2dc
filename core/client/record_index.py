"""Record ids (the leaves of release trees) to the vault's rows: made once for each record, kept in memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.datanets.consent import Terms
from core.datanets.manifest import Entry
from core.merkle import leaf_hash
from core.units import Address

if TYPE_CHECKING:
    from core.client.client import Client

_SQL = (
    "SELECT r.id, r.idx, r.leaf, c.number, c.account FROM records r JOIN contributions c ON c.id = r.contribution_id "
    "WHERE c.datanet_id = ? AND c.number IS NOT NULL AND r.id > ? ORDER BY r.id"
)
_TERMS = Terms("", frozenset())  # an id does not depend on them


class RecordIndex:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[int, dict[bytes, int]] = {}
        self._session: object = None

    def of(self, datanet: int) -> dict[bytes, int]:
        """Record id -> row, of all records of a Datanet that stand on the ledger."""
        session = self._client.session
        with self._lock:
            if self._session is not session:
                self._known, self._session = {}, session
            known = self._known.setdefault(datanet, {})
            newest = max(known.values(), default=0)
            for row in session.db.all(_SQL, datanet, newest):
                entry = Entry(
                    row["number"], row["idx"], bytes(row["leaf"]), Address(row["account"]), 0, _TERMS, trusted=False
                )
                known[leaf_hash(entry.payload)] = row["id"]
            return known
