"""Settlements in the vault: what was computed here, and what the ledger says, each down to its scores and leaves.

Computed by the payer and the poster, or after them by a contributor who was given the data. A posting is put down as
its event gives it; its id binds body and payout root, so the ledger's one word under it says the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.economy.body import Body, Roots
from core.economy.channel import Channel
from core.economy.settlement import Settlement
from core.economy.split import Parts
from core.economy.sum_tree import Node
from core.errors import BadInput, EconomyError, ProofMismatch
from core.storage import Database
from core.units import Address, Amount

_SUM_BYTES = 16
_NODE_BYTES = 64
_LARGEST = (1 << 63) - 1  # that the tables hold as a number
OPEN, FINISHED, VOID = "open", "finished", "void"  # on the ledger; "final" is open past `claimable`
FINE, MISSING, FALSE = "fine", "missing", "false"  # verdicts; "" while nobody has looked


@dataclass(frozen=True)
class Posting:
    """A settlement on the ledger. `settled` and `claimable` are block times; `verdict` is what checking it found here.

    `claimable` moves once, when something is demanded. `void_kind`: of the challenge, 0 for an unanswered demand.
    """

    body: Body
    payout_root: bytes
    tx_hash: bytes
    block: int
    claimable: int
    state: str = OPEN
    ended_tx: bytes | None = None
    void_kind: int | None = None
    verdict: str = ""

    @property
    def id(self) -> bytes:
        return self.body.id(self.payout_root)

    @property
    def poster(self) -> Address:
        return self.body.poster

    @property
    def settled(self) -> int:
        return self.body.settled_at

    def final(self, now: int) -> bool:
        return self.state == FINISHED or (self.state == OPEN and now >= self.claimable)


@dataclass(frozen=True)
class Entry:
    """A settlement as it was computed here, without its tables. `posting` and `id` are empty while it is not posted."""

    row: int
    id: bytes
    channel: Channel
    datanet: int
    package: bytes
    first: int
    nonce: int
    previous: int
    amount: Amount
    parts: Parts
    all_positive: int
    statements_root: bytes
    sums_root: bytes
    payout_root: bytes
    roots: Roots
    secret: bytes
    computed: int
    posting: Posting | None

    @property
    def calls(self) -> int:
        return self.nonce - self.first + 1


def save(database: Database, settlement: Settlement, at: int) -> int:
    """Keeps a computed settlement, in place of an earlier one of the same calls that was not posted; its row."""
    channel = settlement.channel
    with database.transaction() as connection:
        database.run(
            "DELETE FROM settlements WHERE chain_id = ? AND contract = ? AND payer = ? AND model = ? AND nonce = ? "
            "AND settlement_id IS NULL",
            *channel.key,
            settlement.nonce,
        )
        row = int(connection.execute(_INSERT, _values(settlement, at)).lastrowid)
        tables = settlement.tables
        database.run_many(
            "INSERT INTO settlement_scores VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (row, record, record_id, account.raw, int(label), int(weight), int(score))
                for record, (record_id, account, label, weight, score) in enumerate(
                    zip(
                        tables.record_ids,
                        tables.accounts,
                        tables.labels,
                        tables.weights,
                        settlement.scores,
                        strict=True,
                    )
                )
            ],
        )
        database.run_many("INSERT INTO payouts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _payouts(row, settlement))
    return row


def fits(posting: Posting) -> bool:
    """Whether the tables can hold its numbers. The contract lets calls be numbered up to 2^64: nobody makes as many."""
    body = posting.body
    return max(body.model_id, body.nonce, body.settled_at, posting.claimable, posting.block) <= _LARGEST


def seen(database: Database, chain_id: int, contract: Address, posting: Posting) -> None:
    """Puts down a posting of anybody's, once. Raises BadInput ("range") when it does not fit."""
    body = posting.body
    _require_fits(posting)
    database.run(
        "INSERT OR IGNORE INTO postings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        chain_id,
        contract.raw,
        posting.id,
        body.payer.raw,
        body.poster.raw,
        body.model_id,
        body.nonce,
        body.encode(),
        posting.payout_root,
        posting.tx_hash,
        posting.block,
        body.settled_at,
        posting.claimable,
        posting.state,
        posting.ended_tx,
        posting.void_kind,
        posting.verdict,
    )


