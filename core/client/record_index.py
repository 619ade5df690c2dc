"""Record ids (the leaves of release trees) to the vault's rows: made once for each record, kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.datanets.consent import Terms
from core.datanets.manifest import Entry
from core.merkle import leaf_hash
from core.units import Address

if TYPE_CHECKING:
    from core.client.client import Client

# Contributions come to the ledger, and their records to this device, in any order: so each is looked at by itself.
_GIVEN = (
    "SELECT c.id, c.number, count(*) AS records FROM contributions c "
    "JOIN records r ON r.datanet_id = c.datanet_id AND r.contribution_id = c.id "
    "WHERE c.datanet_id = ? AND c.number IS NOT NULL GROUP BY c.id ORDER BY c.number"
)
_RECORDS = (
    "SELECT r.id, r.idx, r.leaf, c.number, c.account FROM records r JOIN contributions c ON c.id = r.contribution_id "
    "WHERE c.id = ? ORDER BY r.idx"
)
_TERMS = Terms("", frozenset())  # an id does not depend on them


class RecordIndex:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[int, dict[bytes, int]] = {}
        self._read: dict[int, set[tuple[int, int, int]]] = {}
        self._session: object = None

    def of(self, datanet: int) -> Mapping[bytes, int]:
        """Record id -> row, of all records of a Datanet that stand on the ledger. What was given out never changes."""
        session = self._client.session
        with self._lock:
            if self._session is not session:
                self._known, self._read, self._session = {}, {}, session
            read = self._read.setdefault(datanet, set())
            given = {(row["id"], row["number"], row["records"]) for row in session.db.all(_GIVEN, datanet)}
            if given != read:
                known = dict(self._known.get(datanet, {})) if read < given else {}  # none of them changed
                for contribution, _, _ in sorted(given - read if known else given):
                    known |= _rows(session.db.all(_RECORDS, contribution))
                self._known[datanet], self._read[datanet] = known, given
            return self._known.setdefault(datanet, {})


def _rows(rows: list[object]) -> dict[bytes, int]:
    found = {}
    for row in rows:
        kept = dict(row)  # type: ignore[call-overload]
        entry = Entry(
            kept["number"], kept["idx"], bytes(kept["leaf"]), Address(kept["account"]), 0, _TERMS, trusted=False
        )
        found[leaf_hash(entry.payload)] = int(kept["id"])
    return found
