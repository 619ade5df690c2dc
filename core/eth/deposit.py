"""Deposit transactions of OP Stack chains (type 0x7e, specs.optimism.io "Deposits"): sent on L1, signed by nobody.

A deposit has no signature, no fee and no chain id; who sent it is one of its fields, made sure of by the chain that
derived it. So what a block's transactions root proves of it is that the block holds it, not who wanted it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from core.errors import BadEncoding, ProofMismatch
from core.eth import hexdata, rlp
from core.eth.receipt import DEPOSIT
from core.eth.transaction import MAX_TRANSACTION, Transaction
from core.keccak import keccak256


@dataclass(frozen=True)
class Deposit:
    """`source_hash` (32 bytes) is what makes it unique; `mint` (wei) is made for `sender` before `value` is sent.

    `to` is None for a deployment. Its nonce is not in it: the receipt says it (`Receipt.deposit_nonce`).
    """

    source_hash: bytes
    sender: bytes
    to: bytes | None
    mint: int
    value: int
    gas: int
    system: bool
    data: bytes

    kind = DEPOSIT
    max_fee = 0
    max_tip = 0

    @cached_property
    def encoded(self) -> bytes:
        who: list[rlp.Encodable] = [self.source_hash, self.sender, self.to or b""]
        amounts: list[rlp.Encodable] = [self.mint, self.value, self.gas, int(self.system)]
        return bytes((DEPOSIT,)) + rlp.encode([*who, *amounts, self.data])

    @cached_property
    def hash(self) -> bytes:
        return keccak256(self.encoded)

    @classmethod
    def decode(cls, raw: bytes) -> Deposit:
        """From the form that stands in a block. Raises BadEncoding."""
        if len(raw) > MAX_TRANSACTION or raw[:1] != bytes((DEPOSIT,)):
            raise BadEncoding(what="deposit", reason="length" if raw[:1] == bytes((DEPOSIT,)) else "type")
        source, sender, to, mint, value, gas, system, data = rlp.as_list(
            rlp.decode(raw[1:], max_bytes=MAX_TRANSACTION, max_depth=1), 8, what="deposit"
        )
        flag = rlp.as_int(system, 1, what="isSystemTx")
        if flag > 1:
            raise BadEncoding(what="deposit", reason="isSystemTx")
        return cls(
            rlp.as_bytes(source, 32, what="sourceHash"),
            rlp.as_bytes(sender, 20, what="from"),
            None if to == b"" else rlp.as_bytes(to, 20, what="recipient"),
            rlp.as_int(mint, what="mint"),
            rlp.as_int(value, what="value"),
            rlp.as_int(gas, 8, what="gas"),
            bool(flag),
            rlp.as_bytes(data, what="data"),
        )

    @classmethod
    def from_rpc(cls, value: object) -> Deposit:
        """From a JSON-RPC transaction object. Raises BadEncoding, or ProofMismatch when its `hash` is not the hash.

        Nodes leave out a mint of nothing and a flag that is false.
        """
        fields = hexdata.mapping(value, "transaction")
        if hexdata.quantity(fields.get("type"), "type", bits=8) != DEPOSIT:
            raise BadEncoding(what="deposit", reason="type")
        to, mint, system = fields.get("to"), fields.get("mint"), fields.get("isSystemTx")
        if system not in {None, True, False}:
            raise BadEncoding(what="deposit", reason="isSystemTx")
        deposit = cls(
            hexdata.data(fields.get("sourceHash"), "sourceHash", 32),
            hexdata.data(fields.get("from"), "from", 20),
            None if to is None else hexdata.data(to, "to", 20),
            0 if mint is None else hexdata.quantity(mint, "mint"),
            hexdata.quantity(fields.get("value"), "value"),
            hexdata.quantity(fields.get("gas"), "gas", bits=64),
            bool(system),
            hexdata.data(fields.get("input", fields.get("data")), "input", limit=MAX_TRANSACTION),
        )
        claimed = hexdata.data(fields.get("hash"), "transaction hash", 32)
        if claimed != deposit.hash:
            raise ProofMismatch(what="transaction hash", expected=deposit.hash.hex(), found=claimed.hex())
        return deposit


def transaction_from_rpc(value: object, *, rollup: bool) -> Transaction | Deposit:
    """Whatever a block of the chain may hold; a deposit only where the chain is an OP Stack one."""
    fields = hexdata.mapping(value, "transaction")
    if rollup and fields.get("type") == "0x7e":
        return Deposit.from_rpc(fields)
    return Transaction.from_rpc(fields)
