"""Salted commitments: what stands on the ledger for a record, and how its owner finds it again.

    place = chain id (32 bytes) || contract (20) || Datanet number (32)         all big-endian
    nonce = HMAC-SHA256(data key, "openledger/contribution/1" || place || account (20) || sequence (8))
    salt  = HMAC-SHA256(data key, "openledger/salt/1" || place || nonce || index (4))
    leaf payload = keccak256(canonical record) || salt                          64 bytes
    leaf  = keccak256(keccak256(leaf payload))                                  see core/merkle.py

The data key comes from the recovery phrase, the sequence counts an account's contributions to a Datanet from 1. So
phrase + record give back nonce, salt and leaf, and nobody else can make or guess them. A sequence is never used for
two contributions, because sharing a release publishes its salts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import leaf_hash
from core.units import Address

KEY_BYTES = 32
_NONCE = b"openledger/contribution/1"
_SALT = b"openledger/salt/1"
_CONSENT = b"openledger/consent/1"


@dataclass(frozen=True)
class Place:
    """Where a Datanet stands: which chain, which contract, which number in it."""

    chain_id: int
    contract: Address
    number: int

    def __post_init__(self) -> None:
        if not 0 < self.chain_id < 2**63:
            raise BadInput(field="chain_id", reason="range", value=self.chain_id)
        if not 0 < self.number < 2**63:
            raise BadInput(field="number", reason="range", value=self.number)

    @property
    def encoded(self) -> bytes:
        return self.chain_id.to_bytes(32, "big") + self.contract.raw + self.number.to_bytes(32, "big")


class Salts:
    """The salts of one contribution. `data_key` is 32 bytes and stays in memory only."""

    def __init__(self, data_key: bytes, place: Place, account: Address, sequence: int) -> None:
        if len(data_key) != KEY_BYTES:
            raise BadInput(field="data_key", reason="length")
        if not 0 < sequence < 2**63:
            raise BadInput(field="sequence", reason="range", value=sequence)
        self.nonce = _mac(data_key, _NONCE + place.encoded + account.raw + sequence.to_bytes(8, "big"))
        self._key = data_key
        self._head = _SALT + place.encoded + self.nonce
        self.consent = _mac(data_key, _CONSENT + place.encoded + self.nonce)

    def salt(self, index: int) -> bytes:
        return _mac(self._key, self._head + index.to_bytes(4, "big"))


def leaf_payload(content_hash: bytes, salt: bytes) -> bytes:
    return content_hash + salt


def leaf_of(content_hash: bytes, salt: bytes) -> bytes:
    """The leaf in the contribution's tree: 32 bytes."""
    return leaf_hash(leaf_payload(content_hash, salt))


def canonical_leaf(canonical: bytes, salt: bytes) -> bytes:
    return leaf_of(keccak256(canonical), salt)


@dataclass(frozen=True)
class Claimed:
    """A record as a release or an old copy names it: its leaf, its index in its contribution, its content hash."""

    leaf: bytes
    index: int
    content_hash: bytes


@dataclass(frozen=True)
class Owned:
    """A leaf that this phrase made: the account's contribution number `sequence` to the Datanet, and the salt."""

    leaf: bytes
    index: int
    sequence: int
    salt: bytes


def owned(
    data_key: bytes, place: Place, account: Address, records: Iterable[Claimed], contributions: int
) -> list[Owned]:
    """Which records are mine, from the phrase and their content alone, in the given order.

    `contributions` is how many the account has on the ledger in this Datanet. A sequence that was used up without
    reaching the ledger shifts the rest, so eight more are tried.
    """
    tried = [Salts(data_key, place, account, sequence) for sequence in range(1, contributions + 9)]
    found = []
    for record in records:
        for sequence, salts in enumerate(tried, start=1):
            salt = salts.salt(record.index)
            if leaf_of(record.content_hash, salt) == record.leaf:
                found.append(Owned(record.leaf, record.index, sequence, salt))
                break
    return found


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)
