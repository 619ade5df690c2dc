"""Handing a contribution's records to its curator: a file that is believed only as far as the ledger bears it out.

JSON Lines in canonical form. The first line says which contribution, every other one is a record with its salt:

    {"kind": "openledger/contribution", "v": 1, "datanet": {"chain": id, "contract": "0x...", "number": n},
     "contribution": number, "account": "0x...", "count": n, "consent": the consent document}
    {"record": the canonical record, "salt": hex}      and for a picture {..., "file": its bytes in base64}

The file holds texts and salts in the open: whoever has it can prove what is in it. The receiver already knows root,
count, contributor and consent hash from the ledger; one changed character and nothing is taken in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.datanets import canonical
from core.datanets.commitment import leaf_of
from core.datanets.consent import MAX_DOCUMENT, Consent, Terms, order_of
from core.datanets.contribution import record_of
from core.datanets.datanet import Rules
from core.datanets.pictures import MAX_LINE as MAX_PICTURE_LINE
from core.datanets.pictures import Pictures
from core.datanets.record import MAX_CANONICAL, Record, pack_uses
from core.datanets.store import contributions as store
from core.datanets.store import datanets as datanet_store
from core.datanets.store import withdrawn
from core.datanets.text import key
from core.errors import BadFile, BadInput, DatanetError, TooLarge
from core.files import writing
from core.jobs import Progress, silent
from core.merkle import MerkleTree
from core.storage import Database
from core.units import Address

KIND = "openledger/contribution"
MAX_FILE = 512 * 1024 * 1024  # bytes
_MAX_HEAD = 2 * MAX_DOCUMENT
_MAX_LINE = 2 * MAX_CANONICAL + MAX_PICTURE_LINE


def write_contribution(
    db: Database, contribution_id: int, path: Path, progress: Progress, pictures: Pictures | None = None
) -> int:
    """Records written, mode 0600. Raises DatanetError: "not on the ledger", "not held"."""
    contribution = store.get(db, contribution_id)
    datanet = datanet_store.get(db, contribution["datanet_id"])
    place, content = datanet.place, datanet.rules.content
    if place is None or contribution["number"] is None:
        raise DatanetError(reason="not on the ledger", contribution=contribution_id)
    if not contribution["held"] or contribution["consent"] is None:
        raise DatanetError(reason="not held", contribution=contribution_id)
    head = {
        "kind": KIND,
        "v": 1,
        "datanet": {"chain": place.chain_id, "contract": str(place.contract), "number": place.number},
        "contribution": contribution["number"],
        "account": str(Address(contribution["account"])),
        "count": contribution["count"],
        "consent": contribution["consent"].decode(),
    }
    done = 0
    with writing(path) as file:
        file.write(canonical.encode(head) + b"\n")
        for done, row in enumerate(store.records(db, contribution_id), start=1):
            if not done % 256 or pictures is not None:
                progress.step("writing", done, contribution["count"])
            plain = {"record": record_of(row).canonical.decode(), "salt": row["salt"].hex()}
            plain |= pictures.pack(content, row["text"]) if pictures is not None else {}
            file.write(canonical.encode(plain) + b"\n")
    return done


def read_contribution(
    db: Database, datanet_id: int, path: Path, progress: Progress, pictures: Pictures | None = None
) -> int:
    """Take in the records of a contribution that the ledger knows (`Contributions.seen`); its row in the vault.

    Raises BadFile (with the line) for what is not such a file, DatanetError: "other datanet", "unknown contribution",
    "already held", BadInput(field="root") when the records are not those under the contribution's root.
    """
    datanet = datanet_store.get(db, datanet_id)
    place = datanet.place
    lines = read_lines(path, progress)
    head = next(lines, None)
    if head is None or head.get("kind") != KIND or head.get("v") != 1 or not isinstance(head.get("consent"), str):
        raise BadFile(path=str(path), reason="not a contribution", line=1)
    here = place and {"chain": place.chain_id, "contract": str(place.contract), "number": place.number}
    if here is None or head.get("datanet") != here:
        raise DatanetError(reason="other datanet", datanet=datanet_id)
    number = head.get("contribution")
    found = store.numbered(db, datanet_id, number) if type(number) is int and 0 < number < 2**63 else None
    if found is None:
        raise DatanetError(reason="unknown contribution", number=number)
    if found["held"]:
        raise DatanetError(reason="already held", contribution=found["id"])
    consent = Consent.parse(head["consent"].encode(), root=found["root"], consent_hash=found["consent_hash"])
    rows = _rows(lines, consent, found, path, taking(datanet.rules, pictures))
    with db.transaction():
        if store.get(db, found["id"])["held"]:
            raise DatanetError(reason="already held", contribution=found["id"])
        store.add_records(db, found["id"], datanet_id, rows)
        store.set_consent(db, found["id"], consent.document)
        withdrawn.mark(db, found["id"])  # what was taken back before it came
    return int(found["id"])


Take = Callable[[str, dict[str, Any]], None]


def taking(rules: Rules, pictures: Pictures | None) -> Take:
    """Whether a record is what the Datanet collects, and what comes with it. Raises BadInput, BadFile."""

    def take(text: str, line: dict[str, Any]) -> None:
        rules.content.check(text, rules.columns)
        if pictures is not None:
            pictures.unpack(rules.content, text, line)

    return take


def _rows(
    lines: Iterator[dict[str, Any]], consent: Consent, found: Any, path: Path, take: Take
) -> list[tuple[object, ...]]:
    """The records as rows, if all of them together make the root that the ledger has."""
    if len(consent.terms) != found["count"]:
        raise BadInput(field="consent", reason="count")
    rows: list[tuple[object, ...]] = []
    leaves: list[bytes] = []
    for index, plain in enumerate(lines):
        if index >= found["count"]:
            raise BadInput(field="root", reason="too many records", value=found["count"])
        try:
            record, salt = Record.parse(str(plain["record"]).encode()), bytes.fromhex(plain["salt"])
            take(record.text, plain)
        except (KeyError, TypeError, ValueError, BadInput) as error:
            raise BadFile(path=str(path), reason="not a record", line=index + 2) from error
        if len(salt) != 32:  # the ledger's root binds whatever length its contributor chose
            raise BadFile(path=str(path), reason="not a record", line=index + 2)
        if Terms(record.licence, record.uses) != consent.terms[index]:
            raise BadFile(path=str(path), reason="other terms", line=index + 2)
        leaf = leaf_of(record.content_hash, salt)
        leaves.append(leaf)
        rows.append(
            (
                index, record.text, record.label, record.licence, pack_uses(record.uses), record.source,
                record.language, salt, leaf, key(record.text),
            )
        )  # fmt: skip
    whole = len(leaves) == found["count"] and order_of(leaves) == consent.order
    if not whole or MerkleTree(leaves).root != found["root"]:
        raise BadInput(field="root", reason="mismatch")
    return rows


def kind_of(path: Path) -> str:
    """What a file that was handed over says it is, "" for nothing. Raises BadFile, TooLarge."""
    for head in read_lines(path, silent()):
        return str(head.get("kind", ""))
    return ""


def read_lines(path: Path, progress: Progress) -> Iterator[dict[str, Any]]:
    """The objects of a file, line by line. Raises BadFile (with the line), TooLarge."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise BadFile(path=str(path), reason="not a file")
        if size > MAX_FILE:
            raise TooLarge(what="file", path=str(path), found=size, limit=MAX_FILE)
        with path.open("rb") as file:
            number, done = 0, 0
            while line := file.readline(_MAX_LINE if number else _MAX_HEAD):
                number += 1
                done += len(line)
                if not number % 256:
                    progress.step("reading", done, size)
                yield _object(line, path, number)
    except FileNotFoundError as error:
        raise BadFile(path=str(path), reason="missing") from error
    except OSError as error:
        raise BadFile(path=str(path), reason="unreadable") from error


def _object(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line.decode())
        for text in value.values() if isinstance(value, dict) else ():
            str(text).encode()  # JSON can name halves of characters, which are no text
    except (ValueError, RecursionError) as error:
        raise BadFile(path=str(path), reason="not JSON", line=number) from error
    if not isinstance(value, dict):
        raise BadFile(path=str(path), reason="not an object", line=number)
    return value
