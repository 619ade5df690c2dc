"""The weights file: all that works a model's admission weights out again without this program (PoA-1, section 7).

It discloses, to whoever gets it, every text of the release with its salt, label, contributor and features. So it goes
to people who may see the release, or to a script on this device that leaves nothing behind. It holds no key and no
phrase. The format stands at the end of section 7 of core/attribution/SPEC.md.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np

from core.economy.proof_file import array, canonical
from core.errors import TooLarge
from core.models.training import TrainingSet

FORMAT = "openledger-weights"
VERSION = 1
SUFFIX = ".weights.zip"
MOST = 100_000  # records: a script reads all of them at once
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class OnLedger:
    """What the light node read, all at one block: hashes as hex, accounts with 0x; `trust` its word for them.

    `model` is 0, and package and encoder are those kept here, where the model stands on no ledger yet.
    """

    chain_id: str
    datanets: str
    models: str
    block: int
    block_hash: str
    trust: str
    datanet: int
    release: int
    model: int
    package: str
    encoder: str
    records_root: str
    manifest_hash: str
    meta_hash: str


@dataclass(frozen=True, eq=False)
class Contents:
    """What goes into the file.

    package  the file of the package in use
    release  the lines of the release's file, with its texts
    leaves   every leaf of the release, in order; a record's id is its leaf
    secret   salts the leaves of the features root, 32 bytes
    data     the records that were weighed, those of the first package of this release
    gone     ids of those that the package in use was made without
    before   manifests of the packages before it, the newest first
    reasons  of the weights, as kept when they were pinned
    """

    chain: OnLedger
    package: bytes
    release: Iterable[bytes]
    leaves: Sequence[bytes]
    secret: bytes
    data: TrainingSet
    gone: Collection[bytes]
    before: Sequence[bytes]
    reasons: bytes


def write(contents: Contents, file: BinaryIO) -> None:
    """Equal contents give equal bytes. Raises TooLarge, and what reading `release` raises."""
    if len(contents.leaves) > MOST:
        raise TooLarge(what="records of the release", found=len(contents.leaves), limit=MOST)
    text = {"format": FORMAT, "version": VERSION, "sections": _sections(contents)}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as whole:
        whole.writestr(_info("package.zip"), contents.package)
        with whole.open(_info("release.jsonl"), "w", force_zip64=True) as release:
            for line in contents.release:
                release.write(line)
        whole.writestr(_info("weights.json"), canonical(text) + b"\n")


def made(contents: Contents) -> bytes:
    """The file in memory, for a script that reads it from a pipe."""
    file = io.BytesIO()
    write(contents, file)
    return file.getvalue()


def _sections(contents: Contents) -> dict[str, Any]:
    data, gone = contents.data, frozenset(contents.gone)
    return {
        "chain": asdict(contents.chain),
        "release": {"leaves": _bytes(contents.leaves, 32)},
        "records": {
            "secret": contents.secret.hex(),
            "ids": _bytes(data.record_ids, 32),
            "accounts": _bytes(data.accounts, 20),
            "labels": array(data.y, "<i4"),
            "weights": array(data.w, "<i4"),
            "X": array(data.x[:], "<i2"),
        },
        "before": {
            "manifests": [one.decode() for one in contents.before],
            "gone": array([one in gone for one in data.record_ids], "|u1"),
        },
        "reasons": {"text": contents.reasons.decode()},
    }


def _bytes(values: Sequence[bytes], width: int) -> dict[str, Any]:
    return array(np.frombuffer(b"".join(values), np.uint8).reshape(len(values), width), "|u1")


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system, info.external_attr = 3, 0o600 << 16
    return info