def posted(database: Database, chain_id: int, contract: Address, posting: Posting) -> Entry:
    """That a settlement computed here stands in a block; checked fine, because it is what was computed here.

    Raises EconomyError ("unknown settlement"), ProofMismatch when the ledger holds anything else than was computed, and
    BadInput ("range") when it does not fit.
    """
    body = posting.body
    _require_fits(posting)
    with database.transaction():
        known = find(database, chain_id, contract, posting.id)
        if known is not None:  # its event was read already
            return known
        row = database.one(
            f"{_SELECT} WHERE s.chain_id = ? AND s.contract = ? AND s.payer = ? AND s.model = ? AND s.nonce = ? "
            "AND s.settlement_id IS NULL",
            chain_id,
            contract.raw,
            body.payer.raw,
            body.model_id,
            body.nonce,
        )
        if row is None:
            raise EconomyError(reason="unknown settlement", settlement=posting.id)
        _same(_entry(row), posting)
        seen(database, chain_id, contract, posting)
        database.run("UPDATE settlements SET settlement_id = ? WHERE id = ?", posting.id, row["id"])
        judged(database, chain_id, contract, posting.id, FINE)
        return get(database, chain_id, contract, posting.id)


def _require_fits(posting: Posting) -> None:
    if not fits(posting):
        raise BadInput(field="posting", reason="range", value=posting.id.hex())


def judged(database: Database, chain_id: int, contract: Address, settlement_id: bytes, verdict: str) -> None:
    """What checking it found."""
    sql = "UPDATE postings SET verdict = ? WHERE chain_id = ? AND contract = ? AND settlement_id = ?"
    database.run(sql, verdict, chain_id, contract.raw, settlement_id)


def ended(
    database: Database,
    chain_id: int,
    contract: Address,
    settlement_id: bytes,
    state: str,
    tx_hash: bytes,
    kind: int | None = None,
) -> None:
    """FINISHED or VOID, by a proven event."""
    database.run(
        "UPDATE postings SET state = ?, ended_tx = ?, void_kind = ? "
        "WHERE chain_id = ? AND contract = ? AND settlement_id = ?",
        state,
        tx_hash,
        kind,
        chain_id,
        contract.raw,
        settlement_id,
    )


def postponed(database: Database, chain_id: int, contract: Address, settlement_id: bytes, claimable: int) -> None:
    """Something was demanded: the end moved."""
    sql = "UPDATE postings SET claimable = ? WHERE chain_id = ? AND contract = ? AND settlement_id = ?"
    database.run(sql, claimable, chain_id, contract.raw, settlement_id)


@dataclass(frozen=True)
class Demand:
    """A leaf that somebody wants to see. `kind` as `evidence.Ask`; `deadline` in seconds."""

    settlement: bytes
    kind: int
    index: int
    demander: Address
    deadline: int
    answered: bool = False


def demanded(database: Database, chain_id: int, contract: Address, demand: Demand) -> None:
    database.run(
        "INSERT OR IGNORE INTO demands VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        chain_id,
        contract.raw,
        demand.settlement,
        demand.kind,
        demand.index,
        demand.demander.raw,
        demand.deadline,
    )


def answered(database: Database, chain_id: int, contract: Address, settlement_id: bytes, kind: int, index: int) -> None:
    sql = "UPDATE demands SET answered = 1 WHERE chain_id = ? AND contract = ? AND settlement_id = ? "
    database.run(sql + "AND kind = ? AND idx = ?", chain_id, contract.raw, settlement_id, kind, index)


