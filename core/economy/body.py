"""What a settlement says on the ledger: the poster's roots and the body that stands in the event (GAME.md, section 4).

The ledger keeps one word under the hash of the body and the payout root; whoever acts on a settlement brings both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.economy.sum_tree import Node, root_of
from core.errors import BadEncoding
from core.keccak import keccak256
from core.units import Address, Amount

_WORD = 32


@dataclass(frozen=True)
class Roots:
    """The posting: what the poster says follows from the payer's sums.

    payout_hash   the payout tree's top hash; its sum is the pool, its depth `payout_depth`
    e, v          scales of u and of the scores
    max_label, max_feature, norm_label   where U is greatest, and the label of the longest row of u
    """

    u_root: bytes
    scores_root: bytes
    payout_hash: bytes
    payout_depth: int
    e: int
    v: int
    max_label: int
    max_feature: int
    norm_label: int

    @property
    def contract_argument(self) -> tuple[bytes, bytes, bytes, int, int, int, int, int, int]:
        return (
            self.u_root,
            self.scores_root,
            self.payout_hash,
            self.payout_depth,
            self.e,
            self.v,
            self.max_label,
            self.max_feature,
            self.norm_label,
        )


@dataclass(frozen=True)
class Body:
    """In the contract's order; each a word of 32 bytes. Times in seconds, money in wei, hashes 32 bytes."""

    poster: Address
    payer: Address
    model_id: int
    first: int
    nonce: int
    previous: int
    amount: Amount
    pool: Amount
    builder: Address
    builder_part: Amount
    supporters_part: Amount
    treasury_part: Amount
    bond: Amount
    demand_fee: Amount
    window: int
    settled_at: int
    serial: int
    package_hash: bytes
    model_roots: bytes
    statements_root: bytes
    sums_root: bytes
    u_root: bytes
    scores_root: bytes
    payout_depth: int
    e: int
    v: int
    max_label: int
    max_feature: int
    norm_label: int

    @classmethod
    def of_event(cls, values: Mapping[str, Any]) -> Body:
        """From the event's struct, as the contract's interface names its parts (camel case). Raises BadEncoding."""
        made: dict[str, Any] = {}
        for field in fields(cls):
            name = camel(field.name)
            if name not in values:
                raise BadEncoding(what="settlement body", reason=name)
            value = values[name]
            made[field.name] = Amount(int(value)) if field.type == "Amount" else value
        return cls(**made)

    @classmethod
    def decode(cls, raw: bytes) -> Body:
        """From its bytes. Raises BadEncoding unless they are exactly one body's."""
        if len(raw) != _WORD * len(fields(cls)):
            raise BadEncoding(what="settlement body", reason="length")
        made: dict[str, Any] = {}
        for place, field in enumerate(fields(cls)):
            word = raw[place * _WORD : (place + 1) * _WORD]
            if field.type == "bytes":
                made[field.name] = word
            elif field.type == "Address":
                made[field.name] = Address(word[12:])
            else:
                value = int.from_bytes(word, "big")
                made[field.name] = Amount(value) if field.type == "Amount" else value
        body = cls(**made)
        if body.encode() != raw:
            raise BadEncoding(what="settlement body", reason="padding")
        return body

    def encode(self) -> bytes:
        """abi.encode of all of it."""
        return b"".join(_word(getattr(self, field.name)) for field in fields(self))

    @property
    def contract_argument(self) -> tuple[Any, ...]:
        """The Body struct, as the contract's functions take it."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(_plain(value) for value in values)

    @property
    def hash(self) -> bytes:
        return keccak256(self.encode())

    def id(self, payout_root: bytes) -> bytes:
        """The settlement's name on the ledger: it binds everything else."""
        return keccak256(self.hash + payout_root)

    def payout_root(self, payout_hash: bytes) -> bytes:
        return root_of(Node(payout_hash, self.pool.wei), self.payout_depth)

    @property
    def claimable_at(self) -> int:
        """While nothing was demanded."""
        return self.settled_at + self.window


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _word(value: Address | Amount | bytes | int) -> bytes:
    if isinstance(value, Address):
        return bytes(12) + value.raw
    if isinstance(value, Amount):
        value = value.wei
    return value if isinstance(value, bytes) else value.to_bytes(_WORD, "big")


def _plain(value: object) -> object:
    if isinstance(value, Address):
        return str(value)
    return value.wei if isinstance(value, Amount) else value
