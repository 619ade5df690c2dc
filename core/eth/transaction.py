"""Transactions of types 0 to 4: encoding, hash, sender (EIP-155, 2718, 2930, 1559, 4844, 7702)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from core.errors import BadEncoding, ProofMismatch
from core.eth import hexdata, rlp
from core.eth.signature import recover
from core.keccak import keccak256

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)
MAX_TRANSACTION = 1024 * 1024  # bytes
_ITEMS = {ACCESS_LIST: 11, DYNAMIC_FEE: 12, BLOB: 14, SET_CODE: 13}

AccessList: TypeAlias = tuple[tuple[bytes, tuple[bytes, ...]], ...]


@dataclass(frozen=True)
class Authorization:
    """A signed wish of an account to run another account's code (EIP-7702)."""

    chain_id: int
    address: bytes
    nonce: int
    y_parity: int
    r: int
    s: int

    def fields(self) -> list[rlp.Encodable]:
        return [self.chain_id, self.address, self.nonce, self.y_parity, self.r, self.s]

    @classmethod
    def decode(cls, item: rlp.Item) -> Authorization:
        chain_id, address, nonce, y_parity, r, s = rlp.as_list(item, 6, what="authorization")
        return cls(
            rlp.as_int(chain_id),
            rlp.as_bytes(address, 20),
            rlp.as_int(nonce, 8),
            rlp.as_int(y_parity, 1),
            rlp.as_int(r),
            rlp.as_int(s),
        )

    @classmethod
    def from_rpc(cls, value: object) -> Authorization:
        fields = hexdata.mapping(value, "authorization")
        return cls(
            hexdata.quantity(fields.get("chainId"), "chainId"),
            hexdata.data(fields.get("address"), "address", 20),
            hexdata.quantity(fields.get("nonce"), "nonce", bits=64),
            hexdata.quantity(fields.get("yParity"), "yParity", bits=8),
            hexdata.quantity(fields.get("r"), "r"),
            hexdata.quantity(fields.get("s"), "s"),
        )


@dataclass(frozen=True)
class Transaction:
    """Amounts in wei. `to` is None for a deployment; `chain_id` is None for a legacy one without EIP-155.

    A gas price (types 0 and 1) stands in `max_fee` and `max_tip` both, which is what it means under EIP-1559.
    The signature is (y_parity, r, s); r is 0 while it is unsigned.
    """

    kind: int
    chain_id: int | None
    nonce: int
    max_tip: int
    max_fee: int
    gas: int
    to: bytes | None
    value: int
    data: bytes
    access_list: AccessList = ()
    max_blob_fee: int = 0
    blob_hashes: tuple[bytes, ...] = ()
    authorizations: tuple[Authorization, ...] = ()
    y_parity: int = 0
    r: int = 0
    s: int = 0

    def _fields(self) -> list[rlp.Encodable]:
        body: list[rlp.Encodable] = [self.gas, self.to or b"", self.value, self.data]
        if self.kind == LEGACY:
            return [self.nonce, self.max_fee, *body]
        access: list[rlp.Encodable] = [[address, list(keys)] for address, keys in self.access_list]
        fees: list[rlp.Encodable] = [self.max_fee] if self.kind == ACCESS_LIST else [self.max_tip, self.max_fee]
        fields: list[rlp.Encodable] = [self.chain_id or 0, self.nonce, *fees, *body, access]
        if self.kind == BLOB:
            fields += [self.max_blob_fee, list(self.blob_hashes)]
        if self.kind == SET_CODE:
            fields.append([authorization.fields() for authorization in self.authorizations])
        return fields

    def signing_hash(self) -> bytes:
        """What the sender's signature signs."""
        if self.kind == LEGACY:
            tail: list[rlp.Encodable] = [] if self.chain_id is None else [self.chain_id, 0, 0]
            return keccak256(rlp.encode([*self._fields(), *tail]))
        return keccak256(bytes((self.kind,)) + rlp.encode(self._fields()))

    @cached_property
    def encoded(self) -> bytes:
        """The signed form that goes into a block and, as it is, to `eth_sendRawTransaction`."""
        first = self.y_parity
        if self.kind == LEGACY:
            first += 27 if self.chain_id is None else 35 + 2 * self.chain_id
        payload = rlp.encode([*self._fields(), first, self.r, self.s])
        return payload if self.kind == LEGACY else bytes((self.kind,)) + payload

    @cached_property
    def hash(self) -> bytes:
        return keccak256(self.encoded)

    @cached_property
    def sender(self) -> bytes:
        """The 20-byte address that signed. Raises BadEncoding where the signature gives none."""
        return recover(self.signing_hash(), self.r, self.s, self.y_parity, what="transaction")

    @classmethod
    def decode(cls, raw: bytes) -> Transaction:
        """From its signed form. Raises BadEncoding."""
        if not raw or len(raw) > MAX_TRANSACTION:
            raise BadEncoding(what="transaction", reason="length")
        if raw[0] >= 0xC0:
            return _decode_legacy(rlp.as_list(rlp.decode(raw), 9, what="transaction"))
        kind = raw[0]
        if kind not in _ITEMS:
            raise BadEncoding(what="transaction", reason="type")
        return _decode_typed(kind, rlp.as_list(rlp.decode(raw[1:]), _ITEMS[kind], what="transaction"))

    @classmethod
    def from_rpc(cls, value: object) -> Transaction:
        """From a JSON-RPC transaction object. Raises BadEncoding, or ProofMismatch when its `hash` is not the hash."""
        fields = hexdata.mapping(value, "transaction")
        transaction = _from_rpc(fields)
        claimed = hexdata.data(fields.get("hash"), "transaction hash", 32)
        if claimed != transaction.hash:
            raise ProofMismatch(what="transaction hash", expected=transaction.hash.hex(), found=claimed.hex())
        return transaction


