"""A release on its way to somebody else: a file that is believed only as far as the ledger bears it out.

JSON Lines in canonical form. The first line is the release, every other one a record of it with its salt, in order:

    {"kind": "openledger/release", "v": 1, "datanet": {"chain": id, "contract": "0x...", "number": n}, "version": n,
     "count": n, "meta": the Datanet's rules, "manifest": the manifest}
    {"record": the canonical record, "salt": hex}      and for a picture {..., "file": its bytes in base64}

The reader takes the root and the hash of the manifest from the ledger, by proof, before anything of the file. Texts
and salts stand in the open. Who may have it is the maker's choice each time: a file kept is private, one handed over
is shared with whoever gets it, one put up for download is public; none of the three can be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.clock import Clock, SystemClock
from core.datanets import canonical
from core.datanets.commitment import Place, leaf_of
from core.datanets.consent import Terms
from core.datanets.contribution import record_of
from core.datanets.datanet import MAX_META, Rules
from core.datanets.exchange import Take, taking
from core.datanets.manifest import MAX_MANIFEST, Entry, Manifest
from core.datanets.pictures import FIELD, Pictures
from core.datanets.pictures import MAX_LINE as MAX_PICTURE_LINE
from core.datanets.record import MAX_CANONICAL, Record, pack_uses
from core.datanets.release import Release, Releases
from core.datanets.store import contributions as contribution_store
from core.datanets.store import datanets as datanet_store
from core.datanets.store import releases as store
from core.datanets.store import withdrawn
from core.datanets.text import key
from core.errors import BadFile, BadInput, DatanetError, TooLarge
from core.files import writing
from core.jobs import Progress
from core.keccak import keccak256
from core.storage import Database

KIND = "openledger/release"
MAX_FILE = 1024 * 1024 * 1024  # bytes
_MAX_HEAD = 2 * (MAX_MANIFEST + MAX_META)
_MAX_LINE = 2 * MAX_CANONICAL + MAX_PICTURE_LINE
_FIELDS = {"kind", "v", "datanet", "version", "count", "meta", "manifest"}


@dataclass(frozen=True)
class OnLedger:
    """What the ledger says of one version of a Datanet's release. `block` is where we read it."""

    version: int
    records_root: bytes
    manifest_hash: bytes
    count: int
    block: int


@dataclass(frozen=True)
class Head:
    """The first line of a release file: parsed, and not yet held against anything."""

    place: Place
    version: int
    rules: Rules
    manifest: Manifest
    manifest_bytes: bytes


def write_release(
    db: Database, release_id: int, path: Path, progress: Progress, pictures: Pictures | None = None
) -> int:
    """Records written, mode 0600. Raises DatanetError: "not on the ledger", and as `may_leave`."""
    may_leave(db, release_id)
    done = -1  # the first line is none
    with writing(path) as file:
        for line in lines_of(db, release_id, progress, pictures):
            file.write(line)
            done += 1
    return done


def may_leave(db: Database, release_id: int) -> None:
    """Raises DatanetError ("not to be shared") with how many records were not given for sharing, or were taken back
    since: those never leave, so neither does a release that holds one.
    """
    entries = Releases(db).manifest(release_id).entries
    rows = store.records(db, release_id)
    held_back = sum(
        "share" not in entry.terms.uses or bool(row["withdrawn"]) for entry, row in zip(entries, rows, strict=True)
    )
    if held_back:
        raise DatanetError(reason="not to be shared", records=held_back, release=release_id)


def lines_of(db: Database, release_id: int, progress: Progress, pictures: Pictures | None = None) -> Iterator[bytes]:
    """The file line by line, for a reader on this device as well: what leaves it passed `may_leave` before.

    Raises DatanetError ("not on the ledger"), Cancelled.
    """
    releases = Releases(db)
    found = releases.get(release_id)
    datanet = datanet_store.get(db, found.datanet_id)
    if found.block is None or datanet.place is None:
        raise DatanetError(reason="not on the ledger", release=release_id)
    head = {
        "kind": KIND,
        "v": 1,
        "datanet": _plain(datanet.place),
        "version": found.version,
        "count": found.count,
        "meta": datanet.rules.meta.decode(),
        "manifest": releases.manifest_bytes(release_id).decode(),
    }
    yield canonical.encode(head) + b"\n"
    for done, row in enumerate(store.records(db, release_id)):
        if not done % 256 or pictures is not None:
            progress.step("writing", done, found.count)
        plain = {"record": record_of(row).canonical.decode(), "salt": row["salt"].hex()}
        plain |= pictures.pack(datanet.rules.content, row["text"]) if pictures is not None else {}
        yield canonical.encode(plain) + b"\n"


def read_head(path: Path) -> Head:
    """Whose release it says it is. Raises BadFile, TooLarge, BadInput."""
    for number, value in _lines(path):
        return _head(path, number, value)
    raise BadFile(path=str(path), reason="not a release", line=1)


