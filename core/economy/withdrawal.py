"""The receipt of a withdrawal carried into a model: what Models.retrain's `receiptHash` is the hash of.

It says: this package was replaced by that one, which equals training from the same manifest without these records,
measured without those that were held out for it.
Whoever holds the snapshot can do the training again; the roots say which snapshots, the leaves which records.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import MerkleTree

FORMAT = "openledger-withdrawal"
VERSION = 1
MEASURED = 2  # the version of a receipt by which held-out records left as well; others stay as they were
_WORD = 32


@dataclass(frozen=True)
class Metrics:
    """On the held-out records of each side (the same, unless some of them left): how many were answered right."""

    held_out: int
    right: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.held_out:
            raise BadInput(field="metrics", reason="range", value=self.right)


@dataclass(frozen=True)
class Receipt:
    """All hashes and roots 32 bytes. `scratch_package` is the package of a second training from scratch, where done.

    old_leaves_root  Merkle root over the snapshot's record leaves in their order, new_leaves_root without `withdrawn`
    withdrawn        the leaves (record ids) taken out, in the snapshot's order
    unmeasured       the leaves that were held out and left the measurement, in its order
    """

    chain_id: int
    model: int
    old_package: bytes
    new_package: bytes
    scratch_package: bytes | None
    old_leaves_root: bytes
    new_leaves_root: bytes
    old_features_root: bytes
    new_features_root: bytes
    withdrawn: tuple[bytes, ...]
    before: Metrics
    after: Metrics
    at: int
    unmeasured: tuple[bytes, ...] = ()

    def document(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, ASCII, integers and hexadecimal text only."""
        measured = {"unmeasured": [leaf.hex() for leaf in self.unmeasured]} if self.unmeasured else {}
        return _canonical(
            measured
            | {
                "format": FORMAT,
                "version": MEASURED if measured else VERSION,
                "chain_id": str(self.chain_id),
                "model": self.model,
                "old": _side(self.old_package, self.old_leaves_root, self.old_features_root, self.before),
                "new": _side(self.new_package, self.new_leaves_root, self.new_features_root, self.after),
                "scratch_package": None if self.scratch_package is None else self.scratch_package.hex(),
                "withdrawn": [leaf.hex() for leaf in self.withdrawn],
                "at": self.at,
            }
        )

    @property
    def hash(self) -> bytes:
        return keccak256(self.document())


def receipt(
    *,
    chain_id: int,
    model: int,
    old_package: bytes,
    new_package: bytes,
    scratch_package: bytes | None,
    old_leaves: Sequence[bytes],
    withdrawn: Sequence[bytes],
    old_features_root: bytes,
    new_features_root: bytes,
    before: Metrics,
    after: Metrics,
    at: int,
    unmeasured: Sequence[bytes] = (),
) -> Receipt:
    """Raises BadInput when nothing is withdrawn, a withdrawn leaf is not in the snapshot or an unmeasured one is, the
    package did not change, or training from scratch gave another package.
    """
    gone, apart = set(withdrawn), set(unmeasured)
    if len(gone) != len(withdrawn) or not gone <= set(old_leaves) or not gone | apart:
        raise BadInput(field="withdrawn", reason="not in the snapshot", value=len(withdrawn))
    if len(apart) != len(unmeasured) or apart & set(old_leaves):
        raise BadInput(field="unmeasured", reason="in the snapshot", value=len(unmeasured))
    if old_package == new_package:
        raise BadInput(field="new_package", reason="unchanged")
    if scratch_package not in {None, new_package}:
        raise BadInput(field="scratch_package", reason="differs", value=scratch_package)
    for name, value in (("old_package", old_package), ("new_package", new_package)):
        if len(value) != _WORD:
            raise BadInput(field=name, reason="length", value=len(value))
    return Receipt(
        chain_id=chain_id,
        model=model,
        old_package=old_package,
        new_package=new_package,
        scratch_package=scratch_package,
        old_leaves_root=MerkleTree(old_leaves).root,
        new_leaves_root=MerkleTree([leaf for leaf in old_leaves if leaf not in gone]).root,
        old_features_root=old_features_root,
        new_features_root=new_features_root,
        withdrawn=tuple(leaf for leaf in old_leaves if leaf in gone),
        before=before,
        after=after,
        at=at,
        unmeasured=tuple(unmeasured),
    )


def check(document: bytes, receipt_hash: bytes, old_leaves: Sequence[bytes], new_leaves: Sequence[bytes]) -> None:
    """That a receipt is the one on the ledger and that exactly its records left the snapshot.

    Raises BadInput(field, reason): "hash", "not canonical", "old snapshot", "new snapshot".
    """
    if keccak256(document) != receipt_hash:
        raise BadInput(field="receipt", reason="hash")
    value = _read(document)
    gone = {bytes.fromhex(leaf) for leaf in value["withdrawn"]}
    if MerkleTree(old_leaves).root.hex() != value["old"]["leaves_root"] or not gone <= set(old_leaves):
        raise BadInput(field="receipt", reason="old snapshot")
    left = [leaf for leaf in old_leaves if leaf not in gone]
    if list(new_leaves) != left or MerkleTree(left).root.hex() != value["new"]["leaves_root"]:
        raise BadInput(field="receipt", reason="new snapshot")


def _side(package: bytes, leaves: bytes, features: bytes, metrics: Metrics) -> dict[str, Any]:
    return {
        "package": package.hex(),
        "leaves_root": leaves.hex(),
        "features_root": features.hex(),
        "held_out": metrics.held_out,
        "right": metrics.right,
    }


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def _read(document: bytes) -> dict[str, Any]:
    try:
        value = json.loads(document)
    except ValueError as error:
        raise BadInput(field="receipt", reason="not JSON") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise BadInput(field="receipt", reason="format")
    if value.get("version") != (MEASURED if value.get("unmeasured") else VERSION):
        raise BadInput(field="receipt", reason="format")
    if _canonical(value) != document:
        raise BadInput(field="receipt", reason="not canonical")
    return value