def contract_address(sender: bytes, nonce: int) -> bytes:
    """Where a deployment puts its contract (Yellow Paper 7)."""
    return keccak256(rlp.encode([sender, nonce]))[12:]


def _recipient(item: rlp.Item) -> bytes | None:
    return None if item == b"" else rlp.as_bytes(item, 20, what="recipient")


def _decode_legacy(items: list[rlp.Item]) -> Transaction:
    nonce, price, gas, to, value, data, v, r, s = items
    chain_id, y_parity = _split_v(rlp.as_int(v, 9, what="v"))
    return Transaction(
        kind=LEGACY,
        chain_id=chain_id,
        nonce=rlp.as_int(nonce, 8, what="nonce"),
        max_tip=rlp.as_int(price, what="gas price"),
        max_fee=rlp.as_int(price, what="gas price"),
        gas=rlp.as_int(gas, 8, what="gas"),
        to=_recipient(to),
        value=rlp.as_int(value, what="value"),
        data=rlp.as_bytes(data, what="data"),
        y_parity=y_parity,
        r=rlp.as_int(r, what="r"),
        s=rlp.as_int(s, what="s"),
    )


def _split_v(v: int) -> tuple[int | None, int]:
    if v in {27, 28}:
        return None, v - 27
    if v < 35:
        raise BadEncoding(what="transaction", reason="v")
    return (v - 35) // 2, (v - 35) % 2