def demands(database: Database, chain_id: int, contract: Address, settlement_id: bytes | None = None) -> list[Demand]:
    """Of one settlement or of all, the most pressing first."""
    rows = database.all(
        "SELECT * FROM demands WHERE chain_id = ? AND contract = ? AND (? IS NULL OR settlement_id = ?) "
        "ORDER BY deadline, kind, idx",
        chain_id,
        contract.raw,
        settlement_id,
        settlement_id,
    )
    return [
        Demand(
            row["settlement_id"],
            row["kind"],
            row["idx"],
            Address(row["demander"]),
            row["deadline"],
            bool(row["answered"]),
        )
        for row in rows
    ]


def posting(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Posting | None:
    """What the ledger said of a settlement, whether its data is here or not."""
    row = database.one(
        "SELECT * FROM postings WHERE chain_id = ? AND contract = ? AND settlement_id = ?",
        chain_id,
        contract.raw,
        settlement_id,
    )
    return None if row is None else _posting(row)


def postings(database: Database, chain_id: int, contract: Address) -> list[Posting]:
    """All that were seen, newest first."""
    sql = "SELECT * FROM postings WHERE chain_id = ? AND contract = ? ORDER BY block DESC, settlement_id"
    return [_posting(row) for row in database.all(sql, chain_id, contract.raw)]


def find(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Entry | None:
    """A settlement whose data is here."""
    found = database.one(
        f"{_SELECT} WHERE s.chain_id = ? AND s.contract = ? AND s.settlement_id = ?",
        chain_id,
        contract.raw,
        settlement_id,
    )
    return None if found is None else _entry(found)


def get(database: Database, chain_id: int, contract: Address, settlement_id: bytes) -> Entry:
    """Raises EconomyError ("unknown settlement")."""
    found = find(database, chain_id, contract, settlement_id)
    if found is None:
        raise EconomyError(reason="unknown settlement", settlement=settlement_id)
    return found


def entries(database: Database, chain_id: int, contract: Address, *, model: int | None = None) -> list[Entry]:
    """Newest first; of one model or of all."""
    return [
        _entry(row)
        for row in database.all(
            f"{_SELECT} WHERE s.chain_id = ? AND s.contract = ? AND (? IS NULL OR s.model = ?) ORDER BY s.id DESC",
            chain_id,
            contract.raw,
            model,
            model,
        )
    ]


def sums(database: Database, entry: Entry) -> list[list[int]]:
    """S [K, d] of a kept settlement, as Python integers."""
    row = database.one("SELECT labels, sums FROM settlements WHERE id = ?", entry.row)
    raw = row["sums"]
    values = [
        int.from_bytes(raw[start : start + _SUM_BYTES], "little", signed=True)
        for start in range(0, len(raw), _SUM_BYTES)
    ]
    d = len(values) // row["labels"]
    return [values[start : start + d] for start in range(0, len(values), d)]


def path_of(raw: bytes | None) -> tuple[Node, ...]:
    """Siblings from the leaf up, as the table keeps them."""
    raw = raw or b""
    return tuple(
        Node(raw[at : at + 32], int.from_bytes(raw[at + 32 : at + _NODE_BYTES], "big"))
        for at in range(0, len(raw), _NODE_BYTES)
    )


# The settlement, and what the ledger says of it: posting columns are NULL while it is only computed
_SELECT = """
SELECT s.*, o.body, o.payout_root AS posted_root, o.tx_hash, o.block, o.claimable, o.state, o.ended_tx, o.void_kind,
       o.verdict
FROM settlements s LEFT JOIN postings o
ON o.chain_id = s.chain_id AND o.contract = s.contract AND o.settlement_id = s.settlement_id"""

_INSERT = """
INSERT INTO settlements (
    chain_id, contract, payer, model, datanet, package, first, nonce, previous, amount, pool, builder, supporters,
    treasury, all_positive, statements_root, sums_root, u_root, scores_root, payout_hash, payout_depth, e, v, max_label,
    max_feature, norm_label, payout_root, labels, sums, secret, computed
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _values(settlement: Settlement, at: int) -> tuple[object, ...]:
    channel, parts, voucher = settlement.channel, settlement.parts, settlement.voucher
    raw = b"".join(
        int(value).to_bytes(_SUM_BYTES, "little", signed=True) for row in settlement.sums.tolist() for value in row
    )
    return (
        *channel.key,
        settlement.datanet,
        voucher.package,
        voucher.first,
        voucher.nonce,
        settlement.previous,
        *(str(one.wei) for one in (settlement.amount, parts.pool, parts.builder, parts.supporters, parts.treasury)),
        str(settlement.all_positive),
        voucher.statements_root,
        voucher.sums_root,
        *settlement.roots.contract_argument,
        settlement.payout_root,
        len(settlement.sums),
        raw,
        settlement.secret,
        at,
    )


def _payouts(row: int, settlement: Settlement) -> list[tuple[object, ...]]:
    return [
        (
            row,
            one.account.raw,
            one.place,
            one.records,
            one.weighted,
            str(one.net),
            str(one.positive),
            str(one.amount.wei),
            one.reason,
            one.index,
            None if one.index is None else b"".join(node.word for node in one.path),
        )
        for one in settlement.earners
    ]


def _same(entry: Entry, posting: Posting) -> None:
    """The ledger holds what was computed here."""
    body, roots, parts = posting.body, entry.roots, entry.parts
    for what, expected, found in (
        ("first call", entry.first, body.first),
        ("channel", entry.previous, body.previous),
        ("amount", entry.amount, body.amount),
        ("pool", parts.pool, body.pool),
        ("builder's part", parts.builder, body.builder_part),
        ("supporters' part", parts.supporters, body.supporters_part),
        ("treasury's part", parts.treasury, body.treasury_part),
        ("package", entry.package, body.package_hash),
        ("statements root", entry.statements_root, body.statements_root),
        ("sums root", entry.sums_root, body.sums_root),
        ("u root", roots.u_root, body.u_root),
        ("scores root", roots.scores_root, body.scores_root),
        ("payout root", entry.payout_root, posting.payout_root),
        ("scales", (roots.e, roots.v), (body.e, body.v)),
        (
            "largest entries",
            (roots.max_label, roots.max_feature, roots.norm_label),
            (body.max_label, body.max_feature, body.norm_label),
        ),
    ):
        if expected != found:
            raise ProofMismatch(what=what, expected=expected, found=found)


def _posting(row: Any) -> Posting:
    root = row["posted_root"] if "posted_root" in row.keys() else row["payout_root"]  # noqa: SIM118 - a row, no dict
    return Posting(
        body=Body.decode(row["body"]),
        payout_root=root,
        tx_hash=row["tx_hash"],
        block=row["block"],
        claimable=row["claimable"],
        state=row["state"],
        ended_tx=row["ended_tx"],
        void_kind=row["void_kind"],
        verdict=row["verdict"],
    )


def _entry(row: Any) -> Entry:
    wei = {name: Amount(int(row[name])) for name in ("amount", "pool", "builder", "supporters", "treasury")}
    names = Roots.__dataclass_fields__
    return Entry(
        row=row["id"],
        id=row["settlement_id"] or b"",
        channel=Channel(row["chain_id"], Address(row["contract"]), Address(row["payer"]), row["model"]),
        datanet=row["datanet"],
        package=row["package"],
        first=row["first"],
        nonce=row["nonce"],
        previous=row["previous"],
        amount=wei["amount"],
        parts=Parts(wei["pool"], wei["builder"], wei["supporters"], wei["treasury"]),
        all_positive=int(row["all_positive"]),
        statements_root=row["statements_root"],
        sums_root=row["sums_root"],
        payout_root=row["payout_root"],
        roots=Roots(**{name: row[name] for name in names}),
        secret=row["secret"],
        computed=row["computed"],
        posting=None if row["body"] is None else _posting(row),
    )
