"""Block headers from Frontier to Prague (EIP-1559, 4895, 4844, 4788, 7685): fields, encoding, hash."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from core.errors import BadEncoding, ProofMismatch
from core.eth import hexdata, rlp
from core.keccak import keccak256

MAX_HEADER = 4096  # bytes; a header has about 600
_ALWAYS = 15
_COUNTS = ("number", "gas_limit", "gas_used", "timestamp")  # below 2^63 on every chain there is
_LATER = ("base_fee", "withdrawals_root", "blob_gas_used", "excess_blob_gas", "parent_beacon_root", "requests_hash")

# name here -> (name in JSON-RPC, bytes of its data or None for a quantity); the order is the encoding's
_FIELDS: dict[str, tuple[str, int | None]] = {
    "parent_hash": ("parentHash", 32),
    "uncles_hash": ("sha3Uncles", 32),
    "coinbase": ("miner", 20),
    "state_root": ("stateRoot", 32),
    "transactions_root": ("transactionsRoot", 32),
    "receipts_root": ("receiptsRoot", 32),
    "bloom": ("logsBloom", 256),
    "difficulty": ("difficulty", None),
    "number": ("number", None),
    "gas_limit": ("gasLimit", None),
    "gas_used": ("gasUsed", None),
    "timestamp": ("timestamp", None),
    "extra_data": ("extraData", -1),
    "mix_hash": ("mixHash", 32),
    "nonce": ("nonce", 8),
    "base_fee": ("baseFeePerGas", None),
    "withdrawals_root": ("withdrawalsRoot", 32),
    "blob_gas_used": ("blobGasUsed", None),
    "excess_blob_gas": ("excessBlobGas", None),
    "parent_beacon_root": ("parentBeaconBlockRoot", 32),
    "requests_hash": ("requestsHash", 32),
}


@dataclass(frozen=True)
class Header:
    """Hashes and roots as 32 bytes, amounts in wei and gas. A field of a later fork is None before that fork."""

    parent_hash: bytes
    uncles_hash: bytes
    coinbase: bytes
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: bytes
    nonce: bytes
    base_fee: int | None = None
    withdrawals_root: bytes | None = None
    blob_gas_used: int | None = None
    excess_blob_gas: int | None = None
    parent_beacon_root: bytes | None = None
    requests_hash: bytes | None = None

    def __post_init__(self) -> None:
        present = [getattr(self, name) is not None for name in _LATER]
        if present != sorted(present, reverse=True):
            raise BadEncoding(what="header", reason="a later field without the one before")
        if any(not 0 <= getattr(self, name) < 2**63 for name in _COUNTS):
            raise BadEncoding(what="header", reason="too large")

    @cached_property
    def encoded(self) -> bytes:
        fields = [getattr(self, name) for name in _FIELDS]
        return rlp.encode([field for field in fields if field is not None])

    @cached_property
    def hash(self) -> bytes:
        return keccak256(self.encoded)

    @classmethod
    def decode(cls, encoded: bytes) -> Header:
        """From RLP. Raises BadEncoding."""
        items = rlp.as_list(rlp.decode(encoded, max_bytes=MAX_HEADER, max_depth=1), what="header")
        if not _ALWAYS <= len(items) <= len(_FIELDS):
            raise BadEncoding(what="header", reason="fields")
        values: dict[str, bytes | int] = {}
        for (name, (_, size)), item in zip(_FIELDS.items(), items, strict=False):
            if size is None:
                values[name] = rlp.as_int(item, what=name)
            else:
                values[name] = rlp.as_bytes(item, None if size < 0 else size, what=name)
        return cls(**values)  # type: ignore[arg-type]  # the table above holds each field's kind

    @classmethod
    def from_rpc(cls, block: object) -> Header:
        """From a JSON-RPC block object. Raises BadEncoding, or ProofMismatch when its `hash` is not the hash."""
        fields = hexdata.mapping(block, "block")
        values: dict[str, bytes | int] = {}
        for name, (key, size) in _FIELDS.items():
            found = fields.get(key)
            if found is None and name in _LATER:
                continue
            if size is None:
                values[name] = hexdata.quantity(found, key)
            else:
                values[name] = hexdata.data(found, key, None if size < 0 else size, limit=MAX_HEADER)
        header = cls(**values)  # type: ignore[arg-type]
        claimed = hexdata.data(fields.get("hash"), "hash", 32)
        if claimed != header.hash:
            raise ProofMismatch(what="header hash", expected=header.hash.hex(), found=claimed.hex())
        return header

    def to_rpc(self) -> dict[str, str]:
        """The header's part of a JSON-RPC block object."""
        block = {"hash": hexdata.to_data(self.hash)}
        for name, (key, size) in _FIELDS.items():
            value = getattr(self, name)
            if value is not None:
                block[key] = hexdata.to_quantity(value) if size is None else hexdata.to_data(value)
        return block


def next_base_fee(parent: Header) -> int:
    """Base fee of the block after `parent`, in wei a gas (EIP-1559: elasticity 2, change at most 1/8)."""
    if parent.base_fee is None:
        raise BadEncoding(what="header", reason="no base fee")
    target = max(parent.gas_limit // 2, 1)
    if parent.gas_used == target:
        return parent.base_fee
    change = parent.base_fee * abs(parent.gas_used - target) // target // 8
    if parent.gas_used > target:
        return parent.base_fee + max(change, 1)
    return parent.base_fee - change
