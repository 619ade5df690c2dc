"""Record ids (the leaves of release trees) to the vault's rows: made once for each record, kept in memory."""

from __future__ import annotations

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
    """Without a lock: what is kept is replaced whole, and the vault is never waited for while somebody waits here."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: dict[int, tuple[object, set[tuple[int, int, int]], dict[bytes, int]]] = {}

    def let_go(self) -> None:
        self._kept = {}

    def of(self, datanet: int) -> Mapping[bytes, int]:
        """Record id -> row, of all records of a Datanet that stand on the ledger. What was given out never changes."""
        session = self._client.session
        given = {(row["id"], row["number"], row["records"]) for row in session.db.all(_GIVEN, datanet)}
        of_session, read, known = self._kept.get(datanet, (session, set(), {}))
        if of_session is session and given == read:
            return known
        goes_on = of_session is session and read < given  # none of them changed
        known = dict(known) if goes_on else {}
        for contribution, _, _ in sorted(given - read if goes_on else given):
            known |= _rows(session.db.all(_RECORDS, contribution))
        self._kept[datanet] = (session, given, known)
        return known


def _rows(rows: list[object]) -> dict[bytes, int]:
    found = {}
    for row in rows:
        kept = dict(row)  # type: ignore[call-overload]
        entry = Entry(
            kept["number"], kept["idx"], bytes(kept["leaf"]), Address(kept["account"]), 0, _TERMS, trusted=False
        )
        found[leaf_hash(entry.payload)] = int(kept["id"])
    return found
