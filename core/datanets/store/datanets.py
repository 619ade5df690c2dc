"""Datanets and the people in them."""

from __future__ import annotations

from typing import Any

from core.datanets.commitment import Place
from core.datanets.datanet import Datanet, Rules
from core.errors import DatanetError
from core.storage import Database
from core.units import Address

_COLUMNS = "SELECT id, chain_id, contract, number, tx_hash, block, creator, meta, created FROM datanets"


def _datanet(row: Any) -> Datanet:
    place = Place(row["chain_id"], Address(row["contract"]), row["number"]) if row["number"] is not None else None
    return Datanet(
        row["id"],
        Rules.parse(row["meta"]),
        Address(row["creator"]),
        row["created"],
        place,
        row["tx_hash"],
        row["block"],
    )


def get(db: Database, datanet_id: int) -> Datanet:
    row = db.one(f"{_COLUMNS} WHERE id = ?", datanet_id)
    if row is None:
        raise DatanetError(reason="unknown datanet", datanet=datanet_id)
    return _datanet(row)


def at(db: Database, place: Place) -> Datanet | None:
    where = "WHERE chain_id = ? AND contract = ? AND number = ?"
    row = db.one(f"{_COLUMNS} {where}", place.chain_id, place.contract.raw, place.number)
    return _datanet(row) if row is not None else None


def everything(db: Database) -> list[Datanet]:
    return [_datanet(row) for row in db.all(f"{_COLUMNS} ORDER BY name, id")]


def add(db: Database, rules: Rules, creator: Address, now: int) -> int:
    sql = "INSERT INTO datanets (creator, name, meta, meta_hash, created) VALUES (?, ?, ?, ?, ?)"
    with db.transaction() as connection:
        cursor = connection.execute(sql, (creator.raw, rules.name, rules.meta, rules.meta_hash, now))
        return int(cursor.lastrowid)


def replace_rules(db: Database, datanet_id: int, rules: Rules) -> None:
    sql = "UPDATE datanets SET name = ?, meta = ?, meta_hash = ? WHERE id = ? AND number IS NULL"
    db.run(sql, rules.name, rules.meta, rules.meta_hash, datanet_id)


def place(db: Database, datanet_id: int, where: Place, tx_hash: bytes | None, block: int | None) -> None:
    sql = "UPDATE datanets SET chain_id = ?, contract = ?, number = ?, tx_hash = ?, block = ? WHERE id = ?"
    db.run(sql, where.chain_id, where.contract.raw, where.number, tx_hash, block, datanet_id)


def remove(db: Database, datanet_id: int) -> None:
    db.run("DELETE FROM datanets WHERE id = ? AND number IS NULL", datanet_id)


def people(db: Database, datanet_id: int) -> list[Any]:
    """address, name, curator, invited, trusted, contributions, records, accepted; contributors who have no row too."""
    return db.all(
        """
        WITH given AS (
            SELECT c.account AS address, count(DISTINCT c.id) AS contributions, count(r.id) AS records,
                   coalesce(sum(r.decision IN ('approve', 'relabel')), 0) AS accepted
            FROM contributions c LEFT JOIN records r ON r.datanet_id = c.datanet_id AND r.contribution_id = c.id
            WHERE c.datanet_id = ?1 AND c.number IS NOT NULL GROUP BY c.account
        ), everybody AS (
            SELECT address FROM people WHERE datanet_id = ?1 UNION SELECT address FROM given
        )
        SELECT e.address, coalesce(p.name, '') AS name, coalesce(p.curator, 0) AS curator,
               coalesce(p.invited, 0) AS invited, coalesce(p.trusted, 0) AS trusted,
               coalesce(g.contributions, 0) AS contributions, coalesce(g.records, 0) AS records,
               coalesce(g.accepted, 0) AS accepted
        FROM everybody e LEFT JOIN given g ON g.address = e.address
        LEFT JOIN people p ON p.datanet_id = ?1 AND p.address = e.address
        ORDER BY e.address
        """,
        datanet_id,
    )


def person(db: Database, datanet_id: int, address: Address) -> Any:
    sql = "SELECT name, curator, invited, trusted FROM people WHERE datanet_id = ? AND address = ?"
    return db.one(sql, datanet_id, address.raw)


def trusted(db: Database, datanet_id: int) -> list[bytes]:
    sql = "SELECT address FROM people WHERE datanet_id = ? AND trusted = 1 ORDER BY address"
    return [row[0] for row in db.all(sql, datanet_id)]


def set_person(
    db: Database, datanet_id: int, address: Address, name: str, *, curator: bool, invited: bool, trusted: bool, now: int
) -> None:
    db.run(
        """
        INSERT INTO people (datanet_id, address, name, curator, invited, trusted, added) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (datanet_id, address) DO UPDATE
        SET name = excluded.name, curator = excluded.curator, invited = excluded.invited, trusted = excluded.trusted
        """,
        datanet_id,
        address.raw,
        name,
        curator,
        invited,
        trusted,
        now,
    )


def overview(db: Database, datanet_id: int) -> list[Any]:
    """account, state, decision, withdrawn, count over all records that stand on the ledger."""
    return db.all(
        """
        SELECT c.account, c.state, r.decision, r.withdrawal_id IS NOT NULL AS withdrawn, count(*) AS count
        FROM contributions c JOIN records r ON r.datanet_id = c.datanet_id AND r.contribution_id = c.id
        WHERE c.datanet_id = ? AND c.number IS NOT NULL
        GROUP BY c.account, c.state, r.decision, withdrawn
        """,
        datanet_id,
    )


def label_counts(db: Database, datanet_id: int) -> list[tuple[str, int]]:
    """Accepted, by final label."""
    rows = db.all(
        """
        SELECT CASE decision WHEN 'relabel' THEN final_label ELSE label END AS name, count(*) FROM records
        WHERE datanet_id = ? AND decision IN ('approve', 'relabel') AND withdrawal_id IS NULL GROUP BY name
        """,
        datanet_id,
    )
    return [(row[0], row[1]) for row in rows]