def _decode_typed(kind: int, items: list[rlp.Item]) -> Transaction:
    fields = iter(items)
    chain_id = rlp.as_int(next(fields), 8, what="chain id")
    nonce = rlp.as_int(next(fields), 8, what="nonce")
    max_tip = rlp.as_int(next(fields), what="fee")
    max_fee = max_tip if kind == ACCESS_LIST else rlp.as_int(next(fields), what="fee")
    gas = rlp.as_int(next(fields), 8, what="gas")
    to = _recipient(next(fields))
    value = rlp.as_int(next(fields), what="value")
    data = rlp.as_bytes(next(fields), what="data")
    access_list = tuple(_access(item) for item in rlp.as_list(next(fields), what="access list"))
    max_blob_fee = rlp.as_int(next(fields), what="blob fee") if kind == BLOB else 0
    hashes = rlp.as_list(next(fields), what="blob hashes") if kind == BLOB else []
    wishes = rlp.as_list(next(fields), what="authorizations") if kind == SET_CODE else []
    return Transaction(
        kind=kind,
        chain_id=chain_id,
        nonce=nonce,
        max_tip=max_tip,
        max_fee=max_fee,
        gas=gas,
        to=to,
        value=value,
        data=data,
        access_list=access_list,
        max_blob_fee=max_blob_fee,
        blob_hashes=tuple(rlp.as_bytes(item, 32, what="blob hash") for item in hashes),
        authorizations=tuple(Authorization.decode(item) for item in wishes),
        y_parity=rlp.as_int(next(fields), 1, what="y parity"),
        r=rlp.as_int(next(fields), what="r"),
        s=rlp.as_int(next(fields), what="s"),
    )


def _access(item: rlp.Item) -> tuple[bytes, tuple[bytes, ...]]:
    address, keys = rlp.as_list(item, 2, what="access list")
    slots = rlp.as_list(keys, what="access list")
    return rlp.as_bytes(address, 20, what="access list"), tuple(rlp.as_bytes(slot, 32) for slot in slots)


def _from_rpc(fields: dict[str, object]) -> Transaction:
    kind = hexdata.quantity(fields.get("type", "0x0"), "type", bits=8)
    if kind not in {LEGACY, *_ITEMS}:
        raise BadEncoding(what="transaction", reason="type")
    priced = kind in {LEGACY, ACCESS_LIST}
    if kind == LEGACY:
        chain_id, y_parity = _split_v(hexdata.quantity(fields.get("v"), "v", bits=72))
    else:
        chain_id = hexdata.quantity(fields.get("chainId"), "chainId", bits=64)
        y_parity = hexdata.quantity(fields.get("yParity", fields.get("v")), "yParity", bits=8)
    to = fields.get("to")
    access = hexdata.sequence(fields.get("accessList") or [], "accessList")
    hashes = hexdata.sequence(fields.get("blobVersionedHashes") or [], "blobVersionedHashes")
    wishes = hexdata.sequence(fields.get("authorizationList") or [], "authorizationList")
    return Transaction(
        kind=kind,
        chain_id=chain_id,
        nonce=hexdata.quantity(fields.get("nonce"), "nonce", bits=64),
        max_tip=hexdata.quantity(fields.get("gasPrice" if priced else "maxPriorityFeePerGas"), "fee"),
        max_fee=hexdata.quantity(fields.get("gasPrice" if priced else "maxFeePerGas"), "fee"),
        gas=hexdata.quantity(fields.get("gas"), "gas", bits=64),
        to=None if to is None else hexdata.data(to, "to", 20),
        value=hexdata.quantity(fields.get("value"), "value"),
        data=hexdata.data(fields.get("input", fields.get("data")), "input", limit=MAX_TRANSACTION),
        access_list=() if kind == LEGACY else tuple(_access_from_rpc(entry) for entry in access),
        max_blob_fee=hexdata.quantity(fields.get("maxFeePerBlobGas"), "blob fee") if kind == BLOB else 0,
        blob_hashes=tuple(hexdata.data(entry, "blob hash", 32) for entry in hashes) if kind == BLOB else (),
        authorizations=tuple(Authorization.from_rpc(entry) for entry in wishes) if kind == SET_CODE else (),
        y_parity=y_parity,
        r=hexdata.quantity(fields.get("r"), "r"),
        s=hexdata.quantity(fields.get("s"), "s"),
    )


def _access_from_rpc(value: object) -> tuple[bytes, tuple[bytes, ...]]:
    entry = hexdata.mapping(value, "accessList")
    keys = hexdata.sequence(entry.get("storageKeys"), "storageKeys")
    return hexdata.data(entry.get("address"), "address", 20), tuple(hexdata.data(key, "key", 32) for key in keys)