def read_release(
    db: Database,
    datanet_id: int,
    path: Path,
    ledger: OnLedger,
    progress: Progress,
    clock: Clock | None = None,
    pictures: Pictures | None = None,
) -> Release:
    """Take in a release that the ledger knows, with the records of it that are not here yet. Twice is harmless.

    Raises BadFile (with the line), DatanetError: "other datanet", "unknown contribution" (follow the ledger first),
    BadInput(field="manifest" or "root") where the file is not what the ledger has.
    """
    lines = _lines(path)
    number, value = next(lines, (1, {}))
    head = _head(path, number, value)
    datanet = datanet_store.get(db, datanet_id)
    place = datanet.place
    if head.place != place or head.manifest.place != place or head.version != ledger.version:
        raise DatanetError(reason="other datanet", datanet=datanet_id)
    if keccak256(head.manifest_bytes) != ledger.manifest_hash:
        raise BadInput(field="manifest", reason="hash")
    if head.manifest.tree.root != ledger.records_root or len(head.manifest.entries) != ledger.count:
        raise BadInput(field="root", reason="mismatch")
    records = _records(path, lines, head.manifest, progress, taking(datanet.rules, pictures))
    with db.transaction():
        known = next((one for one in store.of_datanet(db, datanet_id) if one["version"] == ledger.version), None)
        if known is not None and known["state"] == "committed":
            return Releases(db).get(known["id"])
        rows = [
            _take(db, datanet_id, entry, head.manifest.labels, record, salt)
            for entry, (record, salt) in zip(head.manifest.entries, records, strict=True)
        ]
        values: dict[str, object] = {
            "datanet_id": datanet_id,
            "version": ledger.version,
            "count": ledger.count,
            "records_root": ledger.records_root,
            "manifest": head.manifest_bytes,
            "manifest_hash": ledger.manifest_hash,
            "created": (clock or SystemClock()).now(),
        }
        made = store.add(db, values, rows)
        store.set_state(db, made, "committed", None, ledger.block)
        store.mark_released(db, made)
        for contribution in {entry.contribution for entry in head.manifest.entries}:
            known_here = contribution_store.numbered(db, datanet_id, contribution)
            withdrawn.mark(db, known_here["id"])  # what was taken back since the release was made
        return Releases(db).get(made)


def _records(
    path: Path, lines: Iterator[tuple[int, dict[str, Any]]], manifest: Manifest, progress: Progress, take: Take
) -> list[tuple[Record, bytes]]:
    """All of them, each leading to its leaf: a text that was changed by one character does not."""
    found: list[tuple[Record, bytes]] = []
    for number, value in lines:
        if len(found) >= len(manifest.entries):
            raise BadFile(path=str(path), reason="too many records", line=number)
        if not len(found) % 256:
            progress.step("checking", len(found), len(manifest.entries))
        entry = manifest.entries[len(found)]
        try:
            record, salt = Record.parse(str(value["record"]).encode()), bytes.fromhex(value["salt"])
        except (KeyError, TypeError, ValueError, BadInput) as error:
            raise BadFile(path=str(path), reason="not a record", line=number) from error
        if not {"record", "salt"} <= set(value) <= {"record", "salt", FIELD} or len(salt) != 32:
            raise BadFile(path=str(path), reason="not a record", line=number)
        if Terms(record.licence, record.uses) != entry.terms:
            raise BadFile(path=str(path), reason="other terms", line=number)
        if leaf_of(record.content_hash, salt) != entry.leaf:
            raise BadFile(path=str(path), reason="not the record of the release", line=number)
        try:
            take(record.text, value)
        except BadInput as error:
            raise BadFile(path=str(path), reason="not a record", line=number) from error
        found.append((record, salt))
    if len(found) != len(manifest.entries):
        raise BadFile(path=str(path), reason="records missing", line=len(found) + 2)
    return found


def _take(db: Database, datanet_id: int, entry: Entry, labels: tuple[str, ...], record: Record, salt: bytes) -> int:
    """The record's row, which is here already when it is of an own contribution."""
    contribution = contribution_store.numbered(db, datanet_id, entry.contribution)
    if contribution is None or contribution["account"] != entry.contributor.raw:
        raise DatanetError(reason="unknown contribution", number=entry.contribution)
    sql = "SELECT id, leaf FROM records WHERE contribution_id = ? AND idx = ?"
    row = db.one(sql, contribution["id"], entry.index)
    if row is None:
        values = (
            entry.index, record.text, record.label, record.licence, pack_uses(record.uses), record.source,
            record.language, salt, entry.leaf, key(record.text),
        )  # fmt: skip
        contribution_store.add_records(db, contribution["id"], datanet_id, [values])
        row = db.one(sql, contribution["id"], entry.index)
    if row["leaf"] != entry.leaf:
        raise BadInput(field="root", reason="mismatch")
    final = labels[entry.label]
    decision, label = ("approve", "") if final == record.label else ("relabel", final)
    db.run("UPDATE records SET decision = ?, final_label = ? WHERE id = ?", decision, label, row["id"])
    return int(row["id"])


def _head(path: Path, number: int, value: dict[str, Any]) -> Head:
    if value.get("kind") != KIND or value.get("v") != 1 or set(value) != _FIELDS or number != 1:
        raise BadFile(path=str(path), reason="not a release", line=1)
    if (
        not isinstance(value["meta"], str)
        or not isinstance(value["manifest"], str)
        or type(value["version"]) is not int
    ):
        raise BadFile(path=str(path), reason="not a release", line=1)
    manifest = value["manifest"].encode()
    parsed = Manifest.parse(manifest)
    if value["datanet"] != _plain(parsed.place) or value["count"] != len(parsed.entries):
        raise BadFile(path=str(path), reason="not a release", line=1)
    return Head(parsed.place, value["version"], Rules.parse(value["meta"].encode()), parsed, manifest)


def _plain(place: Place) -> dict[str, object]:
    return {"chain": place.chain_id, "contract": str(place.contract), "number": place.number}


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number from 1, object). Raises BadFile, TooLarge."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise TooLarge(what="file", path=str(path), found=size, limit=MAX_FILE)
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_MAX_LINE if number else _MAX_HEAD):
                number += 1
                yield number, _object(line, path, number)
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
