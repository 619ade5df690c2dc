"""Naming the records of a withdrawal to whoever holds them: a file that is believed as far as the ledger bears it out.

JSON Lines in canonical form. The first line says which withdrawal, every other one is a leaf of it, in the order of
the records in their contribution:

    {"kind": "openledger/withdrawal", "v": 1, "datanet": {"chain": id, "contract": "0x...", "number": n},
     "contribution": number, "account": "0x...", "count": n}
    {"leaf": hex}

A leaf is a salted hash, so the file tells nothing to who does not hold the records. The ledger's event says who took
back, of which contribution, under which root, and how many; the reader knows it by proof before it looks at a leaf. The
leaves that make that root are what the contributor signed: the file needs no signature of its own, and may come from
anybody who has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datanets import canonical
from core.datanets.contribution import MAX_RECORDS
from core.datanets.exchange import read_lines
from core.datanets.store import contributions as store
from core.datanets.store import datanets as datanet_store
from core.datanets.store import withdrawn
from core.errors import BadFile, DatanetError
from core.files import writing
from core.jobs import Progress
from core.merkle import MerkleTree
from core.storage import Database
from core.units import Address

KIND = "openledger/withdrawal"
_HEAD = {"kind", "v", "datanet", "contribution", "account", "count"}


@dataclass(frozen=True)
class Named:
    """What a file said: `records` it names in all, `here` of them on this device, `new` of those not known before."""

    contribution: int
    records: int
    here: int
    new: int


def write_withdrawal(db: Database, contribution_id: int, path: Path, progress: Progress) -> int:
    """Everything taken back of a contribution so far, as the ledger has it; how many records.

    Raises DatanetError: "not on the ledger", "not withdrawn" (nothing on the ledger that is named here), "not held".
    """
    contribution = store.get(db, contribution_id)
    place = datanet_store.get(db, contribution["datanet_id"]).place
    if place is None or contribution["number"] is None:
        raise DatanetError(reason="not on the ledger", contribution=contribution_id)
    found = withdrawn.newest_named(db, contribution_id)
    if found is None:
        raise DatanetError(reason="not withdrawn", contribution=contribution_id)
    leaves = withdrawn.leaves(db, found)
    if len(leaves) != found["count"] or MerkleTree(leaves).root != found["root"]:
        raise DatanetError(reason="not held", contribution=contribution_id)
    head = {
        "kind": KIND,
        "v": 1,
        "datanet": {"chain": place.chain_id, "contract": str(place.contract), "number": place.number},
        "contribution": contribution["number"],
        "account": str(Address(contribution["account"])),
        "count": len(leaves),
    }
    with writing(path) as file:
        file.write(canonical.encode(head) + b"\n")
        for done, leaf in enumerate(leaves):
            if not done % 256:
                progress.step("writing", done, len(leaves))
            file.write(canonical.encode({"leaf": leaf.hex()}) + b"\n")
    return len(leaves)


def read_withdrawal(db: Database, datanet_id: int, path: Path, progress: Progress) -> Named:
    """Take out the records that a withdrawal on the ledger (`Seen.withdrawn`) means. Doing it again changes nothing.

    Raises BadFile (with the line) for what is not such a file, DatanetError: "other datanet", "unknown contribution",
    "other contributor", "other withdrawal" when the leaves are not those under a root that the contributor signed.
    """
    place = datanet_store.get(db, datanet_id).place
    lines = read_lines(path, progress)
    head = next(lines, None)
    if head is None or set(head) != _HEAD or head["kind"] != KIND or head["v"] != 1:
        raise BadFile(path=str(path), reason="not a withdrawal", line=1)
    count, number = head["count"], head["contribution"]
    if type(count) is not int or not 0 < count <= MAX_RECORDS:
        raise BadFile(path=str(path), reason="not a withdrawal", line=1)
    here = place and {"chain": place.chain_id, "contract": str(place.contract), "number": place.number}
    if here is None or head["datanet"] != here:
        raise DatanetError(reason="other datanet", datanet=datanet_id)
    found = store.numbered(db, datanet_id, number) if type(number) is int and 0 < number < 2**63 else None
    if found is None:
        raise DatanetError(reason="unknown contribution", number=number)
    if head["account"] != str(Address(found["account"])):
        raise DatanetError(reason="other contributor", contribution=found["id"])
    leaves = list(_leaves(lines, count, path))
    if len(leaves) != count or len(set(leaves)) != count:
        raise BadFile(path=str(path), reason="not a withdrawal", line=len(leaves) + 1)
    return _take(db, found["id"], leaves)


def _take(db: Database, contribution: int, leaves: list[bytes]) -> Named:
    with db.transaction():
        on_ledger = withdrawn.find(db, contribution, MerkleTree(leaves).root, len(leaves))
        if on_ledger is None or on_ledger["state"] != "committed":
            raise DatanetError(reason="other withdrawal", contribution=contribution)
        withdrawn.name(db, on_ledger["id"], leaves)
        new = withdrawn.mark(db, contribution)
    held = set(store.leaves(db, contribution))
    return Named(contribution, len(leaves), sum(leaf in held for leaf in leaves), new)


def _leaves(lines: Iterator[dict[str, Any]], count: int, path: Path) -> Iterator[bytes]:
    for number, value in enumerate(lines, start=2):
        text = value.get("leaf")
        if number > count + 1 or set(value) != {"leaf"} or not isinstance(text, str) or len(text) != 64:
            raise BadFile(path=str(path), reason="not a withdrawal", line=number)
        try:
            leaf = bytes.fromhex(text)
        except ValueError as error:
            raise BadFile(path=str(path), reason="not a withdrawal", line=number) from error
        if leaf.hex() != text:  # fromhex passes over spaces
            raise BadFile(path=str(path), reason="not a withdrawal", line=number)
        yield leaf
